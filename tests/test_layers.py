"""Who may import whom: the rooms of the house, read from the source, and the web process, asked in a fresh one."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("fusion", "advisor", "pages", "streamlit_app.py")

TORCH_ROOMS = (
    "fusion.engines",
    "fusion.enlarge.model_file",
    "fusion.ops",
    "fusion.detail",
    "fusion.fusing",
    "fusion.layers",
    "fusion.pipeline",
    "fusion.placed",
    "fusion.worker",
)
# The nouns and the errors: standard library alone.
PURE = (
    *("fusion.spec", "fusion.errors", "fusion.files", "fusion.strict_json", "fusion.budget", "fusion.jpeg"),
    *("fusion.facts", "fusion.ladder", "fusion.measurement", "fusion.notices", "fusion.wire"),
)
# What the web process uses of fusion.
WEB = (
    "fusion.batch",
    "fusion.command",
    "fusion.config",
    "fusion.encode",
    "fusion.enlarge.found",
    "fusion.errors",
    "fusion.faces",
    "fusion.facts",
    "fusion.geometry",
    "fusion.given",
    "fusion.intake",
    "fusion.jobs",
    "fusion.ledger",
    "fusion.measurement",
    "fusion.notices",
    "fusion.outlook",
    "fusion.pack",
    "fusion.pair_list",
    "fusion.photo",
    "fusion.photo_zip",
    "fusion.provenance",
    "fusion.samples",
    "fusion.sizing",
    "fusion.spec",
    "fusion.threads",
    "fusion.transfer",
    "fusion.trial",
    "fusion.unet_model",
    "fusion.verify",
    "fusion.weights",
    "fusion.weights_tasks",
    "fusion.workload",
    "fusion.written",
)


def files() -> Iterator[Path]:
    """Every source file of the house."""
    for room in ROOMS:
        path = ROOT / room
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(tree: ast.AST, *, everywhere: bool = True) -> set[str]:
    """Names of the modules that are imported; those under `if TYPE_CHECKING:` never are.

    Args:
        everywhere: also within functions.
    """
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            found |= set()
        elif everywhere or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= imports(node, everywhere=everywhere)
    return found


def is_in(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(room + ".") for room in rooms)


SOURCES = {module_of(file): ast.parse(file.read_text(encoding="utf-8")) for file in files() if file.exists()}


@pytest.mark.parametrize("module", SOURCES)
def test_streamlit_lives_in_the_pages_alone(module: str) -> None:
    if not is_in(module, ("pages", "streamlit_app")):
        assert not {name for name in imports(SOURCES[module]) if is_in(name, ("streamlit",))}


@pytest.mark.parametrize("module", SOURCES)
def test_torch_lives_in_its_rooms_alone(module: str) -> None:
    if not is_in(module, TORCH_ROOMS):
        assert not {name for name in imports(SOURCES[module]) if is_in(name, ("torch", "torchvision", "modelscope"))}


@pytest.mark.parametrize("module", SOURCES)
def test_nobody_else_imports_a_torch_room_as_it_is_loaded(module: str) -> None:
    if not is_in(module, TORCH_ROOMS):
        assert not {name for name in imports(SOURCES[module], everywhere=False) if is_in(name, TORCH_ROOMS)}


@pytest.mark.parametrize("module", [module for module in SOURCES if is_in(module, ("fusion",))])
def test_fusion_imports_neither_advisor_nor_pages(module: str) -> None:
    assert not {name for name in imports(SOURCES[module]) if is_in(name, ("advisor", "pages", "streamlit_app"))}


@pytest.mark.parametrize("module", [module for module in SOURCES if is_in(module, ("advisor",))])
def test_the_advisor_imports_of_fusion_what_is_allowed(module: str) -> None:
    allowed = (
        *("fusion.spec", "fusion.errors", "fusion.memory", "fusion.photo", "fusion.faces", "fusion.sizing"),
        *("fusion.outlook", "fusion.workload", "fusion.measurement", "fusion.ledger", "fusion.trial", "fusion.config"),
        *(
            "fusion.command",
            "fusion.console",
            "fusion.cutout",
            "fusion.files",
            "fusion.geometry",
            "fusion.mesh",
            "fusion.notices",
            "fusion.weights",
            "fusion.enlarge.found",
            "fusion.samples",
            "fusion.ladder",
            "fusion.threads",
            # a job of the history that is to be diagnosed, and what the environment says of jobs and workers
            "fusion.alive",
            "fusion.archive",
            "fusion.job_view",
            "fusion.photo_files",
            "fusion.provenance",
            "fusion.record",
            "fusion.records",
            "fusion.roster",
            "fusion.storage",
            "fusion.store",
            "fusion.streams",
        ),
    )
    mine = {name for name in imports(SOURCES[module]) if is_in(name, ("fusion",)) and name != "fusion"}
    assert {name for name in mine if not is_in(name, allowed)} == set()
    assert not {name for name in imports(SOURCES[module]) if is_in(name, ("pages", "streamlit_app"))}


@pytest.mark.parametrize("module", [module for module in SOURCES if is_in(module, ("pages", "streamlit_app"))])
def test_pages_never_reach_the_torch_rooms(module: str) -> None:
    assert not {name for name in imports(SOURCES[module]) if is_in(name, TORCH_ROOMS)}


@pytest.mark.parametrize("module", PURE)
def test_the_nouns_need_the_standard_library_alone(module: str) -> None:
    allowed = sys.stdlib_module_names | {"fusion"}
    assert {name for name in imports(SOURCES[module]) if name.partition(".")[0] not in allowed} == set()


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
