"""What is deleted is gone: rows, batches, photos, results, logs, and every trace of a photo's name on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fusion.errors import FusionError
from fusion.jobs import Jobs, Query, removal
from fusion.settings import Settings
from fusion.storage import FILE, App, Archive, PhotoFiles, Records, Store
from fusion.types import State
from pages.parts.session.thumbnails import Thumbnails
from tests.fusion.storage.test_database import found_in
from tests.support import ROOT
from tests.support import fake_pipeline as fake
from tests.support.fixtures import environment
from tests.support.fixtures.photos import plain
from tests.support.queued import PHOTO, end, start_running
from tests.support.waiting import until

NAME = "a-name-nobody-else-has"
NAMES = (f"{NAME}.png", f"{NAME}-2.jpg")


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    jobs = Jobs(tmp_path / "data" / "jobs")
    jobs.start()
    until(lambda: jobs.worker().state == "ready")
    yield jobs
    jobs.close()


def data(queue: Jobs) -> Path:
    return queue.folder.parent


def submit(queue: Jobs, ratio: float = fake.QUICK, batch: str | None = None, photo: bytes = PHOTO) -> str:
    return queue.submit(photo, photo, Settings(ratio=ratio), names=NAMES, batch=batch)


@contextmanager
def untouchable(path: Path, within: Path) -> Iterator[None]:
    """Within it, nobody can remove a file, not even root, wherever in a folder it is moved."""
    done = subprocess.run(["chattr", "+i", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be made immutable here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["chattr", "-R", "-i", str(within)], check=True)


def test_after_everything_was_deleted_no_file_names_a_photo(queue: Jobs) -> None:
    batch = queue.make_batch(NAME, "local")
    jobs = [submit(queue, batch=batch) for _ in range(5)] + [submit(queue, fake.BROKEN, batch), submit(queue)]
    for id in jobs:
        end(queue, id)
    queue.judge(jobs[0], {"passed": False, "name": NAME})
    empty = queue.make_batch(f"{NAME} that never got a job", "local")
    running = submit(queue, fake.SLOW, queue.make_batch(f"{NAME} that runs", "local"))
    start_running(queue, running)
    with (data(queue) / "worker.log").open("a") as log:
        log.write(f"a traceback about {NAME}\n")
    sha256 = queue.view(running).target_sha256
    assert found_in(data(queue), NAME)
    assert queue.purge() == 8
    until(lambda: queue.count(Query()) == 0 and not found_in(data(queue), NAME))
    assert queue.batches() == ()
    assert list((data(queue) / "photos").iterdir()) == list(queue.folder.iterdir()) == []
    assert [file for file in found_in(data(queue), sha256) if file.name != "worker.log"] == []
    assert empty not in [one.id for one in queue.batches()]
    assert end(queue, submit(queue)).progress.state == State.DONE, "and it goes on"


def test_a_batch_goes_with_its_last_job(queue: Jobs) -> None:
    batch = queue.make_batch(NAME, "local")
    ids = [submit(queue, batch=batch) for _ in range(2)]
    for id in ids:
        end(queue, id)
    queue.delete(ids[:1])
    assert queue.batch(batch).total == 1
    queue.delete(ids[1:])
    assert queue.batches() == ()
    with pytest.raises(FusionError) as caught:
        submit(queue, batch=batch)
    assert caught.value.reason == "batch_unknown", "whoever fills it stops"


def test_what_is_thrown_away_and_not_taken_back_is_deleted_by_whoever_runs_then(
    queue: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = end(queue, submit(queue)), end(queue, submit(queue, photo=plain(red=1)))
    result = queue.folder / gone.id
    queue.discard([kept.id, gone.id])
    assert queue.history(Query()) == ()
    queue.restore([kept.id])
    assert result.exists()
    monkeypatch.setattr(removal, "UNDO_S", 0.0)
    photo = data(queue) / "photos" / gone.target_sha256
    until(lambda: not (result.exists() or photo.exists()) and queue.count(Query(discarded=None)) == 1)
    assert [view.id for view in queue.history(Query(discarded=None))] == [kept.id]


def test_what_belongs_to_others_stays(queue: Jobs) -> None:
    theirs = queue.submit(PHOTO, PHOTO, Settings(), names=NAMES, owner="ann", batch=queue.make_batch(NAME, "ann"))
    mine = queue.submit(PHOTO, PHOTO, Settings(), owner="bob", batch=queue.make_batch("b", "bob"))
    for id in (theirs, mine):
        end(queue, id)
    assert queue.purge("bob") == 1
    assert [batch.name for batch in queue.batches()] == [NAME]
    assert queue.photos(theirs) == (PHOTO, PHOTO)


def test_a_photo_that_cannot_be_removed_holds_up_nothing(queue: Jobs) -> None:
    stuck = end(queue, submit(queue, photo=plain(red=1)))
    photo = data(queue) / "photos" / stuck.target_sha256
    with untouchable(photo, data(queue)):
        running = submit(queue, fake.SLOW, photo=plain(red=1))
        start_running(queue, running)
        queue.delete([stuck.id])  # the other one wants the photo yet
        queue.delete([running])
        until(lambda: queue.count(Query()) == 0)
        assert queue.ledger_error is None
        assert end(queue, submit(queue)).progress.state == State.DONE
        assert photo.exists()
    os.utime(photo, (0, 0))
    queue._tidy()
    assert not photo.exists()


def test_results_that_cannot_be_removed_are_told_of_and_tried_again(queue: Jobs) -> None:
    view = end(queue, submit(queue))
    assert view.outcome is not None
    with untouchable(view.outcome.output, data(queue)):
        with pytest.raises(FusionError) as caught:
            queue.delete([view.id])
        assert caught.value.reason == "files_stuck"
        assert str(data(queue)) in caught.value.message
        assert queue.stuck is not None
        assert queue.count(Query()) == 0, "its row is gone all the same"
        with pytest.raises(FusionError):
            queue._tidy()
        (left,) = queue.folder.iterdir()
    queue._tidy()
    assert not left.exists()
    assert queue.stuck is None


def test_a_folder_that_can_no_longer_be_written_fails_no_job(queue: Jobs) -> None:
    running = submit(queue, fake.SLOW)
    start_running(queue, running)
    waiting = [submit(queue) for _ in range(3)]
    with untouchable(queue.folder, data(queue)), untouchable(data(queue), data(queue)):
        queue.cancel(running)
        until(lambda: queue.paused is not None)
        until(lambda: [queue.view(id).progress.state for id in waiting] == [State.QUEUED] * 3)
        assert queue.paused is not None
        assert queue.paused.reason == "data_unusable"
    assert [end(queue, id).progress.state for id in waiting] == [State.DONE] * 3


def test_what_a_killed_process_left_half_written_goes_when_it_is_old(queue: Jobs) -> None:
    view = end(queue, submit(queue))
    assert view.outcome is not None
    folders = (data(queue), data(queue) / "photos", view.outcome.output.parent)
    old, young, others = ([folder / name for folder in folders] for name in (
        ".reserve.0123abcd.tmp", ".output.png.0123abcd.tmp", ".somebody-elses.tmp"))  # fmt: skip
    going = queue.folder / f".{view.id}.0123abcd.gone"
    going.mkdir()
    for path in (*old, *young, *others):
        path.write_bytes(b"half")
    for path in (*old, *others):
        os.utime(path, (0, 0))
    queue._tidy()
    assert [path.exists() for path in old] == [False] * 3
    assert all(path.exists() for path in (*young, *others))
    assert not going.exists()
    assert view.outcome.output.exists()


def test_a_photo_that_somebody_brings_while_it_is_tidied_stays(tmp_path: Path) -> None:
    """The file is old and nobody's as it is looked for, and a job's as it would be removed."""
    photos, store = PhotoFiles(tmp_path / "photos"), Store(tmp_path / FILE)
    records, archive = Records(store, App.this()), Archive(store)
    sha256 = photos.put(PHOTO)
    os.utime(photos.path(sha256), (0, 0))
    unwanted = photos.unwanted(archive.wanted())
    assert unwanted == {sha256}
    photos.put(PHOTO)
    assert photos.unwanted(archive.wanted()) == frozenset(), "it is young again"
    assert records.add(environment.job(target=sha256, source=sha256), photos.path(sha256).exists)
    assert archive.remove_unwanted(unwanted, photos.remove) == []
    assert photos.read(sha256) == PHOTO


def test_a_photo_whose_file_was_cut_short_is_written_anew(tmp_path: Path) -> None:
    photos = PhotoFiles(tmp_path / "photos")
    sha256 = photos.put(PHOTO)
    photos.path(sha256).write_bytes(PHOTO[:10])
    assert photos.put(PHOTO) == sha256
    assert photos.read(sha256) == PHOTO


def test_small_pictures_go_with_their_jobs(queue: Jobs) -> None:
    small = Thumbnails()
    one, other = (end(queue, submit(queue)) for _ in range(2))
    assert small.of(one)
    assert small.of(other)
    small.drop([one.id])
    assert {id for id, _ in small._made} == {other.id}
    small.drop(None)
    assert not small._made


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_batch_with_a_name_that_is_no_utf8_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path / "data"))
    targets = tmp_path / "targets"
    targets.mkdir()
    for number, name in enumerate((b"caf\xe9.png", b"plain.png", b"\xff\xfe.png")):
        Path(os.fsdecode(os.path.join(os.fsencode(targets), name))).write_bytes(plain(red=number))
    (tmp_path / "source.png").write_bytes(PHOTO)
    words = ["batch", "--target", str(targets), "--source", str(tmp_path / "source.png"), "-o", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-m", "fusion", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list((tmp_path / "out").glob("*.png"))) == 3
    queue = Jobs()
    assert {view.target_name for view in queue.history(Query())} == {"caf%E9.png", "plain.png", "%FF%FE.png"}
    assert len(queue.history(Query(text="caf%E9"))) == 1
    queue.close()
