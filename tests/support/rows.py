"""Rows of the queue's table as they come in and are taken, and an app that is dead."""

from __future__ import annotations

from fusion.errors import Reason, WorkerDied
from fusion.storage import App, Record, Records
from tests.support.fixtures import environment

DEAD = App(2**22 - 1, 1.0)
WHY = WorkerDied(Reason.INTERRUPTED)


def job(**changes: object) -> Record:
    """A job that has just come in, of photos that have names."""
    return environment.job(**{"target_name": "beach.jpg", "source_name": "me_50%.png", **changes})


def added(records: Records, **changes: object) -> str:
    """The id of a job that waits now."""
    record = job(**changes)
    assert records.add(record)
    return record.id


def claimed(records: Records) -> Record:
    """The job that is the next to run."""
    taken = records.claim()
    assert taken is not None
    return taken
