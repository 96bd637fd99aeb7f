"""What this process may use of the machine: a container's limits, and what was set before it was started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from advisor.host import usable_cores
from fusion import memory


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be used, and what there is.

    Attributes:
        cores: that this process may keep busy; a container may get parts of one.
        memory_bytes: the least limit on this process's memory, or the machine's memory where nothing limits it.
        upload_bytes: the largest photo file that is taken.
    """

    cores: float
    machine_cores: int
    memory_bytes: int
    machine_bytes: int
    upload_bytes: int


def read_limits(upload_bytes: int) -> Limits:
    """The limits now."""
    machine = int(psutil.virtual_memory().total)
    return Limits(
        cores=min(float(usable_cores()), *core_shares()) if core_shares() else float(usable_cores()),
        machine_cores=os.cpu_count() or 1,
        memory_bytes=min((machine, *memory.limits())),
        machine_bytes=machine,
        upload_bytes=upload_bytes,
    )


def core_shares(groups: Path = memory.GROUPS, mounted: Path = memory.MOUNTED) -> tuple[float, ...]:
    """How many cores' time the process's control group and each above it may take; () where nothing says so.

    Args:
        groups: the kernel's list of the process's groups.
        mounted: where the groups lie.
    """
    found = []
    for folder, is_new in memory.folders(groups, mounted, "cpu"):
        names = ("cpu.max",) if is_new else ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        try:
            quota, period = (int(word) for name in names for word in (folder / name).read_text().split())
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
        if quota > 0 and period > 0:  # -1: no limit
            found.append(quota / period)
    return tuple(found)
