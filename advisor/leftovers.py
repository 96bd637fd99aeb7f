"""Workers of ours that outlived their app, and ending one. Nobody else's process is ever touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import psutil

GRACE_S = 3.0  # between asking a process to end and ending it
_SAME_BIRTH_S = 1.0  # the system's clock may have been set since


class Registered(Protocol):
    """A worker as the app that started it has written it down; births in seconds since 1970."""

    @property
    def pid(self) -> int: ...
    @property
    def born(self) -> float: ...
    @property
    def app_pid(self) -> int: ...
    @property
    def app_born(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Leftover:
    """A worker whose app is dead.

    Attributes:
        born: in seconds since 1970. Numbers are used again; number and birth together are not.
        resident_bytes: of the host's memory.
    """

    pid: int
    born: float
    name: str
    resident_bytes: int


class Ended(StrEnum):
    """What became of a leftover that was to be ended."""

    ENDED = "ended"
    GONE = "gone"  # before it was asked
    NOT_OURS = "not_ours"  # or its app lives after all: it was left alone
    REFUSED = "refused"  # the system does not let this user end it
    STAYS = "stays"  # not even the system could end it: it hangs in a driver


def leftovers(rows: Iterable[Registered]) -> tuple[Leftover, ...]:
    """Those of the registered workers that live while their app does not."""
    found = []
    for row in rows:
        process = _alive(row.pid, row.born)
        if process is None or _alive(row.app_pid, row.app_born) is not None:
            continue
        try:
            found.append(Leftover(row.pid, row.born, process.name(), int(process.memory_info().rss)))
        except psutil.NoSuchProcess:
            continue  # it ended this moment
        except psutil.AccessDenied:
            found.append(Leftover(row.pid, row.born, "", 0))
    return tuple(found)


def end(leftover: Leftover, registered: Callable[[], Iterable[Registered]], grace_s: float = GRACE_S) -> Ended:
    """Ask a leftover to end, and end it where it does not within `grace_s`. Waits for that.

    Args:
        registered: asked right before: whoever is not in there, or has an app that lives, is left alone.
    """
    row = next((each for each in registered() if (each.pid, each.born) == (leftover.pid, leftover.born)), None)
    if row is None or _alive(row.app_pid, row.app_born) is not None:
        return Ended.NOT_OURS
    process = _alive(row.pid, row.born)
    if process is None:
        return Ended.GONE
    try:
        # psutil looks at the birth once more before each signal.
        process.terminate()
        try:
            process.wait(grace_s)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(grace_s)
    except psutil.NoSuchProcess:
        return Ended.ENDED
    except psutil.AccessDenied:
        return Ended.REFUSED
    except psutil.TimeoutExpired:
        return Ended.STAYS
    return Ended.ENDED


def _alive(pid: int, born: float) -> psutil.Process | None:
    """The process of that number and birth; None where it is gone, or has ended and waits to be buried."""
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - born) < _SAME_BIRTH_S
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.AccessDenied:
        return None
    except psutil.NoSuchProcess:
        return None
