"""Errors of no known class, to be thrown into whatever must survive."""

from __future__ import annotations

import sqlite3

from fusion.errors import FusionError, Reason


class Odd(Exception):
    """One that cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("nor why")


class Odder(BaseException):
    """One that `except Exception` does not catch."""


def errors() -> tuple[BaseException, ...]:
    """One of each kind, fresh."""
    return (
        Odd(),
        Odder("of no known class"),
        KeyError("missing"),
        MemoryError(),
        RecursionError("too deep"),
        OSError(28, "No space left on device"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        AssertionError(),
        StopIteration(),
        sqlite3.OperationalError("database is locked"),
        FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why="database is locked"),
    )


NAMES = [type(error).__name__ for error in errors()]
