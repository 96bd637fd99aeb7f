"""A job as pages see it, made of the job as it is kept."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from fusion.errors import Reason, WorkerDied
from fusion.jobs import JobView, view_of
from fusion.jobs.view import Outcome
from fusion.storage import Record
from fusion.types import Progress, Stage, State
from tests.support.fixtures import environment
from tests.support.fixtures.facts import facts

# What a view says otherwise, and what is the queue's own.
SAID_OTHERWISE = {"state", "facts", "recipe", "target", "source"}
OF_THE_QUEUE = {"need_bytes", "priority", "app", "wish", "bytes", "is_served", "is_try"}
FOLDER = Path("jobs") / "1"


def record(**changes: object) -> Record:
    given = {"owner": "ann", "batch": "b", "target_name": "a.jpg", "source_name": "me.jpg", "number": 7, "started": 2.0,
             "ended": 3.0, "expected_s": 4.0, "deaths": 1, "error": WorkerDied(Reason.WORKER_DIED, code=1)}  # fmt: skip
    return environment.job(**{**given, **changes})


def test_a_view_says_all_of_a_job_but_what_is_the_queues_own() -> None:
    kept = record(verdict={"passed": True})
    view = view_of(kept, FOLDER, None)
    names = {field.name for field in fields(Record)} - SAID_OTHERWISE - OF_THE_QUEUE
    assert {name: getattr(view, name) for name in names} == {name: getattr(kept, name) for name in names}
    assert {field.name for field in fields(JobView)} - names == {
        "progress",
        "outcome",
        "target_sha256",
        "source_sha256",
    }
    assert (view.target_sha256, view.source_sha256) == (kept.target, kept.source)


@pytest.mark.parametrize("live", [None, Progress(State.RUNNING, Stage.FUSE, 0.5)])
def test_a_job_that_is_done_has_its_files_and_is_whole_however_far_it_was(live: Progress | None) -> None:
    view = view_of(record(state=State.DONE, facts=facts(), recipe={"fusewise": "1"}), FOLDER, live)
    assert view.progress == Progress(State.DONE, fraction=1.0)
    assert view.outcome == Outcome(FOLDER / "output.png", FOLDER / "before.png", facts(), {"fusewise": "1"})


def test_a_job_that_runs_is_as_far_as_it_is_said_to_be() -> None:
    live = Progress(State.RUNNING, Stage.FUSE, 0.5)
    view = view_of(record(state=State.RUNNING), FOLDER, live)
    assert (view.progress, view.outcome) == (live, None)
    assert view_of(record(state=State.QUEUED), FOLDER, None).progress == Progress(State.QUEUED)
