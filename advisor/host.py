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

from fusion import memory

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
        total_bytes: of memory.
        available_bytes: what may still be used: the least of what the system has, and of what the limits of this
            process's control group and address space leave.
        cores: that this process may use.
        folder: the disk of which is meant by `disk_free_bytes`.
        disk_free_bytes: None where the system does not say.
        usable_bytes: of memory, at most: less than all of it where a container is limited; None where not known.
    """

    platform: Platform
    total_bytes: int
    available_bytes: int
    cores: int
    folder: Path
    disk_free_bytes: int | None
    usable_bytes: int | None = None


def read_host(folder: Path) -> Host:
    """The machine now.

    Args:
        folder: on the disk that is meant; it need not be there yet.
    """
    total = psutil.virtual_memory().total
    return Host(
        platform=_platform(),
        total_bytes=total,
        available_bytes=memory.free_bytes(),
        cores=usable_cores(),
        folder=folder,
        disk_free_bytes=_disk_free(folder),
        usable_bytes=min((total, *memory.group_limits())),
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
        return psutil.Process(pid).name() or None
    except (psutil.Error, OSError):
        return None


@functools.cache
def _platform() -> Platform:
    if "microsoft" in platform.release().lower():
        return Platform.WSL
    known = {"linux": Platform.LINUX, "win32": Platform.WINDOWS, "darwin": Platform.MACOS}
    return known.get(sys.platform, Platform.OTHER)


def usable_cores() -> int:
    """Those that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _disk_free(folder: Path) -> int | None:
    absolute = folder.absolute()
    for place in (absolute, *absolute.parents):
        if place.exists():
            try:
                return shutil.disk_usage(place).free
            except OSError:
                return None
    return None
