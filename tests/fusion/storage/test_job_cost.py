"""What a job has cost is kept once, for the job and for forecasts, and goes when neither needs it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fusion.errors import Reason, WorkerDied
from fusion.sizing import Measurement, StageCost, Workload
from fusion.storage import App, Archive, Ledger, Query, Record, Records, Store, measurements
from fusion.storage.job_row import to_row
from fusion.storage.schema import SCHEMA
from fusion.types import EngineName, Precision, Size, Stage, State
from tests.support import rows
from tests.support.fixtures import environment

WORK = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(1024, 1024), 400, 500_000, 180, 3_000_000)
COST = Measurement(WORK, "cpu", 1.5, 900, 700, 900, (StageCost(Stage.FUSE, 1.2),), True, {"torch": "2.13"}, "2026")


def cost(seconds: float) -> Measurement:
    return replace(COST, seconds=seconds)


class House:
    """The database, by all its doors."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.records, self.archive = Records(self.store, App.this()), Archive(self.store)
        self.ledger = Ledger(path)

    def run(self) -> Record:
        """A job that runs."""
        self.records.add(environment.job())
        taken = self.records.claim()
        assert taken is not None
        return taken

    def end(self, record: Record, measured: Measurement) -> None:
        assert self.records.end(replace(record, state=State.DONE, measurement=measured))

    def cost_of(self, record: Record) -> Measurement | None:
        return self.records.get(record.id).measurement

    def kept(self) -> int:
        """How many measurements lie in the file, whoever they are for."""
        with self.store.read() as file:
            assert file.execute("SELECT COUNT(measurement) FROM jobs").fetchone() == (0,)
            return int(file.execute("SELECT COUNT(*) FROM measurements").fetchone()[0])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "fusewise.db")


@pytest.mark.parametrize("learnt_first", [True, False])
def test_it_is_kept_once_whichever_is_written_first(house: House, learnt_first: bool) -> None:
    record, before = house.run(), house.ledger.count()
    if learnt_first:
        house.ledger.add(COST, record.id)
        assert house.ledger.count() == before + 1
        assert house.cost_of(record) is None, "it has not ended"
    house.end(record, COST)
    if not learnt_first:
        assert house.ledger.rows() == ()
        house.ledger.add(COST, record.id)
    assert house.cost_of(record) == COST
    assert house.ledger.rows() == (COST,)
    assert house.kept() == 1


def test_what_is_learnt_late_is_noticed(house: House) -> None:
    late, soon = house.run(), house.run()
    for record in (late, soon):
        house.end(record, COST)
    house.ledger.add(COST, soon.id)
    before = house.ledger.count()
    house.ledger.add(COST, late.id)
    assert house.ledger.count() > before


def test_a_job_whose_cost_teaches_nothing_has_it_all_the_same(house: House) -> None:
    record = house.run()
    before = house.ledger.count()
    house.end(record, COST)
    assert house.cost_of(record) == COST
    assert (house.ledger.rows(), house.ledger.count()) == ((), before)
    house.archive.delete([record.id])
    assert house.kept() == 0


def test_what_forecasts_learn_from_outlives_its_job(house: House) -> None:
    ended, running = house.run(), house.run()
    for number, record in enumerate((ended, running)):
        house.ledger.add(cost(number), record.id)
    house.end(ended, cost(0))
    house.archive.delete([ended.id, running.id])
    assert not house.records.end(replace(running, state=State.DONE, measurement=cost(1)))
    house.ledger.add(cost(2), "of a job that is gone")
    assert house.ledger.rows() == (cost(0), cost(1), cost(2))
    with house.store.read() as file:
        assert file.execute("SELECT DISTINCT job FROM measurements").fetchall() == [(None,)]


