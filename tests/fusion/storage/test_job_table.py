"""The rows of the queue and of the history: who may take what, in which order, and what becomes of it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fusion.errors import Cancelled, FusionError
from fusion.face_setting import LARGEST, BySize, FaceChoice
from fusion.jobs import DAY_S
from fusion.jobs.retention import Retention
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.sizing import Measurement, Workload
from fusion.storage import App, Archive, Priority, Query, Record, Records, Roster, Store
from fusion.storage.job_row import to_row
from fusion.storage.schema import MIGRATIONS, SCHEMA
from fusion.types import EngineName, Precision, Size, State
from tests.support.fixtures.facts import facts
from tests.support.rows import DEAD, WHY, job


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "fusewise.db")


@pytest.fixture
def records(store: Store) -> Records:
    return Records(store, App.this())


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store)


def added(records: Records, **changes: object) -> str:
    record = job(**changes)
    assert records.add(record)
    return record.id


def claimed(records: Records) -> Record:
    taken = records.claim()
    assert taken is not None
    return taken


def test_a_job_comes_back_as_it_was(records: Records, archive: Archive) -> None:
    work = Workload(EngineName.UNET, Precision.FLOAT16, Size(1024, 1792), 400, 500_000, 180, 3_000_000)
    record = job(settings=Settings(ratio=0.3), expected_s=4.5, batch="x")
    records.add(record)
    running = claimed(records)
    assert running == replace(record, number=1, state=State.RUNNING, app=str(App.this()), started=running.started)
    done = replace(
        running,
        state=State.DONE,
        facts=facts(seconds=2.5),
        recipe={"settings": {}},
        measurement=Measurement(work, "a card", 2.5, 900, 700, 900, (), True, {"torch": "2"}),
        steps=(Step(Rung.PRECISION, "float32", "float16"),),
        bytes=123,
    )
    assert records.end(done)
    kept = records.get(record.id)
    assert kept == replace(done, ended=kept.ended)
    assert [found.id for found in archive.find(Query(engine="unet"))] == [record.id], "left to the program, unet ran"
    assert archive.find(Query(engine="auto")) == ()
    assert kept.ended is not None


def test_jobs_are_taken_in_order_and_those_of_people_who_wait_first(records: Records) -> None:
    batch = [added(records, priority=Priority.BATCH) for _ in range(3)]
    now = [added(records) for _ in range(2)]
    assert records.ahead_of(batch[1]) == 3
    assert [claimed(records).id for _ in range(5)] == now + batch
    assert records.claim() is None
    assert not records.has_waiting()


def test_two_takers_never_get_the_same_job(records: Records) -> None:
    expected = {added(records) for _ in range(60)}
    taken: list[str] = []

    def take() -> None:
        while found := records.claim():
            taken.append(found.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 60
    assert set(taken) == expected


def test_what_is_queued_again_keeps_its_place(records: Records) -> None:
    first, second = added(records), added(records)
    steps = (Step(Rung.TIER, "2048", "1024"),)
    records.requeue(replace(claimed(records), deaths=2, steps=steps))
    again = claimed(records)
    assert (again.id, again.deaths, again.steps) == (first, 2, steps)
    assert claimed(records).id == second


def test_what_is_late_of_one_run_does_not_reach_the_next(records: Records) -> None:
    id = added(records)
    first = claimed(records)
    records.end(replace(first, state=State.FAILED, error=WHY))
    records.retry([id], mine=True)
    second = claimed(records)
    assert not records.end(replace(first, state=State.FAILED, error=WHY))
    records.requeue(replace(first, deaths=2))
    records.step(replace(first, steps=(Step(Rung.TIER, "2048", "1024"),)))
    assert records.get(id) == second
    assert records.runs(second)
    assert not records.runs(first)


def test_a_job_that_ended_does_not_end_again(records: Records) -> None:
    added(records)
    running = claimed(records)
    assert records.end(replace(running, state=State.DONE))
    assert not records.end(replace(running, state=State.FAILED))
    assert records.get(running.id).state == State.DONE


def test_cancelling_ends_what_waits_and_is_wished_of_what_runs(records: Records) -> None:
    first, second = added(records), added(records)
    claimed(records)
    assert records.cancel(second, Cancelled()) == State.QUEUED
    assert records.get(second).state == State.CANCELLED
    assert isinstance(records.get(second).error, Cancelled)
    assert records.cancel(first, Cancelled()) == State.RUNNING
    assert records.unwanted() == ((first, records.get(first).started),)
    with pytest.raises(FusionError) as caught:
        records.cancel("none such", Cancelled())
    assert caught.value.reason == "job_unknown"


def test_what_failed_is_retried_from_the_beginning_and_nothing_else(records: Records) -> None:
    done, failed = added(records), added(records)
    records.end(replace(claimed(records), state=State.DONE))
    records.end(replace(claimed(records), state=State.FAILED, error=WHY, deaths=3))
    assert records.retry([done, failed, "none such"], mine=True) == (failed,)
    again = claimed(records)
    assert (again.id, again.deaths, again.error) == (failed, 0, None)


def test_a_paused_batch_waits_and_others_go_on(records: Records, archive: Archive) -> None:
    batch = archive.make_batch("holiday", "local")
    in_batch = added(records, batch=batch)
    alone = added(records)
    archive.pause(batch, is_paused=True)
    assert claimed(records).id == alone
    assert records.claim() is None
    assert archive.batches()[0].is_paused
    archive.pause(batch, is_paused=False)
    assert claimed(records).id == in_batch


def test_a_batch_counts_its_jobs_and_is_cancelled_whole(records: Records, archive: Archive) -> None:
    batch = archive.make_batch("holiday", "ann")
    ids = [added(records, batch=batch, owner="ann") for _ in range(3)]
    running = claimed(records)
    assert archive.batches("ann")[0].counts == {State.QUEUED: 2, State.RUNNING: 1}
    assert archive.batches("bob") == ()
    assert records.cancel_batch(batch, Cancelled()) == (running.id,)
    assert archive.batches(id=batch)[0].counts == {State.CANCELLED: 2, State.RUNNING: 1}
    assert records.unwanted() == ((ids[0], running.started),)
    assert archive.batches("ann")[0].total == 3


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


def test_jobs_are_found_by_what_is_known_of_them(records: Records, archive: Archive) -> None:
    first = added(records, made=1000.0, settings=Settings(engine=EngineName.LANDMARK))
    second = added(records, owner="ann", made=2000.0, target_name="50 percent.jpg", batch="x")
    third = added(records, made=3000.0, target_name="x.jpg", source_name="y.jpg")

    def found(**asked: object) -> list[str]:
        query = Query(**asked)  # type: ignore[arg-type]
        ids = [record.id for record in archive.find(query)]
        assert archive.count(query) >= len(ids)
        return ids

    assert found() == [third, second, first]
    assert found(owner="ann") == found(batch="x") == [second]
    assert found(engine="landmark") == [first]
    assert found(text="50%") == [second, first], "both sources; a per cent sign means itself"
    assert found(text="BEACH") == [first]
    assert found(text=third[:6]) == [third]
    assert found(since=1500.0, until=3000.0) == [second]
    assert found(states=frozenset({State.DONE})) == []
    assert found(limit=1, offset=1) == [second]
    assert archive.count(Query(limit=1)) == 3


def test_deleting_spares_what_runs_until_it_has_ended(records: Records, archive: Archive) -> None:
    first, second = added(records), added(records)
    running = claimed(records)
    deleted = archive.delete([first, second, "none such"])
    assert (deleted.gone, deleted.running) == ((second,), (first,))
    assert deleted.photos == {"a" * 64, "b" * 64}
    assert records.unwanted() == ((first, records.get(first).started),)
    assert not records.end(replace(running, state=State.DONE))
    assert archive.count(Query()) == 0


def test_photos_go_with_the_last_job_that_is_made_of_them(records: Records, archive: Archive) -> None:
    first, second = added(records, target="c" * 64), added(records)
    archive.delete([first])
    assert archive.remove_unwanted(frozenset({"c" * 64, "b" * 64}), list) == ["c" * 64]
    assert archive.wanted() == {"a" * 64, "b" * 64}
    archive.delete([second])
    assert archive.remove_unwanted(frozenset({"b" * 64}), list) == ["b" * 64]


def test_a_job_without_its_photos_is_not_taken_in(records: Records, archive: Archive) -> None:
    assert not records.add(job(), lambda: False)
    assert archive.count(Query()) == 0


def test_what_was_kept_for_long_enough_is_spent(records: Records, archive: Archive) -> None:
    retention = Retention(archive, 30, most_bytes=250)
    waiting = added(records, made=1.0)
    records.cancel(waiting, Cancelled())
    waiting = added(records, made=1.0)
    ids = [added(records, priority=Priority.NOW) for _ in range(3)]
    for running in [claimed(records) for _ in range(4)]:
        if running.id == waiting:
            records.requeue(running)
        else:
            records.end(replace(running, state=State.DONE, bytes=100))
    now = time.time()
    assert set(retention.spent(now)) == {ids[0]}, "three weigh too much together: the oldest goes"
    assert len(retention.spent(now + 31 * DAY_S)) == 4, "what waits is never too old"
    retention.choose(None)
    assert retention.days is None
    assert set(retention.spent(now + 1000 * DAY_S)) == {ids[0]}
    retention.choose(7)
    assert Retention(archive, 30, 250).days == 7


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


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE measurements (id INTEGER PRIMARY KEY, made TEXT, device TEXT, body TEXT)")
        file.execute("INSERT INTO measurements VALUES (7, 'then', 'cpu', '{}')")
        file.execute("PRAGMA user_version = 1")
    store = Store(path)
    added(Records(store, App.this()))
    with store.read() as now:
        assert now.execute("SELECT id FROM measurements").fetchall() == [(7,)]
        assert now.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
        assert now.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_history_of_the_second_version_is_kept_and_can_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    with closing(sqlite3.connect(path)) as file, file:
        for statement in (each for version in MIGRATIONS[:2] for each in version):
            file.execute(statement)
        row = {name: value for name, value in to_row(job(state=State.DONE)).items() if name != "verdict"}
        file.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
        file.execute("PRAGMA user_version = 2")
    archive = Archive(Store(path))
    (old,) = archive.find(Query())
    assert (old.verdict, archive.unjudged(9)) == (None, (old,))
    assert archive.judge(old.id, {"passed": True})
    assert archive.find(Query())[0].verdict == {"passed": True}


def test_faces_that_were_chosen_by_their_rank_in_size_stay_those_faces(tmp_path: Path) -> None:
    """Waiting jobs too: an index counts from left to right since the fifth version."""
    path = tmp_path / "fusewise.db"
    one = Settings(faces=FaceChoice(1, LARGEST))
    rows = [
        to_row(job(id="waiting", settings=one)),
        to_row(job(id="default")),
        to_row(job(id="done", state=State.DONE, settings=one, facts=facts(settings=one))),
        to_row(job(id="broken")) | {"settings": '{"faces": {"target": 1'},
    ]
    with closing(sqlite3.connect(path)) as file, file:
        for statement in (each for version in MIGRATIONS[:4] for each in version):
            file.execute(statement)
        for row in rows:
            file.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
        file.execute("PRAGMA user_version = 4")
    records = Records(Store(path), App.this())
    marked = FaceChoice(BySize(1), LARGEST)
    assert records.get("waiting").settings.faces == records.get("done").settings.faces == marked
    assert records.get("default").settings == Settings()
    assert records.get("done").facts == facts(settings=replace(one, faces=marked))
    assert records.get("broken").state == State.FAILED
    assert records.claim() == replace(records.get("waiting"))


def test_done_jobs_are_judged_the_newest_first_and_each_once(records: Records, archive: Archive) -> None:
    ids = [added(records) for _ in range(4)]
    for state in (State.DONE, State.DONE, State.FAILED):
        assert records.end(replace(claimed(records), state=state))
    assert [record.id for record in archive.unjudged(9)] == [ids[1], ids[0]]
    assert [record.id for record in archive.unjudged(1)] == [ids[1]]
    assert archive.judge(ids[1], {"passed": False})
    assert archive.judge(ids[0], {"passed": True})
    assert not any(archive.judge(id, {"passed": True}) for id in (ids[2], ids[3], "nobody"))
    assert archive.unjudged(9) == ()
    assert [record.id for record in archive.find(Query(faulty=True))] == [ids[1]]
    assert archive.count(Query(faulty=True, text="nobody.png")) == 0


def test_what_runs_again_has_no_verdict(records: Records, archive: Archive, store: Store) -> None:
    id = added(records)
    records.end(replace(claimed(records), state=State.DONE))
    archive.judge(id, {"passed": True})
    with store.write() as file:
        file.execute("UPDATE jobs SET state = ?", [State.INTERRUPTED])
    assert records.retry([id], mine=True) == (id,)
    assert records.get(id).verdict is None


def test_what_a_transaction_did_before_it_failed_is_undone(store: Store, archive: Archive) -> None:
    archive.choose("a", "1")

    def half() -> None:
        with store.write() as file:
            file.execute("UPDATE options SET value = '2'")
            file.execute("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(FusionError, match="no_such_table"):
        half()
    assert archive.option("a") == "1"
