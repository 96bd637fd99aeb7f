"""The rows of the history: found, judged, deleted, and spent when they were kept for long enough."""

from __future__ import annotations

import time
from dataclasses import replace

from fusion.errors import Cancelled
from fusion.jobs import DAY_S
from fusion.jobs.retention import Retention
from fusion.settings import Settings
from fusion.storage import Archive, Priority, Query, Records, Store
from fusion.types import EngineName, Likeness, Order, State
from tests.support.fixtures.facts import facts
from tests.support.rows import added, claimed, job


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


def test_what_is_thrown_away_is_found_no_more_does_not_run_and_can_be_taken_back(
    records: Records, archive: Archive
) -> None:
    first, second = added(records, batch="x"), added(records)
    archive.discard([first], at=1000.0)
    archive.discard([first], at=2000.0)
    assert [record.id for record in archive.find(Query())] == [second]
    assert [record.id for record in archive.find(Query(discarded=True))] == [first]
    assert archive.count(Query(discarded=None)) == 2
    assert (archive.discarded(until=999.0), archive.discarded(until=1000.0)) == ((), (first,))
    assert claimed(records).id == second
    assert records.claim() is None
    archive.restore([first])
    assert claimed(records).id == first


def test_the_jobs_of_a_batch_count_as_one(records: Records, archive: Archive) -> None:
    ids = [added(records, **{"batch": batch} if batch else {}) for batch in ("x", None, "x", None)]
    assert archive.units(Query()) == (ids[3], "x", ids[1])
    assert archive.units(Query(limit=1, offset=1)) == ("x",)
    assert archive.count_units(Query(limit=1)) == 3
    assert [record.id for record in archive.find(Query(ids=frozenset(ids[:2])))] == [ids[1], ids[0]]


def test_jobs_are_ordered_by_likeness_and_by_what_is_wrong_with_them(records: Records, archive: Archive) -> None:
    ids = [added(records) for _ in range(3)]
    for likeness in (0.3, 0.8):
        made = facts(likeness=Likeness(source=likeness, target=0.5))
        assert records.end(replace(claimed(records), state=State.DONE, facts=made))
    for id, passed in zip(ids[:2], (True, False), strict=True):
        archive.judge(id, {"passed": passed})

    def found(order: Order) -> list[str]:
        return [record.id for record in archive.find(Query(order=order))]

    assert found("oldest") == ids
    assert found("likeness") == [ids[1], ids[0], ids[2]]
    assert found("faults") == [ids[2], ids[1], ids[0]]


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


def test_a_try_is_in_no_history_and_lets_any_other_go_first(records: Records, archive: Archive) -> None:
    tried = added(records, is_try=True, priority=Priority.NOW)
    asked = added(records, priority=Priority.NOW)
    batch = added(records, priority=Priority.BATCH)
    assert [record.id for record in archive.find(Query())] == [batch, asked]
    assert archive.count(Query(with_tries=True)) == 3
    assert [records.ahead_of(id) for id in (asked, tried, batch)] == [0, 1, 2]
    assert [claimed(records).id for _ in range(3)] == [asked, tried, batch]
    records.end(replace(records.get(tried), state=State.DONE))
    assert archive.unjudged(9) == (), "nobody waits for a verdict on it"


def test_a_try_that_nobody_took_away_is_spent_after_an_hour(records: Records, archive: Archive) -> None:
    retention = Retention(archive, 30, most_bytes=10**6)
    tried, kept = added(records, is_try=True), added(records)
    for _ in range(2):
        records.end(replace(claimed(records), state=State.DONE))
    assert retention.spent(time.time()) == ()
    assert retention.spent(time.time() + 3601) == (tried,)
    assert archive.delete([tried]).gone == (tried,)
    assert [record.id for record in archive.find(Query(with_tries=True))] == [kept]
