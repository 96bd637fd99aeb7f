"""How far a download of weights is: a noun, and the arithmetic of speed and time left. Pure.

Standard library only: the process that downloads and the web process share it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

_WINDOW_S = 8.0  # of the past, that the speed is taken over
_ENOUGH_S = 0.5  # before that a speed says nothing


class Phase(StrEnum):
    """What is being done: asking the hub, reading files to compare their sha256, or fetching."""

    LISTING = "listing"
    CHECKING = "checking"
    FETCHING = "fetching"


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far it is. `bytes` of `total_bytes` are of all files, the `file_*` of the one in work; None: not known."""

    phase: Phase
    file: str = ""
    file_bytes: int = 0
    file_total_bytes: int = 0
    bytes: int = 0
    total_bytes: int = 0
    bytes_per_second: float | None = None
    seconds_left: float | None = None

    @property
    def fraction(self) -> float:
        """0 to 1."""
        return min(1.0, self.bytes / self.total_bytes) if self.total_bytes else 0.0

    def to_json(self) -> dict[str, Any]:
        """As one line between the processes."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Transfer:
        """What `to_json` described."""
        return cls(**{**data, "phase": Phase(data["phase"])})


Watch = Callable[[Transfer], None]


class Pace:
    """Bytes a second over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, now_s: float, done_bytes: int) -> float | None:
        """Note where it is now; the speed, or None while too little has been seen.

        Args:
            now_s: of a clock that does not jump.
            done_bytes: of all files; a part that had to be thrown away makes it smaller, and begins anew.
        """
        if self._seen and done_bytes < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now_s, done_bytes))
        while now_s - self._seen[0][0] > _WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()
        begun, before = self._seen[0]
        return (done_bytes - before) / (now_s - begun) if now_s - begun >= _ENOUGH_S else None


def seconds_left(missing_bytes: int, bytes_per_second: float | None) -> float | None:
    """How long the rest takes at this speed; None where that cannot be said."""
    return missing_bytes / bytes_per_second if bytes_per_second else None
