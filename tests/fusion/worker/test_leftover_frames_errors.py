"""An error that is kept holds no frame, and nowhere in the source is one stored as it was caught."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from fusion import errors
from fusion.batches import Refused
from fusion.errors import PhotoRejected, Reason
from fusion.worker.supervisor import ROOT


def test_an_error_that_is_kept_holds_no_frame() -> None:
    def failing(photo: bytes) -> None:
        try:
            raise OSError("of the system")
        except OSError as cause:
            raise PhotoRejected(Reason.PHOTO_TRUNCATED) from cause

    with pytest.raises(PhotoRejected) as caught:
        failing(b"...")
    kept = errors.frameless(caught.value)
    assert kept is caught.value
    assert (kept.__traceback__, kept.__cause__, kept.__context__) == (None, None, None)
    assert kept.message == "The file is damaged or cut short."


def test_what_is_refused_for_a_batch_holds_no_frame() -> None:
    try:
        raise PhotoRejected(Reason.PHOTO_EMPTY)
    except PhotoRejected as error:
        refused = Refused("me.png", error)
    assert refused.error.__traceback__ is None


def stored(handler: ast.ExceptHandler) -> Iterator[ast.AST]:
    """Where an error is stored as it was caught: assigned, returned, put into a list or into something's field."""
    for node in ast.walk(handler):
        values: list[ast.expr] = []
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.Return | ast.keyword) and node.value:
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("append", "add", "put", "appendleft") or (name[:1].isupper() and name != Refused.__name__):
                values = node.args
        if any(isinstance(value, ast.Name) and value.id == handler.name for value in values):
            yield node


def shown(tree: ast.AST) -> Iterator[ast.AST]:
    """Where something comes to show an error that may have been handed on as it was caught."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name == "__init__":  # of one that carries another
            continue
        frameless = {
            name.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("frameless(")
            for name in node.targets
            if isinstance(name, ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id not in frameless:
                yield from (to for to in node.targets if isinstance(to, ast.Attribute) and to.attr == "error")


@pytest.mark.parametrize("room", ["fusion", "advisor", "pages"])
def test_no_error_is_stored_with_its_frames(room: str) -> None:
    found = []
    for file in sorted((ROOT / room).rglob("*.py")):
        if file.stem == "lazy_imports":  # which raises what it has stored
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name]
        places = [*(each for node in handlers for each in stored(node)), *shown(tree)]
        found += [f"{file.relative_to(ROOT)}: {ast.unparse(each)}" for each in places]
    assert found == [], "wrap it in fusion.errors.frameless"
