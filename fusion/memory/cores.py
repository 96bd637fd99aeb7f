"""How many cores a process may keep busy: those that it may run on, and the time that its control groups give it."""

from __future__ import annotations

import math
import os
from pathlib import Path

from fusion.memory import budget


def ready() -> int:
    """The cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usable() -> float:
    """Those, or the time of so many that its control groups may take; a container may get parts of one."""
    return min((float(ready()), *shares()))


def threads() -> int:
    """As many as can compute at once. More wait for each other: a group that has used up its time stands still."""
    return max(1, math.ceil(usable()))


def chosen() -> int:
    """How many threads a fusion computes on: `OMP_NUM_THREADS` where somebody has set it, else `threads`."""
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else threads()


def shares(groups: Path = budget.GROUPS, mounted: Path = budget.MOUNTED) -> tuple[float, ...]:
    """How many cores' time the process's control group and each above it may take; () where nothing says so.

    Args:
        groups: the kernel's list of the process's groups.
        mounted: where the groups lie.
    """
    found = []
    for folder, is_new in budget.folders(groups, mounted, "cpu"):
        names = ("cpu.max",) if is_new else ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        try:
            quota, period = (int(word) for name in names for word in (folder / name).read_text().split())
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
        if quota > 0 and period > 0:  # -1: no limit
            found.append(quota / period)
    return tuple(found)
