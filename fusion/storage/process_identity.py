"""Whether a process still runs: that very one, though numbers are used again and clocks are set.

On Linux a process is known by the boot and by the clock ticks between that boot and its start, which nobody can set.
The time of its birth there is computed from the clock as it is now, and moves with it; elsewhere it was written down
as the process began, and stays. Needs psutil alone.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

_PROC = Path("/proc")
_SAME_BIRTH_S = 1.0  # systems tell it with different precision
_STATE, _STARTED = 0, 19  # of the fields of /proc/[pid]/stat that follow the name


class Life(StrEnum):
    """What can be said of a process."""

    ALIVE = "alive"
    DEAD = "dead"  # ended, or ended and not waited for yet, or another one has its number
    UNKNOWN = "unknown"  # the system does not let this user look: it may live


def mark_of(pid: int) -> str:
    """The boot and the tick at which a process began; "" where the system has no such thing, or no such process."""
    started = _ticks(pid)
    boot = _boot()
    return f"{boot}/{started[1]}" if boot and started and started[1] != "0" else ""


def life_of(pid: int, born: float, mark: str) -> Life:
    """Whether the process lives that had this number.

    Args:
        born: seconds since the epoch, as its system told it then; looked at only where there is no mark.
        mark: as `mark_of` gave it.
    """
    if mark and _boot():
        return _by_mark(pid, mark)
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - born) >= _SAME_BIRTH_S or process.status() == psutil.STATUS_ZOMBIE:
            return Life.DEAD
    except psutil.NoSuchProcess:
        return Life.DEAD
    except psutil.AccessDenied:
        return Life.UNKNOWN
    return Life.ALIVE


@dataclass(frozen=True, slots=True, eq=False)
class App:
    """A process that runs jobs. A number is used again by later processes: mark and birth tell them apart.

    Attributes:
        born: seconds since the epoch, by the clock as it was when it was written down.
        mark: as `mark_of` gives it; "" where the system has none.
    """

    pid: int
    born: float
    mark: str = ""

    @classmethod
    def this(cls) -> App:
        """The one that asks; the same whatever happens to the clock meanwhile."""
        return _app_of(os.getpid())

    @property
    def life(self) -> Life:
        """Whether it still runs, as far as the system tells."""
        return life_of(self.pid, self.born, self.mark)

    @property
    def is_alive(self) -> bool:
        """Whether it runs, or may run: what a process has that cannot be looked at is left to it."""
        return self.life != Life.DEAD

    @property
    def is_surely_alive(self) -> bool:
        """Whether it runs and may be looked at."""
        return self.life == Life.ALIVE

    def __eq__(self, other: object) -> bool:
        return isinstance(other, App) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return f"{self.pid} {self.born:.2f} {self.mark}".rstrip()

    @property
    def _key(self) -> tuple[int, str]:
        return self.pid, self.mark or f"{self.born:.2f}"

    @classmethod
    def parse(cls, text: str) -> App:
        """What `str` gave, now or in an older version, which knew no marks."""
        pid, born, *mark = text.split()
        return cls(int(pid), float(born), *mark[:1])


@functools.cache
def _app_of(pid: int) -> App:
    return App(pid, psutil.Process(pid).create_time(), mark_of(pid))


def _by_mark(pid: int, mark: str) -> Life:
    boot, _, ticks = mark.partition("/")
    if boot != _boot():
        return Life.DEAD  # the machine was started anew since
    found = _ticks(pid)
    if found is None:
        return Life.UNKNOWN if _has_number(pid) else Life.DEAD
    state, started = found
    return Life.ALIVE if started == ticks and state not in "ZX" else Life.DEAD


def _ticks(pid: int) -> tuple[str, str] | None:
    """The state of a process, and the ticks from the boot to its start; None where the system does not tell."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold anything
    return (fields[_STATE], fields[_STARTED]) if len(fields) > _STARTED else None


def _has_number(pid: int) -> bool:
    """Whether any process has the number, also one that may not be looked at."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


@functools.cache
def _boot() -> str:
    """What the kernel calls this boot; "" where it does not."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
