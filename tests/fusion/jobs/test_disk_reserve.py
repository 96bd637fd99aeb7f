"""A full disk: the queue waits, says so, and goes on by itself; one can delete on it. The disks are real and small."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.cli.commands import main
from fusion.errors import FusionError
from fusion.files import private
from fusion.jobs import Jobs, Query
from fusion.jobs.disk_reserve import LEAST_BYTES, RESERVE, RESERVE_BYTES, Room
from fusion.settings import Settings
from fusion.types import State
from tests.support import ROOT
from tests.support import fake_pipeline as fake
from tests.support.fixtures.disks import MIB, Mount, fill
from tests.support.fixtures.photos import plain
from tests.support.queued import PHOTO, end, start_running
from tests.support.waiting import until


@pytest.fixture
def disk(mount: Mount, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of 48 MiB, for the data folder."""
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
    at = mount(48)
    monkeypatch.setenv("FUSEWISE_DATA", str(at))
    return at


@pytest.fixture
def queue(disk: Path) -> Iterator[Jobs]:
    jobs = Jobs()
    jobs.start()
    until(lambda: jobs.worker().state == "ready" and (disk / RESERVE).exists())
    yield jobs
    jobs.close()


def noise(width: int, height: int) -> bytes:
    """A photo that cannot be packed: 3 bytes a pixel."""
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def states(jobs: Jobs) -> list[State]:
    return [view.progress.state for view in reversed(jobs.history(Query()))]


def test_what_is_set_aside_takes_up_room_and_is_made_again(mount: Mount) -> None:
    disk = mount(20)
    room = Room(disk)
    free = private.free_bytes(disk)
    assert room.is_there()
    assert (disk / RESERVE).stat().st_blocks * 512 >= RESERVE_BYTES, "it is not only said to be that large"
    assert free - private.free_bytes(disk) >= RESERVE_BYTES
    assert not any(letter in (disk / RESERVE).read_bytes() for letter in b"ae0\x80\xff"), "nothing in it spells a name"
    stuffing = fill(disk)
    with room.spared():
        (disk / "a").write_bytes(b"a" * MIB)
        assert not (disk / RESERVE).exists()
    assert room.error is not None
    assert room.error.reason == "disk_full"
    assert not room.is_there(), "it is not there as long as what was set aside is not"
    stuffing.unlink()
    assert room.is_there()
    assert (disk / RESERVE).stat().st_size == RESERVE_BYTES


