"""How much memory decoding may take at once, in all threads together. Standard library."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """Bytes that are taken for a while, and waited for where too many are taken.

    Whoever asks for little never waits for those that ask for much: these share three quarters of it.

    Args:
        total_bytes: of which all together take no more; one that alone needs more takes it when it is alone.
        small_bytes: up to which something is little.
    """

    def __init__(self, total_bytes: int, small_bytes: int) -> None:
        self._total, self._small = total_bytes, small_bytes
        self._taken = self._taken_by_large = 0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, count: int) -> Iterator[None]:
        """Wait until there is room for `count` bytes, and hold them."""
        is_large = count > self._small
        with self._changed:
            self._changed.wait_for(lambda: self._fits(count, is_large))
            self._taken += count
            self._taken_by_large += count if is_large else 0
        try:
            yield
        finally:
            with self._changed:
                self._taken -= count
                self._taken_by_large -= count if is_large else 0
                self._changed.notify_all()

    def _fits(self, count: int, is_large: bool) -> bool:
        if is_large:
            shared = self._total * 3 // 4
            return self._taken_by_large == 0 or self._taken_by_large + count <= shared
        own = self._total - min(self._taken_by_large, self._total * 3 // 4)
        return self._taken == self._taken_by_large or self._taken - self._taken_by_large + count <= own
