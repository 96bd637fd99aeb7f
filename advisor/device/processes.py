"""Who else is on this machine: other running Fusewises of this user, and who holds the host's memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from advisor.device.deadline import within
from fusion.units import MIB

LOOK_S = 3.0  # the system's deadline for all processes
HELD_BYTES = 256 * MIB  # who holds less is no holder
SHOWN = 5
_SCRIPT = "streamlit_app.py"
_SERVED = "streamlit_app:app"  # by a server for ASGI
# Many a project has a streamlit_app.py; this one has that beside it, also where it was installed as a package.
_MARK = Path("pages", "studio", "fuse.py")


@dataclass(frozen=True, slots=True)
class Running:
    """An app that serves pages or computes jobs.

    Attributes:
        born: seconds since 1970.
        shares_data: whether it works off the same data folder; None where that is not known.
    """

    pid: int
    born: float
    name: str
    resident_bytes: int
    shares_data: bool | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds much of the host's memory."""

    pid: int
    name: str
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What one look at all processes has found: apps by birth, holders by size.

    `is_silent`: the system has not listed them in time; there are none then.
    """

    apps: tuple[Running, ...] = ()
    holders: tuple[Holder, ...] = ()
    is_silent: bool = False


def look_around(ours: Collection[int], registered: Collection[int]) -> Neighbours:
    """All processes, once.

    The command line of a process is in its own memory, which the kernel does not show while that process hangs in it;
    and where a process works may be a share that is gone.

    Args:
        ours: numbers of this app and of workers, which are no strangers.
        registered: numbers of apps that the database of this data folder names.
    """
    try:
        return within(LOOK_S, ("processes", frozenset(ours), frozenset(registered)), lambda: _look(ours, registered))
    except TimeoutError:
        return Neighbours(is_silent=True)


def _look(ours: Collection[int], registered: Collection[int]) -> Neighbours:
    me = psutil.Process()
    seen = list(psutil.process_iter(["pid", "ppid", "name", "create_time", "memory_info", "username", "cmdline"]))
    mine = [process for process in seen if process.info["username"] == me.username()]
    matching = [process for process in mine if process.pid in registered or _is_fusewise(process)]
    # `uv run streamlit run …` starts a process with the same words, which is the one that serves.
    parents = {process.info["ppid"] for process in matching}
    apps = [_running(process, registered) for process in matching if process.pid not in parents]
    known = {*ours, *(app.pid for app in apps), me.pid}
    return Neighbours(tuple(sorted(apps, key=lambda app: app.born)), tuple(_largest(seen, known)))


def _running(process: psutil.Process, registered: Collection[int]) -> Running:
    info = process.info
    shares = True if process.pid in registered else None
    return Running(process.pid, info["create_time"], info["name"] or "?", _resident(process), shares)


def _is_fusewise(process: psutil.Process) -> bool:
    """Whether its command line starts the web app of a Fusewise, from whichever folder."""
    words = process.info["cmdline"] or []
    scripts = list(_scripts(words))
    if not scripts:
        return False
    try:
        folder = Path(process.cwd())
    except (psutil.Error, OSError):
        return False  # it ended this moment, or cannot be asked
    return any((folder / script).parent.joinpath(_MARK).is_file() for script in scripts)


def _scripts(words: Sequence[str]) -> Iterator[str]:
    """What a command line has Streamlit run, or a server serve."""
    for number, word in enumerate(words):
        before = words[max(0, number - 1)]
        if word == "run" and Path(before).stem == "streamlit":
            yield from (each for each in words[number + 1 :] if Path(each).name == _SCRIPT)
        elif word == _SERVED:
            yield _SCRIPT


def _largest(seen: Sequence[psutil.Process], known: Collection[int]) -> list[Holder]:
    found = [
        Holder(process.pid, process.info["name"] or "?", _resident(process))
        for process in seen
        if process.pid not in known and _resident(process) >= HELD_BYTES
    ]
    return sorted(found, key=lambda holder: holder.resident_bytes, reverse=True)[:SHOWN]


def _resident(process: psutil.Process) -> int:
    info = process.info["memory_info"]
    return int(info.rss) if info else 0
