"""How a job ended, as its lane tells it, is written down, whatever fails. The database is a real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pytest

from fusion.errors import Cancelled, Reason, WorkerDied
from fusion.jobs.view import OUTPUT
from fusion.sizing import Measurement, StageCost, Workload
from fusion.storage import Record
from fusion.types import EngineName, Precision, Size, Stage, State
from fusion.worker.protocol import Done, Failed
from tests.support.fixtures.facts import facts
from tests.support.odd import NAMES, errors
from tests.support.rows import WHY
from tests.support.scheduled import House, done

WORK = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(100, 100), 100, 10_000, 100, 500_000)
COST = Measurement(WORK, "cpu", 0.1, 1000, 500, 1000, (StageCost(Stage.FUSE, 0.1),), True, {})


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
    "claim": lambda house, record: house.dispatcher.claim(house.lane),
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
