"""Jobs in a real queue, and the wait for what becomes of them."""

from __future__ import annotations

from fusion.jobs import Jobs, JobView
from fusion.settings import Settings
from fusion.types import State
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain
from tests.support.waiting import until

PHOTO = plain()


def has_ended(jobs: Jobs, id: str) -> bool:
    return jobs.view(id).progress.state not in (State.QUEUED, State.RUNNING)


def end(jobs: Jobs, id: str) -> JobView:
    """The job once it has ended."""
    until(lambda: has_ended(jobs, id))
    return jobs.view(id)


def start_running(jobs: Jobs, id: str) -> None:
    """Wait until a job computes."""
    until(lambda: jobs.view(id).progress.fraction > 0.15)


def submit(jobs: Jobs, ratio: float = fake.QUICK, target: bytes = PHOTO, source: bytes = PHOTO) -> str:
    """Give a job to the queue; the ratio says how the pipeline of tests behaves."""
    return jobs.submit(target, source, Settings(ratio=ratio))
