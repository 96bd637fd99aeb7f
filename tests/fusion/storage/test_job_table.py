"""The rows of the queue: who may take what, in which order, and what can be cancelled, retried or paused."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from fusion.errors import Cancelled, FusionError
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.sizing import Measurement, Workload
from fusion.storage import App, Archive, Priority, Query, Records
from fusion.types import EngineName, Precision, Size, State
from fusion.units import GIB
from tests.support.fixtures.facts import facts
from tests.support.rows import WHY, added, claimed, job


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


def test_a_job_is_left_to_the_place_that_has_the_memory_for_it(records: Records) -> None:
    small, large = 8 * GIB, 24 * GIB
    ids = [job(need_bytes=need) for need in (12 * GIB, 40 * GIB, 6 * GIB, None)]
    for each in ids:
        records.add(each)
    first, second, third, fourth = (each.id for each in ids)
    assert [found and found.id for found in (records.claim((small, large)) for _ in range(4))] == [
        *(second, third, fourth),  # what fits nowhere is no better off elsewhere
        None,
    ]
    found = records.claim((large, large))
    assert found is not None
    assert found.id == first