def test_little_room_is_none(mount: Mount) -> None:
    disk = mount(20)
    room = Room(disk)
    assert room.is_there()
    stuffing = fill(disk, but=LEAST_BYTES // 2)
    assert not room.is_there()
    assert room.shortage() is not None
    stuffing.unlink()
    assert room.shortage() is None
    assert room.is_there()


def test_what_did_not_fit_is_tried_again_when_there_is_more_room(mount: Mount) -> None:
    disk = mount(40)
    room = Room(disk)
    assert room.is_there()
    stuffing = fill(disk, but=2 * LEAST_BYTES)
    assert room.is_there(), "enough for most"
    room.ran_out()
    assert not room.is_there()
    os.truncate(stuffing, stuffing.stat().st_size - 2 * MIB)
    assert room.is_there()


def test_a_folder_that_cannot_be_written_has_no_room(tmp_path: Path, mount: Mount) -> None:
    room = Room(mount(read_only=tmp_path / "data"))
    assert not room.is_there()
    assert room.error is not None
    assert room.error.reason == "data_unusable"


def test_the_queue_waits_for_room_and_goes_on_by_itself(queue: Jobs, disk: Path) -> None:
    batch = queue.make_batch("holiday", "local")
    running = queue.submit(PHOTO, PHOTO, Settings(ratio=fake.SLOW), batch=batch)
    start_running(queue, running)
    waiting = [queue.submit(PHOTO, PHOTO, Settings(), batch=batch) for _ in range(6)]
    stuffing = fill(disk)
    until(lambda: queue.paused is not None)
    assert queue.paused is not None
    assert queue.paused.reason == "disk_full"
    assert str(disk) in queue.paused.message
    with pytest.raises(FusionError) as caught:
        queue.submit(plain(red=7), PHOTO, Settings())
    assert caught.value.reason == "disk_full"
    queue.restart()  # the job that runs comes back: none of the others is taken for it
    until(lambda: queue.worker().state == "ready")
    assert set(states(queue)) <= {State.QUEUED, State.RUNNING}
    stuffing.unlink()
    until(lambda: queue.paused is None)
    start_running(queue, running)
    queue.cancel(running)
    assert [end(queue, id).progress.state for id in waiting] == [State.DONE] * 6
    until(lambda: queue.ledger_error is None)
    assert queue.count(Query()) == 7, "what was refused left nothing"


def test_one_can_delete_on_a_full_disk(queue: Jobs, disk: Path) -> None:
    done = [end(queue, queue.submit(noise(600, 400), PHOTO, Settings())) for _ in range(2)]
    stuffing = fill(disk)
    until(lambda: queue.paused is not None)
    queue.delete([done[0].id])
    assert queue.count(Query()) == 1
    fill(disk)  # somebody takes the room that this has made
    stuffing.unlink()
    until(lambda: queue.paused is None)
    fill(disk)
    assert queue.purge() == 1
    assert list((disk / "photos").iterdir()) == list((disk / "jobs").iterdir()) == []


def test_what_is_set_aside_is_given_up_for_nothing_but_a_removal(queue: Jobs, disk: Path) -> None:
    until(lambda: (disk / RESERVE).exists())
    before = (disk / RESERVE).stat().st_ino
    fill(disk, but=LEAST_BYTES + MIB)
    queue.delete([])
    queue._removal.tidy(queue._retention)
    assert (disk / RESERVE).stat().st_ino == before


def test_a_worker_that_meets_a_full_disk_fails_no_job(queue: Jobs, disk: Path) -> None:
    running = queue.submit(PHOTO, PHOTO, Settings(ratio=fake.SLOW))
    start_running(queue, running)
    large = [queue.submit(noise(1500, 1000), PHOTO, Settings()) for _ in range(2)]  # each makes twice 4.5 MB
    stuffing = fill(disk, but=LEAST_BYTES + MIB)
    queue.cancel(running)
    waiting = [State.CANCELLED, State.QUEUED, State.QUEUED]
    until(lambda: states(queue) == waiting and queue.paused is not None and states(queue) == waiting)
    assert [view.deaths for view in queue.history(Query())] == [0, 0, 0]
    assert private.free_bytes(disk) >= LEAST_BYTES, "what was begun is gone"
    stuffing.unlink()
    assert [end(queue, id).progress.state for id in large] == [State.DONE, State.DONE]


def test_a_disk_that_takes_no_more_files_is_full(mount: Mount) -> None:
    disk = mount(40)
    subprocess.run(["mount", "-o", "remount,nr_inodes=9", str(disk)], check=True)
    room = Room(disk)
    assert room.is_there()
    for number in range(20):
        try:
            (disk / str(number)).touch()
        except OSError:
            break
    assert not room.is_there()
    assert room.error is not None
    assert room.error.reason == "disk_full"


def test_a_command_says_that_the_disk_is_full_and_can_purge(
    queue: Jobs, disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end(queue, queue.submit(PHOTO, PHOTO, Settings()))
    queue.close()
    fill(disk)
    assert main(["jobs", "list"]) == 0
    said = capsys.readouterr()
    assert "1 of 1 jobs" in said.out
    assert said.err.count("\n") == 1
    assert "is full" in said.err
    assert main(["jobs", "purge", "--yes"]) == 0
    assert "1 job removed." in capsys.readouterr().out


def test_a_batch_of_the_command_line_waits_for_room(disk: Path, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(noise(1500, 1000))
    (tmp_path / "b.png").write_bytes(PHOTO)
    Jobs().close()  # there is a database
    stuffing = fill(disk, but=LEAST_BYTES + RESERVE_BYTES + 6 * MIB)
    words = ["batch", "--target", "a.png", "--source", "b.png", "-o", "out"]
    with subprocess.Popen(
        [sys.executable, "-m", "fusion", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert "is full" in process.stderr.readline()
        stuffing.unlink()
        assert process.wait(60) == 0
    assert (tmp_path / "out" / "a.png").exists() or list((tmp_path / "out").glob("*.png"))


def test_a_limit_on_the_size_of_files_is_no_lack_of_room(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path; from fusion.jobs.disk_reserve import Room; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)); print(Room(Path(sys.argv[1])).is_there())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True"
    assert os.listdir(tmp_path) == []


def test_a_quota_is_a_full_disk() -> None:
    assert private.is_full(OSError(errno.EDQUOT, "quota"))
    assert not private.is_full(OSError(errno.EACCES, "denied"))
