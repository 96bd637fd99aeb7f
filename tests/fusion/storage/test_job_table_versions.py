"""A database of an earlier version is brought up to date, and what failed half-way is undone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from fusion.errors import FusionError
from fusion.face_setting import LARGEST, BySize, FaceChoice
from fusion.settings import Settings
from fusion.storage import App, Archive, Query, Records, Store
from fusion.storage.job_row import to_row
from fusion.storage.schema import MIGRATIONS, SCHEMA
from fusion.types import State
from tests.support.fixtures.facts import facts
from tests.support.rows import added, job, old_database


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
    old_database(path, 2, to_row(job(state=State.DONE)))
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
    old_database(path, 4, *rows)
    records = Records(Store(path), App.this())
    marked = FaceChoice(BySize(1), LARGEST)
    assert records.get("waiting").settings.faces == records.get("done").settings.faces == marked
    assert records.get("default").settings == Settings()
    assert records.get("done").facts == facts(settings=replace(one, faces=marked))
    assert records.get("broken").state == State.FAILED
    assert records.claim() == replace(records.get("waiting"))


def test_what_a_transaction_did_before_it_failed_is_undone(store: Store, archive: Archive) -> None:
    archive.choose("a", "1")

    def half() -> None:
        with store.write() as file:
            file.execute("UPDATE options SET value = '2'")
            file.execute("INSERT INTO no_such_table VALUES (1)")

    with pytest.raises(FusionError, match="no_such_table"):
        half()
    assert archive.option("a") == "1"


def test_a_visitors_job_that_waits_since_before_came_to_a_server(tmp_path: Path) -> None:
    """Its photos are examined like those of one that comes now."""
    path = tmp_path / "fusewise.db"
    before = next(at for at, each in enumerate(MIGRATIONS) if any("is_served" in sql for sql in each))
    old_database(path, before, to_row(job(id="mine")), to_row(job(id="theirs", owner="f" * 64)))
    records = Records(Store(path), App.this())
    assert [records.get(id).is_served for id in ("mine", "theirs")] == [False, True]
