"""Claims about every member of a table, each of them one test that names all the members it is wrong for."""

from __future__ import annotations

from collections.abc import Mapping


def none_of(wrong: Mapping[str, object]) -> None:
    """Fail if anything is wrong, with a line for each: pytest's own comparison of two dicts is cut short."""
    assert not wrong, "\n".join([f"{len(wrong)} are wrong:", *(f"{name}: {why}" for name, why in wrong.items())])
