"""A memory of the last few things. Standard library."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Newest(OrderedDict[Key, Value]):
    """A dictionary of the values that were last set or asked for by `of`, the oldest first.

    Args:
        most: how many are kept; beyond them the oldest go.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)

    def of(self, key: Key, make: Callable[[], Value]) -> Value:
        """What is kept under a key; made if there is nothing. It is the newest then."""
        value = self[key] if key in self else make()
        self[key] = value
        return value


@dataclass(slots=True, eq=False)
class _Entry(Generic[Value]):
    """Made under its own lock, so that others may be made meanwhile. `made`: it alone, or nothing yet."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: tuple[Value, ...] = ()


class NewestOfThreads(Generic[Key, Value]):
    """The same for several threads: who asks for what another is making waits for it.

    Args:
        most: as of `Newest`.
    """

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._entries = Newest[Key, _Entry[Value]](most)

    def of(self, key: Key, make: Callable[[], Value]) -> Value:
        """As of `Newest`."""
        with self._lock:
            entry = self._entries.of(key, _Entry)
        with entry.lock:
            if not entry.made:
                entry.made = (make(),)
            return entry.made[0]

    def clear(self) -> None:
        """Keep none any more; what is being made is given to those who asked, and kept by nobody."""
        with self._lock:
            self._entries.clear()
