"""Who may import whom: the rooms of the house, read from the source, and the web process, asked in a fresh one."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterable

from tests.support import ROOT
from tests.support.claims import none_of
from tests.support.sources import SOURCES, imports, is_in

TORCH_ROOMS = (
    "fusion.engines",
    "fusion.upscale.spandrel_model",
    "fusion.ops",
    "fusion.pipeline.stage_two",
    "fusion.pipeline.stage_one",
    "fusion.engines.layers",
    "fusion.pipeline",
    "fusion.pipeline.placement",
    "fusion.worker",
)
# The nouns and the errors: standard library alone.
PURE = (
    *("fusion.settings", "fusion.spec", "fusion.types"),
    *(
        "fusion.errors",
        "fusion.files",
        "fusion.strict_json",
        "fusion.photos.decode_budget",
        "fusion.photos.jpeg_markers",
    ),
    *("fusion.errors.phrases", "fusion.errors.reasons", "fusion.errors.tree", "fusion.plain_text"),
    *(
        "fusion.errors.english_files",
        "fusion.errors.english_jobs",
        "fusion.errors.english_phrases",
        "fusion.errors.english_photos",
    ),
    *(
        "fusion.facts",
        "fusion.memory.fallback",
        "fusion.sizing.measurement",
        "fusion.notices",
        "fusion.units",
        "fusion.worker.protocol",
    ),
)
# What the web process uses of fusion.
WEB = (
    "fusion.batches.planning",
    "fusion.cli.exit_codes",
    "fusion.config",
    "fusion.photos.encode",
    "fusion.upscale.discovery",
    "fusion.errors",
    "fusion.faces.choice",
    "fusion.faces",
    "fusion.facts",
    "fusion.faces.geometry",
    "fusion.batches.inputs",
    "fusion.batches.enqueue",
    "fusion.jobs",
    "fusion.storage.measurements",
    "fusion.sizing.measurement",
    "fusion.notices",
    "fusion.sizing.sharpness_limits",
    "fusion.batches.export",
    "fusion.batches.csv_pairs",
    "fusion.photos.decode",
    "fusion.batches.zip_reader",
    "fusion.provenance",
    "fusion.photos.samples",
    "fusion.sizing",
    "fusion.settings",
    "fusion.spec",
    "fusion.threads",
    "fusion.weights.progress",
    "fusion.worker.measured_run",
    "fusion.types",
    "fusion.weights.catalog",
    "fusion.units",
    "fusion.weights.verify",
    "fusion.weights",
    "fusion.weights.tasks",
    "fusion.sizing.workload",
    "fusion.settings_text",
)


def those(rooms: tuple[str, ...]) -> list[str]:
    """The modules of some rooms: there are some."""
    found = [module for module in SOURCES if is_in(module, rooms)]
    assert found
    return found


def others(rooms: tuple[str, ...]) -> list[str]:
    mine = those(rooms)
    return [module for module in SOURCES if module not in mine]


def nobody_imports(rooms: tuple[str, ...], *, of: Iterable[str], everywhere: bool = True) -> None:
    """Fail with every module of `of` that imports one of the rooms, and with what it imports."""
    found = {
        module: {name for name in imports(SOURCES[module], everywhere=everywhere) if is_in(name, rooms)}
        for module in of
    }
    none_of({module: names for module, names in found.items() if names})


def test_streamlit_lives_in_the_pages_alone() -> None:
    nobody_imports(("streamlit",), of=others(("pages", "streamlit_app")))


def test_torch_lives_in_its_rooms_alone() -> None:
    nobody_imports(("torch", "torchvision", "modelscope"), of=others(TORCH_ROOMS))


def test_nobody_else_imports_a_torch_room_as_it_is_loaded() -> None:
    nobody_imports(TORCH_ROOMS, of=others(TORCH_ROOMS), everywhere=False)


def test_fusion_imports_neither_advisor_nor_pages() -> None:
    nobody_imports(("advisor", "pages", "streamlit_app"), of=those(("fusion",)))


def test_the_advisor_imports_of_fusion_what_is_allowed() -> None:
    allowed = (
        *("fusion.settings", "fusion.spec", "fusion.types"),
        *("fusion.errors", "fusion.memory", "fusion.photos.decode", "fusion.faces", "fusion.sizing"),
        *(
            "fusion.sizing.sharpness_limits",
            "fusion.sizing.workload",
            "fusion.sizing.measurement",
            "fusion.storage.measurements",
            "fusion.worker.measured_run",
            "fusion.config",
        ),
        *(
            "fusion.cli.exit_codes",
            "fusion.cli.terminal",
            "fusion.faces.crop",
            "fusion.faces.choice",
            "fusion.files",
            "fusion.faces.geometry",
            "fusion.faces.mesh",
            "fusion.notices",
            "fusion.weights",
            "fusion.upscale.discovery",
            "fusion.photos.samples",
            "fusion.memory.fallback",
            "fusion.threads",
            "fusion.units",
            # a job of the history that is to be diagnosed, and what the environment says of jobs and workers
            "fusion.storage.process_identity",
            "fusion.storage.history",
            "fusion.jobs.view",
            "fusion.storage.photo_store",
            "fusion.provenance",
            "fusion.storage.models",
            "fusion.storage.job_table",
            "fusion.storage.workers",
            "fusion.files.private",
            "fusion.storage.database",
            "fusion.cli.streams",
        ),
    )
    advisor = those(("advisor",))
    mine = {module: {name for name in imports(SOURCES[module]) if is_in(name, ("fusion",))} for module in advisor}
    wrong = {module: {name for name in mine[module] - {"fusion"} if not is_in(name, allowed)} for module in advisor}
    none_of({module: names for module, names in wrong.items() if names})
    nobody_imports(("pages", "streamlit_app"), of=advisor)


def test_pages_never_reach_the_torch_rooms() -> None:
    nobody_imports(TORCH_ROOMS, of=those(("pages", "streamlit_app")))


def test_the_nouns_need_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"fusion"}
    wrong = {
        module: {name for name in imports(SOURCES[module]) if name.partition(".")[0] not in allowed} for module in PURE
    }
    none_of({module: names for module, names in wrong.items() if names})


def test_the_web_process_never_loads_torch() -> None:
    advisor = [module for module in SOURCES if is_in(module, ("advisor",)) and not module.endswith("__main__")]
    parts = [module for module in SOURCES if is_in(module, ("pages.parts",))]
    script = textwrap.dedent(
        """
        import importlib, json, sys
        for name in json.loads(sys.argv[1]):
            importlib.import_module(name)
        from pathlib import Path
        heavy = {"torch", "torchvision", "spandrel", "ncnn", "modelscope", "modelscope_hub", "matplotlib.pyplot"}
        bad = heavy & set(sys.modules)
        maps = Path("/proc/self/maps")
        if maps.exists() and any("libtorch" in line or "libcuda" in line for line in maps.read_text().splitlines()):
            bad.add("libtorch in the memory map")
        print(json.dumps(sorted(bad)))
        """
    )
    names = json.dumps([*WEB, *advisor, *parts])
    done = subprocess.run([sys.executable, "-c", script, names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_the_command_line_refuses_before_it_loads_torch() -> None:
    script = (
        "import sys; from fusion.__main__ import main; "
        "code = main(['missing.png', 'missing.png', '-o', 'x.png']); "
        "print(code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]
