"""The queue: jobs are taken in, handed to workers, watched, retried, kept for a while and removed.

Needs `fusion.storage` and `fusion.worker`, and no page. `Jobs` is all of it, safe from any thread; it shows a job as a
`JobView` and a worker as a `WorkerView`. Several processes may run a queue on one database.
"""

from __future__ import annotations

from fusion.jobs.queue import Batch, Jobs, Mark, Outcome, Priority, Query, WorkerRow, WorkerView
from fusion.jobs.removal import UNDO_S
from fusion.jobs.retention import DAY_S
from fusion.jobs.start_failures import WorkerTrouble
from fusion.jobs.view import JobView, view_of

__all__ = [
    "DAY_S",
    "UNDO_S",
    "Batch",
    "JobView",
    "Jobs",
    "Mark",
    "Outcome",
    "Priority",
    "Query",
    "WorkerRow",
    "WorkerTrouble",
    "WorkerView",
    "view_of",
]
