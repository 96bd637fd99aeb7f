"""What becomes of jobs whose app or worker has ended: the next one takes over what it left."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import psutil

from fusion.errors import Cancelled
from fusion.storage import App, Archive, Record, Records, Roster, Store
from fusion.types import State
from tests.support.rows import DEAD, WHY, added, claimed


def test_a_living_app_takes_over_from_a_dead_one(store: Store, records: Records) -> None:
    dead = Records(store, DEAD)
    ran, waited = added(dead), added(dead)
    claimed(dead)
    assert records.claim() is None, "until it is known that the other is dead, its jobs are its own"
    assert records.adopt(WHY) == 2
    assert records.get(ran).state == State.INTERRUPTED
    assert claimed(records).id == waited
    assert records.adopt(WHY) == 0


def test_a_batch_goes_on_after_its_app_was_killed(store: Store, records: Records, archive: Archive) -> None:
    dead, batch = Records(store, DEAD), archive.make_batch("holiday", "local")
    first, _ = added(dead, batch=batch), added(dead, batch=batch)
    claimed(dead)
    assert records.adopt(WHY) == 2
    again = claimed(records)
    assert (again.id, again.deaths) == (first, 1), "it keeps its place"


def test_a_job_that_kills_one_app_after_the_other_is_not_run_for_ever(
    store: Store, records: Records, archive: Archive
) -> None:
    dead, batch = Records(store, DEAD), archive.make_batch("holiday", "local")
    deadly = added(dead, batch=batch)
    for _ in range(Record.DEATHS_ALLOWED):
        assert claimed(dead).id == deadly
        records.adopt(WHY)
    assert records.get(deadly).state == State.INTERRUPTED
    assert str(records.get(deadly).error) == str(WHY)
    assert records.claim() is None


def test_what_was_not_wanted_any_more_does_not_come_back(store: Store, records: Records, archive: Archive) -> None:
    dead, batch = Records(store, DEAD), archive.make_batch("holiday", "local")
    cancelled, deleted = added(dead, batch=batch), added(dead, batch=batch)
    claimed(dead), claimed(dead)
    dead.cancel(cancelled, Cancelled())
    archive.delete([deleted])
    records.adopt(WHY)
    assert records.get(cancelled).state == State.CANCELLED
    assert records.deleted() == (deleted,)
    assert records.claim() is None


def test_what_is_written_down_as_running_and_does_not_is_run_again(records: Records) -> None:
    id = added(records)
    first = claimed(records)
    assert records.running() == {(id, first.started)}
    records.pick_up(id, 1.0, WHY)
    assert records.get(id).state == State.RUNNING, "another run is meant"
    records.pick_up(id, first.started, WHY)
    assert (claimed(records).id, records.get(id).deaths) == (id, 1)


def test_what_a_living_app_has_is_left_to_it(store: Store, records: Records) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        other = Records(store, App(process.pid, psutil.Process(process.pid).create_time()))
        ran, waited = added(other), added(other)
        claimed(other)
        assert records.adopt(WHY) == 0
        assert [records.get(id).state for id in (ran, waited)] == [State.RUNNING, State.QUEUED]
        process.kill()


def test_an_app_that_ends_in_order_leaves_its_jobs_to_the_next(store: Store, records: Records) -> None:
    ran, waited = added(records), added(records)
    claimed(records)
    records.let_go(WHY)
    assert records.get(ran).state == State.INTERRUPTED
    assert claimed(Records(store, DEAD)).id == waited


def test_a_batch_goes_on_after_its_app_has_ended(store: Store, records: Records, archive: Archive) -> None:
    id = added(records, batch=archive.make_batch("holiday", "local"))
    claimed(records)
    records.let_go(WHY)
    again = claimed(Records(store, DEAD))
    assert (again.id, again.deaths) == (id, 0), "nobody has died"


def test_a_job_of_another_process_is_queued_for_whoever_comes(store: Store, records: Records) -> None:
    id = added(records)
    records.end(replace(claimed(records), state=State.FAILED, error=WHY))
    assert Records(store, DEAD).retry([id], mine=False) == (id,)
    assert claimed(records).id == id


def test_workers_that_nobody_buried_are_known_by_number_and_birth(store: Store) -> None:
    roster = Roster(store, App.this())
    roster.add(os.getpid(), "GPU-1")
    roster.add(2**22 - 1, "")
    (row,) = roster.rows()
    assert (row.pid, row.device, row.app) == (os.getpid(), "GPU-1", App.this())
    roster.remove(row.pid, row.born + 100)
    roster.bury()
    assert roster.rows() == (row,)
    roster.remove(row.pid, row.born)
    assert roster.rows() == ()
