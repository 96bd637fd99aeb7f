"""The source of the house, read: what its modules import, call and name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support import ROOT

ROOMS = ("fusion", "advisor", "api", "pages", "streamlit_app.py")


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
