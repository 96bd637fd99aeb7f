"""A memory of the last few things. Standard library."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

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
