"""A batch of a command line: queued, watched until it has ended, tried again where it failed. Loads no torch."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from fusion.batches import Plan, Refused, enqueue, export
from fusion.declared import COMMAND_LINE
from fusion.errors import FusionError
from fusion.jobs import Jobs, JobView, Query
from fusion.types import ENDED, State

OWNER = "local"  # the one person of this machine, as the pages call them
LOOK_S = 0.2  # between two looks
STOP_S = 20.0  # the longest that a stopped batch is waited for

# told: jobs that have ended, of how many, how far the whole is (0…1), and one that runs
Watch = Callable[[int, int, float, JobView | None], None]
Tell = Callable[[FusionError], None]  # told: why no job is taken now


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What came of a batch: its jobs in their order, the pairs that could not be queued, and whether it was stopped."""

    batch: str
    views: tuple[JobView, ...]
    refused: tuple[Refused, ...]
    is_stopped: bool


def run(
    plan: Plan,
    name: str,
    retries: int,
    watch: Watch,
    tell: Tell = lambda error: None,
    *,
    is_agreed: bool = False,
) -> Run:
    """Fuse every pair of a plan with a worker of this process. An interrupt stops it and keeps what is done.

    Args:
        name: of the batch.
        retries: how often what fails is tried again.
        tell: called when the queue pauses, as where the disk is full; it goes on by itself.
        is_agreed: whether somebody has said that the people in the photos agreed.

    Raises:
        FusionError: the worker does not start, or the queue takes no jobs.
    """
    refused: tuple[Refused, ...] = ()
    is_stopped = False
    with contextlib.closing(Jobs()) as queue:
        queue.start()
        batch = queue.make_batch(name, OWNER)
        try:
            consent = queue.consent(COMMAND_LINE) if is_agreed else None
            refused = enqueue.fill(queue, batch, plan, OWNER, consent=consent)
            for left in range(retries, -1, -1):
                _follow(queue, batch, watch, tell)
                if left == 0 or queue.retry_batch(batch) == 0:
                    break
        except KeyboardInterrupt:
            is_stopped = True
            queue.cancel_batch(batch)
            _await_end(queue, batch)
        except FusionError:
            queue.cancel_batch(batch)
            raise
        return Run(batch, export.jobs_of(queue, batch), refused, is_stopped)


def _follow(queue: Jobs, batch: str, watch: Watch, tell: Tell) -> None:
    """Until every job has ended."""
    paused: FusionError | None = None
    running = Query(batch=batch, states=frozenset({State.RUNNING}))
    while True:
        counts = queue.batch(batch).counts
        done, total = sum(counts.get(state, 0) for state in ENDED), sum(counts.values())
        if done == total:
            return
        now = queue.history(running)
        watch(done, total, (done + sum(view.progress.fraction for view in now)) / total, now[0] if now else None)
        before, paused = paused, queue.paused
        if paused is not None and before is None:
            tell(paused)
        worker = queue.worker()
        if worker.state == "dead" and worker.error is not None:
            raise worker.error
        time.sleep(LOOK_S)


def _await_end(queue: Jobs, batch: str) -> None:
    end = time.monotonic() + STOP_S
    while time.monotonic() < end:
        counts = queue.batch(batch).counts
        if not any(counts.get(state, 0) for state in (State.QUEUED, State.RUNNING)):
            return
        time.sleep(LOOK_S)
