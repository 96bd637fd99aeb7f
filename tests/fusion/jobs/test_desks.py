"""What people are at is kept with its photos, belongs to whoever it is of, and goes as jobs do."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fusion.desks import MOST, Desks, KeptDesk, desk_table
from fusion.errors import FusionError, Reason
from fusion.files import private
from fusion.jobs import Jobs
from fusion.storage import FILE, App, PhotoFiles, Records, Store
from fusion.types import State
from tests.support.rows import job

PHOTO, OTHER = b"a photo", b"another photo"


def by_name(*photos: bytes) -> dict[str, bytes]:
    return {PhotoFiles.name(photo): photo for photo in photos}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / FILE)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Jobs]:
    """One that was never started: nothing here needs a worker."""
    jobs = Jobs(tmp_path / "data" / "jobs")
    yield jobs
    jobs.close()


def photos(queue: Jobs) -> set[bytes]:
    folder = queue.folder.with_name("photos")
    return {file.read_bytes() for file in folder.iterdir()} if folder.is_dir() else set()


def age_photos(queue: Jobs) -> None:
    """As if they had been brought an hour ago."""
    for file in queue.folder.with_name("photos").iterdir():
        os.utime(file, (time.time() - 3600, time.time() - 3600))


def test_a_desk_is_found_as_it_was_kept_last_and_under_its_owner_alone(queue: Jobs) -> None:
    queue.keep_desk("anna", "1", '{"first": 1}', by_name(PHOTO))
    queue.keep_desk("anna", "1", '{"second": 2}', by_name(PHOTO, OTHER))
    assert queue.desk("anna", "1") == '{"second": 2}'
    assert queue.desk("ben", "1") is None
    assert queue.desk("anna", "2") is None
    assert queue.desk_photo(PhotoFiles.name(OTHER)) == OTHER


def test_a_photo_goes_with_the_last_desk_that_it_lies_on(queue: Jobs) -> None:
    queue.keep_desk("anna", "1", "{}", by_name(PHOTO, OTHER))
    queue.keep_desk("anna", "2", "{}", by_name(OTHER))
    queue.keep_desk("anna", "1", "{}", {})
    assert photos(queue) == {OTHER}
    queue.drop_desk("anna", "2")
    assert photos(queue) == set()


def test_whoever_tidies_leaves_a_photo_that_a_desk_refers_to(queue: Jobs) -> None:
    queue.keep_desk("anna", "1", "{}", by_name(PHOTO))
    queue._photos.put(OTHER)
    age_photos(queue)
    queue.keep_for(30)
    assert photos(queue) == {PHOTO}


def test_a_desk_is_kept_as_long_as_a_job(queue: Jobs) -> None:
    queue.keep_desk("anna", "old", "{}", by_name(PHOTO))
    with queue._store.write() as file:
        file.execute("UPDATE desks SET updated = ?", [time.time() - 8 * 86_400])
    queue.keep_desk("anna", "new", "{}", by_name(OTHER))
    age_photos(queue)
    queue.keep_for(None)
    assert queue.count_desks() == 2
    queue.keep_for(7)
    assert (queue.desk("anna", "old"), queue.desk("anna", "new")) == (None, "{}")
    assert photos(queue) == {OTHER}


def test_delete_everything_deletes_an_owners_desks_and_nobody_elses(queue: Jobs) -> None:
    queue.keep_desk("anna", "1", '{"name": "a-name-nobody-else-has"}', by_name(PHOTO))
    queue.keep_desk("ben", "1", "{}", by_name(OTHER))
    queue.purge("anna")
    assert (queue.count_desks("anna"), queue.count_desks("ben")) == (0, 1)
    assert photos(queue) == {OTHER}
    data = queue.folder.parent
    assert not [file for file in data.glob(f"{FILE}*") if b"a-name-nobody-else-has" in file.read_bytes()]
    queue.purge(None)
    assert photos(queue) == set()


def test_nobody_keeps_more_than_so_many(queue: Jobs) -> None:
    for number in range(MOST + 2):
        queue.keep_desk("anna", str(number), "{}", by_name(str(number).encode()))
    assert queue.count_desks("anna") == MOST
    assert queue.desk("anna", "1") is None
    assert queue.desk("anna", "2") == "{}"
    assert len(photos(queue)) == MOST


def test_all_together_keep_no_more_than_so_much(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_table, "MOST_BYTES", 100)
    desks = Desks(store)
    desks.keep("anna", "1", KeptDesk("{}", frozenset({"a"}), 60))
    desks.keep("ben", "1", KeptDesk("{}"))
    assert desks.keep("ben", "2", KeptDesk("{}", frozenset({"b"}), 60)) == frozenset({"a"})
    assert desks.count(None) == 2


def test_what_was_refused_lies_on_no_desk_any_more(store: Store) -> None:
    records, desks = Records(store, App.this()), Desks(store)
    refused = job(id="1", owner="anna", target="a", source="b")
    records.add(refused)
    desks.keep("anna", "here", KeptDesk("{}", frozenset({"a"})))
    desks.keep("anna", "elsewhere", KeptDesk("{}", frozenset({"c"})))
    taken = records.claim()
    assert taken is not None
    records.end(replace(taken, state=State.FAILED, error=FusionError(Reason.PHOTOS_REFUSED)))
    assert (desks.find("anna", "here"), desks.find("anna", "elsewhere")) == (None, "{}")
    with closing(sqlite3.connect(store.path)) as file:
        assert file.execute("SELECT sha256 FROM desk_photos").fetchall() == [("c",)]


def test_on_a_full_disk_what_was_kept_before_stays(queue: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.keep_desk("anna", "1", '{"first": 1}', by_name(PHOTO))
    monkeypatch.setattr(private, "free_bytes", lambda folder: 0)
    with pytest.raises(FusionError) as raised:
        queue.keep_desk("anna", "1", '{"second": 2}', by_name(OTHER))
    assert raised.value.reason == Reason.DISK_FULL
    assert queue.desk("anna", "1") == '{"first": 1}'
