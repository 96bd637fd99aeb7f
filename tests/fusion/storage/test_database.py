"""The SQLite file as such: what is its fault and what is not, who may read it, and what is left of what was deleted."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from fusion.errors import FusionError, NoFace, Reason
from fusion.files import private
from fusion.plain_text import printable
from fusion.storage import FILE, App, Archive, Query, Records, Store
from fusion.types import Size, State
from tests.support.fixtures import environment
from tests.support.fixtures.disks import Mount
from tests.support.fixtures.facts import facts

NAME = "a-name-nobody-else-has"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / FILE)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("x"),
        TypeError("x"),
        ValueError("x"),
        OSError(13, "x"),
        NoFace(Reason.NO_FACE, role="target"),
        SystemExit(3),
    ],
)
def test_what_a_body_raises_stays_what_it_is_and_is_undone(store: Store, error: BaseException) -> None:
    archive = Archive(store)
    archive.choose("a", "1")

    def fail() -> None:
        with store.write() as file:
            file.execute("UPDATE options SET value = '2'")
            raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error
    assert archive.option("a") == "1"


def test_what_sqlite_raises_is_the_databases(store: Store) -> None:
    with pytest.raises(FusionError) as caught, store.write() as file:
        file.execute("SELECT nothing")
    assert caught.value.reason == "ledger_unusable"
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)


def test_folders_that_are_made_are_closed_and_those_that_were_there_are_left(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    theirs.chmod(0o755)
    store = Store(theirs / "new" / "data" / FILE)
    Archive(store).choose("a", "1")
    assert mode(theirs) == 0o755
    assert (mode(theirs / "new"), mode(theirs / "new" / "data"), mode(store.path)) == (0o700, 0o700, 0o600)
    Archive(Store(theirs / FILE)).choose("a", "1")
    assert (mode(theirs), mode(theirs / FILE)) == (0o755, 0o600)
    with store.write(), os.scandir(store.path.parent) as files:
        assert {mode(Path(file)) for file in files} == {0o600}, "its log too"


def test_a_read_only_folder_is_named(store: Store, mount: Mount) -> None:
    Archive(store).choose("a", "1")
    mount(read_only=store.path.parent)
    with pytest.raises(FusionError) as caught:
        Archive(store).choose("a", "2")
    assert caught.value.reason in ("data_unusable", "ledger_unusable")
    assert "read" in caught.value.message.lower()


@pytest.mark.parametrize("name", ["a" * 300, "nul\0", "x/" * 3000])
def test_a_name_that_no_file_can_have_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(FusionError) as caught:
        Archive(Store(tmp_path / name / FILE)).choose("a", "1")
    assert caught.value.reason == "data_unusable"


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FusionError, match="leads nowhere"):
        Archive(Store(tmp_path / "data" / FILE)).choose("a", "1")
    assert private.unusable(tmp_path / "data") == "it is a link that leads nowhere"
    assert private.unusable(tmp_path / "new" / "data") == ""


@pytest.mark.parametrize("name", ["caf\udce9.jpg", "\ud800.png", "photo\udcff\udcfe", "plain.jpg", "日本.jpg"])
def test_any_name_is_kept_and_found_again(store: Store, name: str) -> None:
    records, archive = Records(store, App.this()), Archive(store)
    error = FusionError(Reason.INPUT_MISSING, path=name, why="it is gone")
    job = environment.job(
        target_name=name,
        batch=archive.make_batch(name, name),
        facts=facts(output=Path(name), device=name),
        recipe={},
        error=error,
        state=State.FAILED,
    )
    records.add(job)
    assert job.batch is not None
    (found,) = archive.find(Query(text=name, owner="local"))
    assert found.target_name == printable(name) == archive.batches(id=job.batch)[0].name
    for text in (found.target_name, str(found.facts), str(found.error), error.message):
        text.encode()  # nothing in it that no page could show
    with pytest.raises(FusionError) as caught:
        records.get(name)
    assert caught.value.reason == "job_unknown"


def test_what_is_no_utf8_is_written_out() -> None:
    assert printable("caf\udce9 \ud800 é") == "caf%E9 %uD800 é"


def test_a_job_that_failed_for_a_reason_of_another_version_stays_readable(store: Store) -> None:
    records = Records(store, App.this())
    job = environment.job(error=FusionError(Reason.CANCELLED), state=State.FAILED, facts=facts(size=Size(3, 4)))
    records.add(job)
    with store.write() as file:
        stored = '{"kind": "MoonFailed", "reason": "moon_full", "details": {"phase": 3}}'
        file.execute("UPDATE jobs SET error = ? WHERE id = ?", [stored, job.id])
    found = records.get(job.id)
    assert (found.state, found.facts) == (State.FAILED, facts(size=Size(3, 4)))
    assert found.error is not None
    assert found.error.reason == Reason.UNKNOWN
    assert "moon_full" in found.error.message


def test_a_row_that_nobody_understands_fails_and_holds_up_no_other(store: Store) -> None:
    records, archive = Records(store, App.this()), Archive(store)
    broken, whole = environment.job(), environment.job()
    for job in (broken, whole):
        records.add(job)
    with store.write() as file:
        file.execute('UPDATE jobs SET settings = \'{"mode": "none such"}\' WHERE id = ?', [broken.id])
    taken = records.claim()
    assert taken is not None
    assert taken.id == whole.id
    found = records.get(broken.id)
    assert found.state == State.FAILED
    assert found.error is not None
    assert found.error.reason == "job_unreadable"
    assert archive.count(Query(states=frozenset({State.FAILED}))) == 1, "also for whoever counts"
    assert archive.delete([broken.id]).gone == (broken.id,)


def test_a_job_whose_facts_nobody_understands_fails_and_says_why(store: Store) -> None:
    records = Records(store, App.this())
    broken, whole = (environment.job(state=State.DONE, facts=facts(), recipe={}) for _ in range(2))
    for job in (broken, whole):
        records.add(job)
    with store.write() as file:
        file.execute("UPDATE jobs SET facts = json_set(facts, '$.region', 'there') WHERE id = ?", [broken.id])
    found = records.get(broken.id)
    assert found.state == State.FAILED
    assert found.error is not None
    assert found.error.reason == "job_unreadable"
    assert records.get(whole.id).facts == facts()


def test_nothing_is_left_of_what_was_deleted(store: Store) -> None:
    records, archive = Records(store, App.this()), Archive(store)
    store.hold()
    jobs = [environment.job(target_name=f"{NAME}-{number}.jpg") for number in range(200)]
    for job in jobs:
        records.add(job)
    assert found_in(store.path.parent, NAME)
    archive.delete([job.id for job in jobs])
    archive.scrub()
    assert found_in(store.path.parent, NAME) == []
    store.close()


def test_what_an_older_version_left_goes_too(store: Store) -> None:
    records, archive = Records(store, App.this()), Archive(store)
    records.add(environment.job(target_name=NAME))
    file = sqlite3.connect(store.path)
    with file:
        file.execute("PRAGMA secure_delete = OFF")
        file.execute("DELETE FROM jobs")
    file.close()
    assert found_in(store.path.parent, NAME)
    archive.scrub(whole=True)
    assert found_in(store.path.parent, NAME) == []


def test_what_somebody_reads_is_scrubbed_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.storage.database._SCRUB_WAIT_S", 0.1)
    records, archive = Records(store, App.this()), Archive(store)
    job = environment.job(target_name=NAME)
    records.add(job)
    with store.read() as reader:
        reader.execute("SELECT 1 FROM jobs").fetchall()
        archive.delete([job.id])
        archive.scrub()
        with pytest.raises(FusionError):
            archive.scrub_owed()
    archive.scrub_owed()
    assert found_in(store.path.parent, NAME) == []


def found_in(folder: Path, name: str) -> list[Path]:
    """The files below a folder in which a name stands, or that have it.

    Looked for by another process: closing a file here would end the locks that SQLite has on it.
    """
    done = subprocess.run(["grep", "-rlaF", "--", name, str(folder)], capture_output=True, text=True, check=False)
    return [Path(line) for line in done.stdout.splitlines()] + [file for file in folder.rglob("*") if name in file.name]
