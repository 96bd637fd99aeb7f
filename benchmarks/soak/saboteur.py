"""Makes calls fail: with errors of any class, before or after they have done what they do. For `benchmarks.soak`."""

from __future__ import annotations

import functools
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from fusion.errors import FusionError, Reason

CHANCE = 0.08  # that a call fails


class Odd(Exception):
    """One that cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("nor why")


class Odder(BaseException):
    """One that `except Exception` does not catch."""


ERRORS: tuple[Callable[[], BaseException], ...] = (
    Odd,
    lambda: Odder("of no known class"),
    lambda: KeyError("missing"),
    MemoryError,
    RecursionError,
    lambda: OSError(28, "No space left on device"),
    lambda: FileNotFoundError(2, "No such file or directory"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    AssertionError,
    StopIteration,
    ZeroDivisionError,
    lambda: sqlite3.OperationalError("database or disk is full"),
    lambda: sqlite3.ProgrammingError("type 'set' is not supported"),
    lambda: FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why="database or disk is full"),
)


class Saboteur:
    """Makes calls fail, before or after they have done what they do, until there were enough failures."""

    def __init__(self, count: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._left = count
        self.thrown: Counter[str] = Counter()  # by place
        self.classes: Counter[str] = Counter()

    @property
    def is_done(self) -> bool:
        """Whether nothing fails any more."""
        return self._left <= 0

    def stop(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._left = 0

    def count(self, place: str, chance: float) -> bool:
        """Whether something is to go wrong here, now; it is counted."""
        with self._lock:
            if self._left <= 0 or self._chance.random() >= chance:
                return False
            self._left -= 1
            self.thrown[place] += 1
            return True

    def choose(self, count: int) -> int:
        """A number below that."""
        with self._lock:
            return self._chance.randrange(count)

    def spoil(self, place: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, failing now and then."""

        @functools.wraps(call)
        def spoilt(*given: Any, **named: Any) -> Any:
            if not self.count(place, CHANCE):
                return call(*given, **named)
            if self.choose(2):
                call(*given, **named)
            error = ERRORS[self.choose(len(ERRORS))]()
            with self._lock:
                self.classes[type(error).__name__] += 1
            raise error

        return spoilt


class Spoilt:
    """An object some of whose methods fail now and then."""

    def __init__(self, whole: Any, names: tuple[str, ...], saboteur: Saboteur, who: str) -> None:
        self._whole = whole
        for name in names:
            setattr(self, name, saboteur.spoil(f"{who}.{name}", getattr(whole, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)
