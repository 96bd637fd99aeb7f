"""Nothing stays running that no lane runs, a cancel is for one run, and lanes that die are told of and replaced."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fusion.cli import jobs as jobs_
from fusion.errors import Cancelled, Reason, WorkerDied
from fusion.jobs import start_failures
from fusion.storage import Record
from fusion.types import State
from fusion.units import GIB
from fusion.worker import WorkerView
from tests.support.rows import DEAD, WHY, job
from tests.support.scheduled import House, done

# Nothing stays running that does not run


def test_what_no_lane_has_goes_back_into_the_line_and_not_for_ever(house: House) -> None:
    record = house.run()
    for deaths in range(1, Record.DEATHS_ALLOWED):
        house.dispatcher.reconcile()
        assert house.state(record) == State.RUNNING, "it may be on its way"
        house.dispatcher.reconcile()
        assert (house.state(record), house.records.get(record.id).deaths) == (State.QUEUED, deaths)
        house.claim()
    house.dispatcher.reconcile()
    house.dispatcher.reconcile()
    assert house.state(record) == State.INTERRUPTED


def test_what_is_still_to_be_written_down_is_left_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    record = house.run()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(house.records, "end", full)
        house.dispatcher.ended(done(record), house.lane)
    for _ in range(3):
        house.dispatcher.reconcile()
    assert house.state(record) == State.RUNNING
    house.settle()
    assert house.state(record) == State.DONE


def test_what_a_lane_has_is_left_alone(house: House) -> None:
    record = house.run()
    house.staff(SimpleNamespace(holds=lambda id: id == record.id, take=lambda: False))
    for _ in range(3):
        house.dispatcher.reconcile()
    assert house.state(record) == State.RUNNING


def test_one_that_is_cancelled_and_with_no_lane_is_cancelled(house: House) -> None:
    record = house.run()
    house.records.cancel(record.id, Cancelled())
    house.dispatcher.reconcile()
    house.dispatcher.reconcile()
    assert house.state(record) == State.CANCELLED


# Cancels


def test_a_cancel_is_for_the_run_that_it_was_meant_for(house: House) -> None:
    asked: list[tuple[str, float | None]] = []
    house.staff(SimpleNamespace(cancel=lambda id, started: asked.append((id, started))))
    record = house.run()
    house.dispatcher.heed()
    assert asked == []
    house.records.cancel(record.id, Cancelled())
    house.dispatcher.heed()
    assert asked == [(record.id, record.started)]
    house.records.end(replace(record, state=State.FAILED, error=WHY))
    house.records.retry([record.id], mine=True)
    house.claim()
    house.dispatcher.heed()
    assert len(asked) == 1, "the retry is wanted"


# Lanes


class DeadLane:
    """A lane whose worker was given up."""

    def __init__(self, retry_at: float | None) -> None:
        self.retry_at, self.starts, self.error = retry_at, 0, None

    def view(self) -> WorkerView:
        return WorkerView("dead", error=WHY, retry_at=self.retry_at)

    def start(self) -> None:
        self.starts += 1

    def take(self) -> bool:
        raise KeyError("a lane's own")


@pytest.mark.parametrize(
    ("seconds", "starts"), [(-1.0, 1), (30.0, 0), (1e9, 1)], ids=["it is time", "not yet", "the clock was put back"]
)
def test_a_worker_that_was_given_up_is_tried_again_where_jobs_wait(house: House, seconds: float, starts: int) -> None:
    lane = DeadLane(time.time() + seconds)
    house.staff(lane)
    house.dispatcher.revive()
    assert lane.starts == 0, "for nobody"
    house.records.add(job())
    house.dispatcher.revive()
    assert lane.starts == starts


def test_a_lane_that_fails_keeps_no_other_from_taking(house: House) -> None:
    took: list[int] = []

    def take() -> bool:
        taken = house.records.claim() is not None
        took.extend([1] * taken)
        return taken

    good = SimpleNamespace(take=take, error=None)
    house.staff(DeadLane(None), good)
    house.records.add(job())
    house.dispatcher.hand_out()
    assert took == [1]
    assert house.dispatcher.error is None or house.dispatcher.error.reason == "internal"


@pytest.mark.parametrize(("may_pass", "state"), [(True, State.QUEUED), (False, State.FAILED)])
def test_without_a_worker_what_waits_fails_unless_it_may_pass(house: House, may_pass: bool, state: State) -> None:
    record = job()
    house.records.add(record)
    house.staff(DeadLane(12.0))
    house.dispatcher.dead(WorkerDied(Reason.WORKER_START, why="the cable"), may_pass)
    assert house.state(record) == state
    trouble = start_failures.look(house.archive)
    assert trouble is not None
    assert (trouble.error.reason, trouble.retry_at) == ("worker_start", 12.0)


def test_that_there_is_a_worker_again_is_told(house: House) -> None:
    lanes = house.dispatcher.slots.all
    house.staff(DeadLane(12.0))
    house.dispatcher.dead(WorkerDied(Reason.WORKER_START, why="the cable"), True)
    house.dispatcher.idle()
    assert start_failures.look(house.archive) is not None
    ready = SimpleNamespace(view=lambda: WorkerView("ready"), take=lambda: False, error=None)
    house.staff(ready)
    house.dispatcher.idle()
    assert start_failures.look(house.archive) is None
    house.staff(*lanes)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"app": "1"}', '{"app": "x y", "error": {}, "retry_at": 1}'])
def test_trouble_of_another_version_is_none(house: House, text: str) -> None:
    house.archive.choose("worker_trouble", text)
    assert start_failures.look(house.archive) is None


def test_trouble_of_a_dead_app_is_none(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.storage.process_identity.App.this", classmethod(lambda cls: DEAD))
    start_failures.tell(house.archive, WHY, None)
    assert start_failures.look(house.archive) is None


def test_the_list_of_jobs_says_that_no_worker_runs(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    jobs_.show()
    assert "No worker runs" not in capsys.readouterr().out
    start_failures.tell(house.archive, WorkerDied(Reason.WORKER_START, why="the cable"), time.time() + 5.0)
    jobs_.show()
    told = capsys.readouterr().out
    assert "No worker runs" in told
    assert "the cable" in told
    assert "tried again at" in told
    jobs_.show(as_json=True)
    assert '"reason": "worker_start"' in capsys.readouterr().out


def test_a_lane_with_little_memory_leaves_a_large_job_to_one_that_has_more(house: House) -> None:
    def lane(total_bytes: int | None) -> Any:
        able = None if total_bytes is None else SimpleNamespace(total_bytes=total_bytes)
        return SimpleNamespace(view=lambda: SimpleNamespace(able=able), error=None, is_alive=True)

    small, large, unknown = lane(8 * GIB), lane(24 * GIB), lane(None)
    record = job(need_bytes=12 * GIB)
    house.records.add(record)
    house.staff(small, large)
    assert house.dispatcher.claim(small) is None
    assert getattr(house.dispatcher.claim(large), "id", None) == record.id
    house.records.add(alone := job(need_bytes=12 * GIB))
    house.staff(small)
    assert getattr(house.dispatcher.claim(small), "id", None) == alone.id, "nobody has more"
    house.records.add(other := job(need_bytes=12 * GIB))
    house.staff(unknown, large)
    assert getattr(house.dispatcher.claim(unknown), "id", None) == other.id, "it is not known to have less"
