"""The shape of the source: functions, files and folders are small, and what only seems unused is there."""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("fusion", "advisor", "api", "pages")
SOURCES = [*(file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))), ROOT / "streamlit_app.py"]
MEDIAN, NINTH_DECILE = 7, 20  # lines of a function
LINES, MODULES = 300, 20  # of a file; in a folder

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[_Function]:
    """Every function that does something: those within others too, but none that only states its signature."""
    for node in ast.walk(tree):
        if isinstance(node, _Function) and not all(is_said(statement) for statement in node.body):
            yield node


def is_said(statement: ast.stmt) -> bool:
    """A docstring, or the three dots that stand for a body."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def length(function: _Function) -> int:
    """Lines from `def` to the last one; those of decorators and of the docstring do not count."""
    first = function.body[0]
    doc = last_line(first) - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return last_line(function) - function.lineno + 1 - doc


def last_line(node: _Function | ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno


def lengths() -> dict[str, int]:
    return {
        f"{file.relative_to(ROOT)}:{function.lineno} {function.name}": length(function)
        for file in SOURCES
        for function in functions(ast.parse(file.read_text(encoding="utf-8")))
    }


def test_functions_are_short() -> None:
    found = lengths()
    longest = sorted(found, key=found.__getitem__, reverse=True)[:30]
    told = "the longest:\n" + "\n".join(f"{found[name]:4} {name}" for name in longest)
    assert statistics.median(found.values()) <= MEDIAN, told
    assert statistics.quantiles(found.values(), n=10)[-1] <= NINTH_DECILE, told


def test_files_are_short() -> None:
    files = [*SOURCES, *(file for room in ("benchmarks", "tests") for file in sorted((ROOT / room).rglob("*.py")))]
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: count for name, count in lines.items() if count > LINES} == {}


def test_a_folder_has_no_more_modules_than_one_can_look_over() -> None:
    """But for `__init__.py`, which is its door, and `__main__.py`, its command."""
    files = [*SOURCES, *(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    folders = Counter(str(file.parent.relative_to(ROOT)) for file in files if not file.name.startswith("__"))
    assert {name: count for name, count in folders.items() if count > MODULES} == {}


SOURCE = '''
@cache
def f(
    x: int,
) -> int:
    """A.

    B.
    """
    return x

def g() -> int: ...
'''


def test_a_function_is_as_long_as_what_it_does() -> None:
    assert [length(function) for function in functions(ast.parse(SOURCE))] == [4]


def test_what_vulture_shall_overlook_is_there() -> None:
    allowed = set(re.findall(r"\bused\.(\w+)", (ROOT / "tests/vulture_allowed.py").read_text(encoding="utf-8")))
    files = [*SOURCES, *(ROOT / "benchmarks").rglob("*.py")]
    source = {word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8"))}
    assert allowed - source == set()
    assert len(allowed) > 50


def test_coroutines_are_run_in_threads_of_their_own() -> None:
    """In the process that drives a browser there is an event loop already, and no other may run in its thread."""
    runs = re.compile(r"\b(?:asyncio|anyio)\.run\(")
    found = [
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / "tests").rglob("*.py"))
        if runs.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []
