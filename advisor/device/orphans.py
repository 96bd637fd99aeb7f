"""Workers of ours that outlived their app, and ending one. Nobody else's process is ever touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import psutil

from fusion.storage import App

GRACE_S = 3.0  # between asking a process to end and ending it


class Registered(Protocol):
    """A worker as the app that started it has written it down."""

    @property
    def process(self) -> App: ...
    @property
    def app(self) -> App: ...


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
        worker = row.process
        if not worker.is_surely_alive or row.app.is_alive:
            continue
        try:
            process = psutil.Process(worker.pid)
            found.append(Leftover(worker.pid, worker.born, process.name(), int(process.memory_info().rss)))
        except psutil.NoSuchProcess:
            continue  # it ended this moment
        except psutil.AccessDenied:
            found.append(Leftover(worker.pid, worker.born, "", 0))
    return tuple(found)


def end(leftover: Leftover, registered: Callable[[], Iterable[Registered]], grace_s: float = GRACE_S) -> Ended:
    """Ask a leftover to end, and end it where it does not within `grace_s`. Waits for that.

    Args:
        registered: asked right before: whoever is not in there, or has an app that lives, is left alone.
    """
    meant = (leftover.pid, leftover.born)
    row = next((each for each in registered() if (each.process.pid, each.process.born) == meant), None)
    if row is None or row.app.is_alive:
        return Ended.NOT_OURS
    try:
        process = psutil.Process(leftover.pid)  # from here on psutil sees by itself if another takes the number
    except psutil.NoSuchProcess:
        return Ended.GONE
    if not row.process.is_surely_alive:
        return Ended.REFUSED if row.process.is_alive else Ended.GONE
    return _end(process, grace_s)


def _end(process: psutil.Process, grace_s: float) -> Ended:
    """Ask first, then make it."""
    try:
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