def test_a_run_that_came_to_nothing_leaves_the_job_without_a_cost(house: House) -> None:
    record = house.run()
    house.ledger.add(cost(1), record.id)
    house.records.end(replace(record, state=State.FAILED, error=WorkerDied(Reason.WORKER_DIED, code=1)))
    assert house.cost_of(record) is None
    house.records.retry([record.id], mine=True)
    again = house.records.claim()
    assert again is not None
    house.ledger.add(cost(2), record.id)
    house.end(again, cost(2))
    assert house.cost_of(record) == cost(2)
    assert house.ledger.rows() == (cost(1), cost(2)), "the first run has taken as long as it has"


def test_jobs_keep_their_cost_when_it_is_too_old_to_learn_from(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "KEPT", 3)
    house.ledger.add(cost(9.5))
    records = [house.run() for _ in range(5)]
    for number, record in enumerate(records):
        house.end(record, cost(number))
        house.ledger.add(cost(number), record.id)
    assert house.ledger.rows() == (cost(2), cost(3), cost(4))
    assert [house.cost_of(record) for record in records] == [cost(number) for number in range(5)]
    assert house.kept() == 5, "the trial's was nobody's any more"
    house.ledger.clear()
    assert house.ledger.rows() == ()
    assert [house.cost_of(record) for record in records] == [cost(number) for number in range(5)]
    house.archive.delete([record.id for record in records])
    assert house.kept() == 0


# A database of the version before

OLD_STAGE = {"stage": "fuse", "seconds": 1.2, "device_bytes": None, "host_bytes": 900}


def old_text(seconds: float) -> str:
    """A measurement as that version wrote it, into either table."""
    return json.dumps(cost(seconds).to_json() | {"stages": [OLD_STAGE]}, separators=(",", ":"))


def old_database(path: Path, learnt: list[float], of_jobs: list[str | None]) -> list[Record]:
    """Made as it made them: measurements that are learnt from, and jobs that are done, each with its own or none."""
    jobs = [environment.job(state=State.DONE, made=float(number)) for number in range(len(of_jobs))]
    rows.old_database(path, 4, *(to_row(job) | {"measurement": text} for job, text in zip(jobs, of_jobs, strict=True)))
    with closing(sqlite3.connect(path)) as file, file:
        for seconds in learnt:
            row: tuple[Any, ...] = (COST.made, COST.device, old_text(seconds))
            file.execute("INSERT INTO measurements (made, device, body) VALUES (?, ?, ?)", row)
    return jobs


def test_a_database_in_which_costs_were_kept_twice_keeps_all_of_them_once(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    # A trial; two jobs that are learnt from; two trials that took exactly as long. Two more jobs are not learnt from,
    # one has no cost, and two took exactly as long, to the last digit.
    jobs = old_database(path, [7, 1, 2, 8, 8], [*map(old_text, (1, 2, 3, 4)), None, old_text(8), old_text(8)])
    house = House(path)
    assert house.ledger.count() == 5
    assert house.ledger.rows() == tuple(map(cost, (7, 1, 2, 8, 8)))
    assert [house.cost_of(job) for job in jobs] == [*map(cost, (1, 2, 3, 4)), None, cost(8), cost(8)]
    assert house.kept() == 5 + 2 + 1, "those of the trials and the learnt ones, two that are not, one of the last two"
    with house.store.read() as file:
        assert file.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        held = file.execute("SELECT made, device, is_learnt FROM measurements WHERE id > 5").fetchall()
    assert held == [(COST.made, COST.device, 0)] * 3
    house.ledger.add(cost(9))
    assert house.ledger.count() > 5
    house.archive.delete([job.id for job in jobs])
    assert house.ledger.rows() == tuple(map(cost, (7, 1, 2, 8, 8, 9)))
    assert house.kept() == 6


def test_a_cost_that_nobody_understands_does_not_keep_a_database_from_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    jobs = old_database(path, [1], [old_text(1), "half of a wo", "[]"])
    house = House(path)
    found = [house.records.get(job.id) for job in jobs]
    assert [record.state for record in found] == [State.DONE, State.FAILED, State.FAILED]
    assert [record.error and record.error.reason for record in found] == [None, "job_unreadable", "job_unreadable"]
    assert house.ledger.rows() == (cost(1),), "what is learnt from is whole"
    assert house.archive.count(Query()) == 3
