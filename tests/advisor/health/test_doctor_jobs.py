"""A long line is found, and what went wrong of late; what a person can mend at the photo is not."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.diagnosis import Action, Cause, Level
from advisor.health import Environment
from advisor.health.job_history import LATELY, WINDOW_S, Line, Past
from fusion.errors import FusionError, JobTimeout, NoFace, OutOfMemory, Reason, WorkerDied
from fusion.memory import Rung, Step
from fusion.storage import Priority
from tests.support.fixtures.environment import causes, ended, job, only, records_in, seen


def test_a_long_line_of_people_is_found_and_a_batch_is_none(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    for _ in range(6):
        records.add(job(priority=Priority.BATCH))
    assert causes(seen(tmp_path)) == []
    for _ in range(6):
        records.add(job(expected_s=3.0))
    found = only(seen(tmp_path))
    assert (found.cause, found.remedy.action) == (Cause.QUEUE_LONG, Action.WAIT)
    assert {"waiting": 6, "batched": 6, "needed_s": 18.0}.items() <= found.evidence.items()


def test_a_few_long_jobs_are_a_long_line_too(bare: Environment) -> None:
    assert causes(replace(bare, past=Past(line=Line(waiting=2, needed_s=300)))) == [Cause.QUEUE_LONG]
    assert causes(replace(bare, past=Past(line=Line(waiting=2, needed_s=30)))) == []


def test_programs_that_keep_the_processor_busy_are_found_where_it_computes(bare: Environment) -> None:
    def taken(others: float | None) -> Environment:
        host = replace(bare.snapshot.host, cores=8, ready_cores=8, others_cores=others)
        return replace(bare, snapshot=replace(bare.snapshot, host=host), past=Past(device="cpu"))

    found = only(taken(6.0))
    assert (found.cause, found.remedy.action) == (Cause.CORES_TAKEN, Action.CLOSE_PROGRAM)
    assert found.evidence == {"others_cores": 6.0, "ready_cores": 8, "times": 2.0}
    assert causes(taken(1.0)) == causes(taken(None)) == []
    on_card = replace(taken(6.0), past=Past(device="Tesla T4"))
    assert causes(replace(on_card, crew=None)) == []


TILE, TO_CPU = Step(Rung.TILE, "1024", "512"), Step(Rung.CPU, "cuda", "cpu")


@pytest.mark.parametrize(
    ("error", "steps", "deaths", "cause", "level"),
    [
        (None, (TILE,), 0, Cause.OUT_OF_MEMORY, Level.MINOR),
        (None, (TILE, TO_CPU), 0, Cause.OUT_OF_MEMORY, Level.SERIOUS),
        (OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), (), 0, Cause.OUT_OF_MEMORY, Level.SERIOUS),
        (JobTimeout(Reason.JOB_TIMEOUT, seconds=60.0), (), 0, Cause.TIMED_OUT, Level.SERIOUS),
        (WorkerDied(Reason.WORKER_DIED, code=-9), (), 3, Cause.WORKER_DIED, Level.SERIOUS),
        (None, (), 1, Cause.WORKER_DIED, Level.MINOR),
        (
            FusionError(Reason.DEVICE_FAILED, device="cuda", why="an illegal access"),
            (),
            0,
            Cause.WORKER_DIED,
            Level.SERIOUS,
        ),
    ],
)
def test_a_job_that_went_wrong_is_found_and_counts_less_when_another_comes_through(
    tmp_path: Path, error: FusionError | None, steps: tuple[Step, ...], deaths: int, cause: Cause, level: Level
) -> None:
    records = records_in(tmp_path)
    ended(records, error, steps, deaths)
    found = only(seen(tmp_path))
    assert (found.cause, found.level, found.evidence["number"], found.evidence["count"]) == (cause, level, 1, 1)
    ended(records)
    assert only(seen(tmp_path)).level == Level.MINOR


def test_what_went_wrong_is_over_when_many_have_come_through_since(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    ended(records, OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"))
    for _ in range(LATELY):
        ended(records)
    assert causes(seen(tmp_path)) == []


def test_the_events_of_memory_are_counted(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    ended(records, None, (TILE,))
    ended(records, None, (TILE, TO_CPU))
    ended(records, OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"))
    found = only(seen(tmp_path))
    assert {"count": 3, "stepped": 2, "on_processor": 1, "failed": 1, "number": 3}.items() <= found.evidence.items()


def test_what_a_person_can_mend_at_the_photo_is_no_matter_of_the_machine(tmp_path: Path) -> None:
    ended(records_in(tmp_path), NoFace(Reason.NO_FACE, role="source"))
    assert causes(seen(tmp_path)) == []


def test_what_went_wrong_the_day_before_is_over(tmp_path: Path) -> None:
    ended(records_in(tmp_path), OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu"), made=time.time() - WINDOW_S - 60)
    assert causes(seen(tmp_path)) == []
