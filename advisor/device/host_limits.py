"""What this process may use of the machine: a container's limits, and what was set before it was started."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil

from fusion.memory import budget, cores


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
        cores=cores.usable(),
        machine_cores=os.cpu_count() or 1,
        memory_bytes=min((budget.total_bytes(), *budget.limits())),
        machine_bytes=machine,
        upload_bytes=upload_bytes,
    )
