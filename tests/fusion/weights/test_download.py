"""The download of weights, from a hub on this machine: whole or not at all, and going on from where it stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from filelock import FileLock

from fusion.errors import DownloadFailed
from fusion.weights import Phase, Transfer, locate
from fusion.weights.catalog import UNET
from fusion.weights.downloader import download
from fusion.weights.locate import FileState
from tests.support import ROOT
from tests.support.fake_hub import EXTRA, FakeHub, tiny_files
from tests.support.fake_weights import TINY, write_tiny
from tests.support.waiting import until

BIG = "pytorch_model.pt"
PATIENCE_S = 60.0


class Done(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    lines: list[dict[str, Any]]
    stderr: str


def run(*arguments: str) -> Done:
    """`python -m fusion weights …` in a process of its own, where the client's limits are those of the fixture."""
    command = [sys.executable, "-m", "fusion", "weights", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return Done(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)


def fetch(*arguments: str) -> Done:
    return run("download", "--accept-licences", "--json", *arguments)


@pytest.fixture
def started(hub: FakeHub) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a download and waits until a part of the large file has come."""
    hub.files = tiny_files(4_000_000)
    hub.bytes_per_second = 400_000
    processes = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "fusion", "weights", "download", "--accept-licences", *arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        processes.append(process)
        until(lambda: part().exists() and part().stat().st_size > 100_000)
        return process

    yield start
    for process in processes:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe
            pipe.close()
        process.wait()


def part() -> Path:
    return locate.place().with_name(f"{UNET.name}.partial") / f"{BIG}.incomplete"


# The good way


def test_a_download_brings_what_is_needed_and_nothing_else(hub: FakeHub) -> None:
    seen: list[Transfer] = []
    found = download(seen.append, TINY)
    assert found.is_ready
    assert found.has_manifest
    assert found.folder == locate.place()
    assert locate.status().is_ready  # the manifest vouches for files that are far too small otherwise
    assert sorted(hub.fetched()) == sorted(file.path for file in TINY.files)
    assert not any((found.folder / name).exists() for name in EXTRA)
    assert [path.name for path in found.folder.parent.iterdir() if path.is_dir()] == [UNET.name]
    assert seen[0].phase == Phase.LISTING


def test_the_folder_that_the_variable_names_is_filled(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "mine"))
    assert download(lambda _: None, TINY).folder == tmp_path / "mine" / UNET.name


def test_what_is_whole_is_not_fetched_again(hub: FakeHub) -> None:
    folder = download(lambda _: None, TINY).folder
    hub.asked.clear()
    assert download(lambda _: None, TINY).is_ready
    assert hub.fetched() == []
    (folder / BIG).write_bytes(bytes(1000))  # of the right size
    (folder / "alpha.jpg").unlink()
    assert download(lambda _: None, TINY).is_ready
    assert hub.fetched() == [BIG, "alpha.jpg"]
    assert (folder / BIG).read_bytes() == hub.files[BIG]


def test_files_copied_by_hand_are_kept_and_vouched_for(hub: FakeHub) -> None:
    write_tiny(locate.place(TINY))
    assert download(lambda _: None, TINY).has_manifest
    assert hub.fetched() == []


def test_the_other_owner_is_asked_too(hub: FakeHub) -> None:
    hub.owner = "iic"
    folder = download(lambda _: None, TINY).folder
    assert json.loads((folder / locate.MANIFEST).read_text())["model"] == f"iic/{UNET.name}"


def test_progress_counts_up_to_the_whole(hub: FakeHub) -> None:
    hub.files = tiny_files(600_000)
    hub.bytes_per_second = 400_000
    done = fetch()
    assert (done.code, done.stderr) == (0, "")
    told = [Transfer.from_json(line["progress"]) for line in done.lines if "progress" in line]
    fetching = [each for each in told if each.phase == Phase.FETCHING]
    assert {each.total_bytes for each in fetching} == {sum(len(hub.files[file.path]) for file in TINY.files)}
    assert [each.bytes for each in fetching] == sorted(each.bytes for each in fetching)
    assert any(0 < each.file_bytes < each.file_total_bytes for each in fetching)
    assert any(each.bytes_per_second and each.seconds_left for each in fetching)
    assert done.lines[-1]["status"]["ready"]


# Interrupted


def test_a_killed_download_leaves_nothing_that_is_taken_for_whole_and_goes_on(
    hub: FakeHub, started: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = started()
    process.kill()
    process.communicate()
    assert not locate.place().exists()
    assert {file.state for file in locate.status().files} == {FileState.MISSING}
    had = part().stat().st_size
    hub.bytes_per_second = 0
    hub.asked.clear()
    assert fetch().code == 0
    assert hub.asked[0] == (BIG, f"bytes={had}-")
    assert locate.status().is_ready
    assert (locate.place() / BIG).read_bytes() == hub.files[BIG]


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_says_that_the_part_is_kept(started: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = started()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert stderr == (b"fusewise: stopped: what has been downloaded is kept, and the same command goes on from it.\n")
    assert part().stat().st_size > 0


def test_a_download_dies_with_the_app_that_started_it(started: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = started("--json", "--tied")
    assert process.stdin
    process.stdin.close()
    assert process.wait(PATIENCE_S) == 1


def test_two_at_once_do_not_damage_each_other(hub: FakeHub, started: Callable[..., subprocess.Popen[bytes]]) -> None:
    first = started()
    second = fetch()
    assert second.code == 1
    assert second.lines[-1]["error"]["reason"] == "download_busy"
    hub.bytes_per_second = 0
    first.communicate(timeout=PATIENCE_S)
    assert first.returncode == 0
    assert locate.status().is_ready


def test_a_lock_that_is_left_over_holds_nobody_up(hub: FakeHub) -> None:
    lock = locate.place().with_name(f"{UNET.name}.lock")
    lock.parent.mkdir(parents=True)
    with FileLock(lock):
        pass
    lock.touch()
    assert download(lambda _: None, TINY).is_ready


def test_a_connection_that_breaks_off_again_and_again_is_taken_up_while_bytes_come(hub: FakeHub) -> None:
    hub.files = tiny_files(400_000)
    hub.cut[BIG] = [50_000, 60_000, 70_000]
    assert fetch().code == 0
    assert [each for path, each in hub.asked if path == BIG] == [None, "bytes=50000-", "bytes=60000-", "bytes=70000-"]
    assert (locate.place() / BIG).read_bytes() == hub.files[BIG]


def test_a_part_of_another_version_is_thrown_away(hub: FakeHub) -> None:
    part().parent.mkdir(parents=True)
    part().write_bytes(b"x" * 500)
    assert fetch().code == 0
    assert (locate.place() / BIG).read_bytes() == hub.files[BIG]


# Refused


Break = Callable[[FakeHub], object]
FAILURES: dict[str, tuple[Break, str]] = {
    "the model is not there": (lambda hub: setattr(hub, "owner", "nobody"), "download_not_found"),
    "a file is not there": (lambda hub: hub.files.pop("alpha.jpg"), "download_not_found"),
    "a login is asked for": (lambda hub: setattr(hub, "listing_status", 401), "download_refused"),
    "the files are closed": (lambda hub: setattr(hub, "file_status", 403), "download_refused"),
    "the hub is ill": (lambda hub: setattr(hub, "listing_status", 503), "download_server"),
    "the files' server is ill": (lambda hub: setattr(hub, "file_status", 500), "download_server"),
    "a login page of a hotel": (lambda hub: setattr(hub, "listing", b"<html>Welcome"), "download_server"),
    "a damaged file": (lambda hub: hub.damaged.add("alpha.jpg"), "download_damaged"),
    "cut off at once": (lambda hub: hub.cut.update({BIG: [0]}), "download_interrupted"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_whatever_the_hub_does_is_said_with_a_remedy(hub: FakeHub, case: str) -> None:
    break_it, reason = FAILURES[case]
    break_it(hub)
    done = fetch()
    assert done.code == 1
    assert done.lines[-1]["error"]["reason"] == reason
    assert done.stderr.startswith("fusewise: ")
    assert done.stderr.count("\n") == 1
    assert UNET.address in done.stderr
    assert not locate.status().is_ready
    assert not (locate.place() / locate.MANIFEST).exists()


def test_without_a_network_it_says_what_to_do(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", "http://127.0.0.1:9")  # "discard": nobody listens
    done = fetch()
    assert done.code == 1
    assert done.lines[-1]["error"]["reason"] == "download_offline"
    for word in (UNET.address, "FUSEWISE_WEIGHTS", "copy it here"):
        assert word in done.stderr


def test_room_is_asked_for_before_the_start(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.weights.downloader.SPARE_BYTES", 10**18)  # a disk that needs an exabyte more
    with pytest.raises(DownloadFailed) as caught:
        download(lambda _: None, TINY)
    assert caught.value.reason == "download_no_room"
    assert "1000000000.0 GB are needed" in caught.value.message
    assert hub.fetched() == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a disk that is always full")
def test_a_disk_that_becomes_full_is_said(hub: FakeHub) -> None:
    part().parent.mkdir(parents=True)
    part().symlink_to("/dev/full")
    with pytest.raises(DownloadFailed) as caught:
        download(lambda _: None, TINY)
    assert caught.value.reason == "download_full"


def test_a_place_that_cannot_be_written_is_named(hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path / "file" / "below"))
    with pytest.raises(DownloadFailed) as caught:
        download(lambda _: None, TINY)
    assert caught.value.reason == "download_unwritable"
    assert str(tmp_path / "file") in caught.value.message
