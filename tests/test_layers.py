"""Who may load what: what import-linter does not see, read from the source or asked of a fresh process."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

from tests.support import ROOT
from tests.support.claims import none_of
from tests.support.door_contract import door
from tests.support.sources import SOURCES, imports, is_in

# Packages whose doors load torch.
TORCH_DOORS = ("fusion.engines", "fusion.ops", "fusion.pipeline")
# Modules that load torch as they are loaded; others import them within a function, or not at all.
LOAD_TORCH = (*TORCH_DOORS, "fusion.upscale.spandrel_model", "fusion.worker.worker")
# The nouns that both processes and every room share: standard library alone.
PURE = (
    *("fusion.errors", "fusion.face_setting", "fusion.facts", "fusion.notices", "fusion.plain_text"),
    *(
        "fusion.setting_errors",
        "fusion.settings",
        "fusion.strict_json",
        "fusion.types",
        "fusion.units",
        "fusion.verdict",
        "fusion.inspected",
    ),
    *("fusion.files.inputs", "fusion.memory.fallback", "fusion.photos.decode_budget", "fusion.photos.jpeg_markers"),
    *("fusion.sizing.measurement", "fusion.worker.protocol", "fusion.torch_build"),
)


def test_nobody_else_imports_what_loads_torch_as_it_is_loaded() -> None:
    found = {
        module: {name for name in imports(tree, everywhere=False) if is_in(name, LOAD_TORCH)}
        for module, tree in SOURCES.items()
        if not is_in(module, LOAD_TORCH) and module != "fusion.worker.__main__"
    }
    none_of({module: names for module, names in found.items() if names})


def test_the_nouns_need_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"fusion"}
    pure = {module: tree for module, tree in SOURCES.items() if is_in(module, PURE)}
    assert len(pure) >= len(PURE)
    wrong = {
        module: {name for name in imports(tree) if name.partition(".")[0] not in allowed}
        for module, tree in pure.items()
    }
    none_of({module: names for module, names in wrong.items() if names})


def test_a_door_names_what_can_be_had_from_it() -> None:
    packages = {module for module in SOURCES if any(other.startswith(f"{module}.") for other in SOURCES)}
    doors = {package: door(package) for package in packages if door(package) and not is_in(package, TORCH_DOORS)}
    assert len(doors) > 20
    script = textwrap.dedent(
        """
        import importlib, json, sys
        doors = json.loads(sys.argv[1])
        loaded = {package: importlib.import_module(package) for package in doors}
        print(json.dumps([f"{package}.{name}" for package, names in doors.items() for name in names
                          if not hasattr(loaded[package], name)]))
        """
    )
    assert _answer(script, {package: sorted(names) for package, names in doors.items()}) == []


def test_the_web_process_starts_without_torch_and_what_a_check_or_a_table_needs() -> None:
    script = textwrap.dedent(
        """
        import importlib, json, sys
        for name in json.loads(sys.argv[1]):
            importlib.import_module(name)
        from pathlib import Path
        heavy = {"torch", "torchvision", "spandrel", "ncnn", "modelscope", "modelscope_hub", "matplotlib.pyplot"}
        heavy |= {"scipy", "skimage", "pyarrow", "pandas"}
        bad = heavy & set(sys.modules)
        maps = Path("/proc/self/maps")
        if maps.exists() and any("libtorch" in line or "libcuda" in line for line in maps.read_text().splitlines()):
            bad.add("libtorch in the memory map")
        print(json.dumps(sorted(bad)))
        """
    )
    web = [
        module for module in SOURCES if is_in(module, ("pages.parts", "api", "advisor")) and "__main__" not in module
    ]
    fusion = {".".join(module.split(".")[:2]) for module in SOURCES if is_in(module, ("fusion",))}
    assert _answer(script, [*web, *sorted(fusion - {*TORCH_DOORS, "fusion.__main__"})]) == []


def test_the_command_line_refuses_before_it_loads_torch() -> None:
    script = (
        "import sys; from fusion.__main__ import main; "
        "code = main(['missing.png', 'missing.png', '-o', 'x.png']); "
        "print(code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False"]


def _answer(script: str, asked: object) -> object:
    words = [sys.executable, "-c", script, json.dumps(asked)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
