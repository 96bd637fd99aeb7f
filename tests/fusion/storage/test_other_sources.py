"""Further photos of a job's source are kept with it, found by their names, and go with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fusion.storage import App, Archive, Query, Records, Store
from fusion.storage.job_row import to_row
from fusion.storage.schema import SCHEMA
from fusion.types import SourcePhoto, State
from tests.support.rows import added, claimed, job, old_database

OTHERS = (SourcePhoto("c" * 64, "beach.jpg"), SourcePhoto("d" * 64, "Zoë_2.png"), SourcePhoto("c" * 64))


def test_they_come_back_in_their_order_and_with_whoever_runs_the_job(records: Records) -> None:
    id = added(records, others=OTHERS)
    assert records.get(id).others == OTHERS
    assert claimed(records).photos[2:] == ("c" * 64, "d" * 64, "c" * 64)


def test_a_job_is_found_by_the_name_of_any_photo(records: Records, archive: Archive) -> None:
    one, _ = added(records, others=OTHERS), added(records)
    assert [record.id for record in archive.find(Query(text="zoë_2"))] == [one]
    assert archive.count(Query(text="beach")) == 2  # the target of both is called so


def test_a_photo_that_any_job_names_is_wanted_and_no_other(records: Records, archive: Archive) -> None:
    one, other = added(records, others=OTHERS), added(records, others=OTHERS[1:2])
    assert {"c" * 64, "d" * 64} <= archive.wanted()
    deleted = archive.delete([one])
    assert {"c" * 64, "d" * 64} <= deleted.photos
    removed: list[str] = []

    def remove(names: Iterable[str]) -> list[str]:
        removed.extend(names)
        return []

    archive.remove_unwanted(frozenset({"c" * 64, "d" * 64}), remove)
    assert removed == ["c" * 64]
    archive.delete([other])
    assert archive.wanted() == frozenset()


def test_a_job_that_goes_leaves_none_of_their_names(store: Store, records: Records, archive: Archive) -> None:
    added(records, others=OTHERS)
    running = claimed(records)
    archive.delete([running.id])
    assert not records.end(running)  # it goes as it ends
    with store.read() as file:
        assert file.execute("SELECT COUNT(*) FROM other_sources").fetchone() == (0,)


def test_a_database_of_the_sixth_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "fusewise.db"
    old = job(state=State.QUEUED)
    old_database(path, 6, to_row(old))
    store = Store(path)
    records = Records(store, App.this())
    assert records.get(old.id).others == ()
    new = added(records, others=OTHERS)
    assert records.get(new).others == OTHERS
    with store.read() as now:
        assert now.execute("PRAGMA user_version").fetchone() == (SCHEMA,)
