"""The machine around the cards: memory, cores, disk, processes."""

from __future__ import annotations

import functools
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from advisor.device.deadline import within
from fusion.files import private
from fusion.memory import budget, cores

DISK_S, NAME_S = 2.0, 0.5  # the system's deadlines
_SHORT = 15  # characters of a process's name that the kernel keeps
_FIRST_NAMESPACE = "pid:[4026531836]"  # the kernel's own: PROC_PID_INIT_INO, 0xEFFFFFFC


class Platform(StrEnum):
    """What kind of system it is. Under WSL less of a card's memory can be used than its driver calls free."""

    LINUX = "linux"
    WSL = "wsl"
    WINDOWS = "windows"
    MACOS = "macos"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Host:
    """The machine at one moment.

    Attributes:
        total_bytes: of the machine's memory, whoever may use it.
        available_bytes: what may still be used: the least of what the system has, and of what the limits of this
            process's control group and address space leave.
        cores: that this process may keep busy; a container may get parts of one.
        folder: the disk of which is meant by `disk_free_bytes`.
        disk_free_bytes: None where the system does not say, or does not answer.
        usable_bytes: of memory, what this process and its control group may use in all: less than `total_bytes` in a
            container; None: the same.
        outside_bytes: free on the machine, and outside of what the group may take.
        ready_cores: that this process may run on.
        others_cores: of those, that other programs have kept busy of late; None where it is not known yet.
    """

    platform: Platform
    total_bytes: int
    available_bytes: int
    cores: float
    folder: Path
    disk_free_bytes: int | None
    usable_bytes: int | None = None
    outside_bytes: int = 0
    ready_cores: int = 0
    others_cores: float | None = None

    @property
    def own_bytes(self) -> int:
        """All the memory that there is for this process: what is free is free of so much."""
        return min(self.total_bytes, self.total_bytes if self.usable_bytes is None else self.usable_bytes)

    @property
    def is_limited(self) -> bool:
        """Whether that is a part of the machine's memory only."""
        return self.own_bytes < self.total_bytes


def read_host(folder: Path, others_cores: float | None = None) -> Host:
    """The machine now.

    Args:
        folder: on the disk that is meant; it need not be there yet.
        others_cores: see `Host`.
    """
    machine, left = psutil.virtual_memory(), budget.left_bytes()
    return Host(
        platform=system(),
        total_bytes=int(machine.total),
        available_bytes=budget.free_bytes(),
        cores=cores.usable(),
        ready_cores=cores.ready(),
        others_cores=others_cores,
        folder=folder,
        disk_free_bytes=_disk_free(folder),
        usable_bytes=budget.total_bytes(),
        outside_bytes=max(0, int(machine.available) - left),
    )


def sees_all_processes() -> bool:
    """Whether a process has the same number here as for the driver, which knows no containers."""
    if sys.platform != "linux":
        return True
    try:
        return os.readlink("/proc/self/ns/pid") == _FIRST_NAMESPACE
    except OSError:
        return False


def process_name(pid: int) -> str | None:
    """None for a process that is gone or may not be asked."""
    try:
        short = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip() if sys.platform == "linux" else ""
        if short and len(short) < _SHORT:
            return short
        # The rest of it is in the process's own memory, which the kernel does not show while that process hangs.
        return within(NAME_S, ("name", pid), lambda: psutil.Process(pid).name()) or None
    except TimeoutError:
        return short
    except (psutil.Error, OSError):
        return None


@functools.cache
def system() -> Platform:
    """What this machine runs under."""
    if "microsoft" in platform.release().lower():
        return Platform.WSL
    known = {"linux": Platform.LINUX, "win32": Platform.WINDOWS, "darwin": Platform.MACOS}
    return known.get(sys.platform, Platform.OTHER)


def disk_of(folder: Path) -> tuple[int, int, int]:
    """The disk on which a folder is or would be: its number, what is free on it and all that it has, in bytes.

    Raises:
        OSError: the system does not say, or (`TimeoutError`) does not answer: the disk is a share whose server is gone.
    """
    return within(DISK_S, ("disk", folder), lambda: _disk_of(folder.absolute()))


def is_disk_silent(folder: Path) -> bool:
    """Whether the disk of a folder does not answer. Ask before reading there what nothing can interrupt."""
    try:
        disk_of(folder)
    except TimeoutError:
        return True
    except OSError:  # it answers, if not with what was asked
        return False
    return False


def _disk_of(folder: Path) -> tuple[int, int, int]:
    there = private.nearest(folder)
    usage = shutil.disk_usage(there)
    return there.stat().st_dev, usage.free, usage.total


def _disk_free(folder: Path) -> int | None:
    try:
        return disk_of(folder)[1]
    except OSError:
        return None
