"""The process that computes: the child that owns torch, what is said to it, and what keeps it alive.

The child alone loads torch (`python -m fusion.worker`); this door does not. `Supervisor` starts it and starts it again,
telling a `Listener`; `protocol` is their lines of JSON; `measure`, `run_job` and `fallback_run` fuse without a queue;
`lines_of` runs a module in a process of its own.
"""

from __future__ import annotations

from fusion.worker import fallback_run, protocol, run_job, start, written
from fusion.worker.able import Able
from fusion.worker.fallback_run import Stranded
from fusion.worker.measured_run import FAILED, Trial, lines_of, measure
from fusion.worker.start import Starter
from fusion.worker.supervisor import Listener, Supervisor, WorkerView

__all__ = [
    "FAILED",
    "Able",
    "Listener",
    "Starter",
    "Stranded",
    "Supervisor",
    "Trial",
    "WorkerView",
    "fallback_run",
    "lines_of",
    "measure",
    "protocol",
    "run_job",
    "start",
    "written",
]
