"""The process that computes: the child that owns torch, its protocol, and the supervisor that keeps it alive."""

from __future__ import annotations

from fusion.worker import fallback_run, protocol, run_job
from fusion.worker.fallback_run import Stranded
from fusion.worker.measured_run import Trial, measure
from fusion.worker.supervisor import Listener, Supervisor, WorkerView

__all__ = [
    "Listener",
    "Stranded",
    "Supervisor",
    "Trial",
    "WorkerView",
    "fallback_run",
    "measure",
    "protocol",
    "run_job",
]
