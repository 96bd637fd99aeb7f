"""JSON from outside, as RFC 8259 has it and no looser: whatever is wrong is a `ValueError`. Standard library."""

from __future__ import annotations

import json
from typing import Any, NoReturn

_MOST_DEPTH = 32  # no file of ours comes near it; beyond it even showing a value would fail


def loads(text: str | bytes) -> Any:
    """What the text says; bytes may be UTF-8, with its mark or without, UTF-16 or UTF-32.

    Raises:
        ValueError: no JSON; NaN or Infinity; a key twice in one object; nested more than 32 deep.
    """
    try:
        found = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    level = [found]
    for _ in range(_MOST_DEPTH):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inside(outer)]
        if not level:
            return found
    raise ValueError("nested too deeply")


def _inside(outer: dict[str, Any] | list[Any]) -> list[Any]:
    return list(outer.values()) if isinstance(outer, dict) else outer


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
