"""The dispatcher: what lanes tell it is written down, whatever fails. The database is a real one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from fusion.cli.jobs import show
from fusion.errors import Cancelled, FusionError, Reason, WorkerDied
from fusion.jobs import Jobs, Query, start_failures
from fusion.jobs.disk_reserve import Room
from fusion.jobs.pending_writes import WRONG_AFTER
from fusion.jobs.scheduler import Dispatcher
from fusion.jobs.view import BEFORE, OUTPUT
from fusion.sizing import Measurement, StageCost, Workload
from fusion.storage import App, Archive, Ledger, PhotoFiles, Record, Records, Roster, Store
from fusion.types import EngineName, Precision, Size, Stage, State
from fusion.worker import WorkerView
from fusion.worker.protocol import Done, Failed
from tests.support.fixtures.facts import facts
from tests.support.odd import NAMES, errors
from tests.support.queued import PHOTO
from tests.support.rows import DEAD, WHY, job
from tests.support.waiting import until

WORK = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(100, 100), 100, 10_000, 100, 500_000)
COST = Measurement(WORK, "cpu", 0.1, 1000, 500, 1000, (StageCost(Stage.FUSE, 0.1),), True, {})


class House:
    """A dispatcher and all that it writes with; a lane that nobody started stands for any."""

    def __init__(self, data: Path) -> None:
        store = Store(data / "fusewise.db")
        self.records, self.archive, self.photos = (
            Records(store, App.this()),
            Archive(store),
            PhotoFiles(data / "photos"),
        )
        self.store, self.folder = store, data / "jobs"
        roster, ledger = Roster(store, App.this()), Ledger(store.path)
        self.dispatcher = Dispatcher(
            self.records, self.archive, roster, ledger, self.photos, self.folder, (), None, Room(data)
        )
        self.lane = self.dispatcher.lanes[0]

    def run(self, **changes: object) -> Record:
        """A job that runs, with its files."""
        sha = self.photos.put(PHOTO)
        record = job(**{"target": sha, "source": sha, **changes})
        assert self.records.add(record)
        return self.claim()

    def claim(self) -> Record:
        found = self.records.claim()
        assert found is not None
        at = self.folder / found.id
        at.mkdir(parents=True, exist_ok=True)
        for name in (OUTPUT, BEFORE):
            (at / name).write_bytes(b"12345")
        return found

    def state(self, record: Record) -> State:
        return self.records.get(record.id).state

    def settle(self) -> None:
        for _ in range(2 * WRONG_AFTER + 2):
            self.dispatcher._debts.pay(at_once=True)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def done(record: Record, **changes: Any) -> Record:
    return replace(record, **{"state": State.DONE, "facts": facts(), "recipe": {}, **changes})


# Ends


def test_a_result_is_weighed_and_kept(house: House) -> None:
    record = house.run()
    house.dispatcher.ended(done(record), house.lane)
    assert (house.state(record), house.records.get(record.id).bytes) == (State.DONE, 10)
    assert (house.folder / record.id / OUTPUT).exists()


def test_an_end_whose_folder_is_gone_is_an_end(house: House) -> None:
    record = house.run()
    for file in (house.folder / record.id).iterdir():
        file.unlink()
    (house.folder / record.id).rmdir()
    house.dispatcher.ended(done(record), house.lane)
    assert (house.state(record), house.records.get(record.id).bytes) == (State.DONE, 0)
    assert house.dispatcher.error is None


def test_an_end_that_comes_twice_leaves_the_result(house: House) -> None:
    record = house.run()
    house.dispatcher.ended(done(record), house.lane)
    house.dispatcher.ended(done(record), house.lane)
    assert house.state(record) == State.DONE
    assert (house.folder / record.id / OUTPUT).exists()


def test_a_late_end_of_one_run_takes_no_file_from_the_next(house: House) -> None:
    record = house.run()
    failed = replace(record, state=State.FAILED, error=WHY)
    house.dispatcher.ended(failed, house.lane)
    assert not (house.folder / record.id).exists()
    house.records.retry([record.id], mine=True)
    again = house.claim()
    house.dispatcher.ended(failed, house.lane)
    house.dispatcher.again(replace(record, deaths=2))
    assert house.records.get(record.id) == again
    assert (house.folder / record.id / OUTPUT).exists()


def test_a_job_that_was_deleted_goes_with_its_files(house: House) -> None:
    record = house.run()
    house.archive.delete([record.id])
    house.dispatcher.ended(done(record), house.lane)
    assert not house.records.is_known(record.id)
    assert not (house.folder / record.id).exists()
    assert list(house.photos.folder.iterdir()) == []


def test_a_photo_that_cannot_be_removed_keeps_no_other_job_from_its_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deleted, other = house.run(), house.run()
    house.archive.delete([deleted.id])

    def fail(*_: object) -> None:
        raise PermissionError(13, "it is open in another program")

    monkeypatch.setattr(house.archive, "remove_unwanted", fail)
    house.dispatcher.ended(done(deleted), house.lane)
    house.dispatcher.ended(done(other), house.lane)
    assert house.state(other) == State.DONE
    assert not house.records.is_known(deleted.id)
    assert house.dispatcher.error is not None, "and it is told"
    monkeypatch.undo()
    house.settle()
    assert house.dispatcher.error is None


def test_an_end_that_can_never_be_written_ends_as_failed(house: House) -> None:
    poison, other = house.run(), house.run()
    house.dispatcher.ended(done(poison, recipe={"seen": {1, 2}}), house.lane)
    house.dispatcher.ended(done(other), house.lane)
    assert house.state(other) == State.DONE
    house.settle()
    found = house.records.get(poison.id)
    assert found.state == State.FAILED
    assert found.error is not None
    assert not (house.folder / poison.id).exists()
    assert house.dispatcher.error is None


# Whatever fails


CALLS: dict[str, Callable[[House, Record], object]] = {
    "claim": lambda house, record: house.dispatcher.claim(),
    "ended": lambda house, record: house.dispatcher.ended(done(record), house.lane),
    "again": lambda house, record: house.dispatcher.again(record),
    "stepped": lambda house, record: house.dispatcher.stepped(record),
    "done": lambda house, record: house.dispatcher.done(Done(record.id, facts(), {}, COST)),
    "previewed": lambda house, record: house.dispatcher.previewed(Failed("none", Cancelled())),
    "idle": lambda house, record: house.dispatcher.idle(),
    "born": lambda house, record: house.dispatcher.born(os.getpid(), None),
    "buried": lambda house, record: house.dispatcher.buried(house.lane, WorkerDied(Reason.WORKER_DIED, code=-9)),
    "dead": lambda house, record: house.dispatcher.dead(WorkerDied(Reason.WORKER_START, why="it"), False),
    "pay": lambda house, record: house.dispatcher.pay(),
}
CASES = [(name, number) for name in CALLS for number in range(len(NAMES))]


@pytest.mark.parametrize(("name", "number"), CASES, ids=[f"{name}-{NAMES[number]}" for name, number in CASES])
def test_no_callback_raises_whatever_the_database_does(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    record, other = house.run(), house.run()

    def fail(*_: object, **__: object) -> None:
        raise errors()[number]

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("fusion.storage.database.Store.write", fail)
        broken.setattr("fusion.storage.database.Store.read", fail)
        CALLS[name](house, record)
    house.settle()
    house.dispatcher.ended(done(other), house.lane)
    assert house.state(other) == State.DONE, "the next one is written"
    if name in ("ended", "again"):
        assert house.state(record) != State.RUNNING, "nothing that was said is lost"


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
    house.dispatcher.lanes = (SimpleNamespace(holds=lambda id: id == record.id, take=lambda: False),)  # type: ignore[assignment]
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
    house.dispatcher.lanes = (SimpleNamespace(cancel=lambda id, started: asked.append((id, started))),)  # type: ignore[assignment]
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
    house.dispatcher.lanes = (lane,)  # type: ignore[assignment]
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
    house.dispatcher.lanes = (DeadLane(None), good)  # type: ignore[assignment]
    house.records.add(job())
    house.dispatcher.hand_out()
    assert took == [1]
    assert house.dispatcher.error is None or house.dispatcher.error.reason == "internal"


@pytest.mark.parametrize(("may_pass", "state"), [(True, State.QUEUED), (False, State.FAILED)])
def test_without_a_worker_what_waits_fails_unless_it_may_pass(house: House, may_pass: bool, state: State) -> None:
    record = job()
    house.records.add(record)
    house.dispatcher.lanes = (DeadLane(12.0),)  # type: ignore[assignment]
    house.dispatcher.dead(WorkerDied(Reason.WORKER_START, why="the cable"), may_pass)
    assert house.state(record) == state
    trouble = start_failures.look(house.archive)
    assert trouble is not None
    assert (trouble.error.reason, trouble.retry_at) == ("worker_start", 12.0)


def test_that_there_is_a_worker_again_is_told(house: House) -> None:
    lanes = house.dispatcher.lanes
    house.dispatcher.lanes = (DeadLane(12.0),)  # type: ignore[assignment]
    house.dispatcher.dead(WorkerDied(Reason.WORKER_START, why="the cable"), True)
    house.dispatcher.idle()
    assert start_failures.look(house.archive) is not None
    ready = SimpleNamespace(view=lambda: WorkerView("ready"), take=lambda: False, error=None)
    house.dispatcher.lanes = (ready,)  # type: ignore[assignment]
    house.dispatcher.idle()
    assert start_failures.look(house.archive) is None
    house.dispatcher.lanes = lanes


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
    show()
    assert "No worker runs" not in capsys.readouterr().out
    start_failures.tell(house.archive, WorkerDied(Reason.WORKER_START, why="the cable"), time.time() + 5.0)
    show()
    told = capsys.readouterr().out
    assert "No worker runs" in told
    assert "the cable" in told
    assert "tried again at" in told
    show(as_json=True)
    assert '"reason": "worker_start"' in capsys.readouterr().out


# With a worker


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setattr("fusion.worker.supervisor._BACK_OFF_S", (0.0,))
    monkeypatch.setattr("fusion.worker.supervisor._REVIVE_S", (0.1,))
    jobs = Jobs(tmp_path / "jobs")
    jobs.start()
    yield jobs
    jobs.close()


def _kill_idle(jobs: Jobs) -> None:
    until(lambda: jobs.worker().state == "ready")
    pid = jobs.worker().pid
    assert pid is not None
    psutil.Process(pid).kill()
    until(lambda: jobs.worker().pid != pid)


def test_after_three_deaths_of_an_idle_worker_a_job_of_another_process_is_run(jobs: Jobs) -> None:
    for _ in range(3):
        _kill_idle(jobs)
    until(lambda: jobs.worker().state == "dead")
    assert jobs.worker().error is not None
    until(lambda: jobs.worker_trouble() is not None)
    sha = PhotoFiles(jobs.folder.parent / "photos").put(PHOTO)
    record = job(target=sha, source=sha)
    other = Records(Store(jobs.ledger.path), DEAD)
    other.add(record)
    other.let_go(WHY)  # it waits for whoever comes
    until(lambda: jobs.view(record.id).progress.state == State.DONE)
    until(lambda: jobs.worker_trouble() is None)


def test_a_job_whose_folder_goes_as_it_ends_costs_nothing_but_itself(jobs: Jobs) -> None:
    until(lambda: jobs.worker().state == "ready")
    pid = jobs.worker().pid
    ended = jobs._dispatcher.ended

    def lose(record: Record, lane: Any) -> None:
        for file in (jobs.folder / record.id).iterdir():
            file.unlink()
        (jobs.folder / record.id).rmdir()
        ended(record, lane)

    jobs._dispatcher.ended = lose  # type: ignore[method-assign]
    first = jobs.submit(PHOTO, PHOTO, job().settings)
    until(lambda: jobs.view(first).progress.state == State.DONE)
    jobs._dispatcher.ended = ended  # type: ignore[method-assign]
    second = jobs.submit(PHOTO, PHOTO, job().settings)
    until(lambda: jobs.view(second).progress.state == State.DONE)
    assert jobs.worker().pid == pid
    assert jobs.count(Query()) == 2


def test_an_error_is_told_as_one(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("of no known class")

    monkeypatch.setattr(jobs._dispatcher._records, "has_waiting", fail)
    until(lambda: jobs.ledger_error is not None)
    assert isinstance(jobs.ledger_error, FusionError)
    monkeypatch.undo()
    until(lambda: jobs.ledger_error is None)
