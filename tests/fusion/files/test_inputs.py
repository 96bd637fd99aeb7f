"""Nothing of a user's file is read before its size is known: kinds, limits, and the memory that a refusal takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fusion.batches import Given
from fusion.errors import BatchRejected, FusionError, PhotoRejected, SettingsInvalid
from fusion.files import inputs
from tests.support import ROOT
from tests.support.fixtures.photos import colours, saved

SPARSE_BYTES = 6 * 1024**3
MOST_MIB = 200


def test_a_file_is_read_up_to_its_limit_and_refused_one_byte_beyond(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"12345")
    assert inputs.read(path, 5) == b"12345"
    with pytest.raises(PhotoRejected) as caught:
        inputs.read(path, 4)
    assert caught.value.reason == "photo_too_heavy"
    path.write_bytes(b"")
    assert inputs.read(path, 5) == b""


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert inputs.read(tmp_path / "link", 5) == b"1"


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _socket(path: Path) -> Path:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.close()
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_fifo, "a pipe"),
        (_folder, "a folder"),
        (_socket, "a socket"),
        (lambda path: Path("/dev/zero"), "a device"),
        (lambda path: Path("/dev/null"), "a device"),
    ],
)
@pytest.mark.parametrize("kind", [PhotoRejected, SettingsInvalid, BatchRejected])
def test_what_is_no_ordinary_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], Path], what: str, kind: type[FusionError]
) -> None:
    with pytest.raises(kind) as caught:
        inputs.read(make(tmp_path / "x.jpg"), 100, kind)
    assert caught.value.reason == "input_kind"
    assert what in caught.value.message


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc")
def test_a_file_that_says_it_is_empty_and_is_not_is_still_bounded() -> None:
    path = Path("/proc/self/status")
    assert path.stat().st_size == 0
    assert inputs.read(path, 1 << 20).startswith(b"Name:")
    with pytest.raises(PhotoRejected) as caught:
        inputs.read(path, 10)
    assert caught.value.reason == "photo_too_heavy"


@pytest.mark.parametrize("name", ["nothing.jpg", "with\0nul.jpg", "x" * 300 + ".jpg"])
def test_a_name_of_no_file_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoRejected) as caught:
        inputs.read(tmp_path / name, 100)
    assert caught.value.reason == "input_missing"
    with pytest.raises(PhotoRejected):
        Given.of_file(tmp_path / name)


def test_a_photo_that_grows_after_it_was_given_is_not_read_past_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(b"1")
    given = Given.of_file(path, 10)
    path.write_bytes(bytes(1000))
    with pytest.raises(PhotoRejected) as caught:
        given.read()
    assert caught.value.reason == "photo_too_heavy"


@pytest.fixture
def sparse(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Files of 6 GiB that take no room on the disk, and a photo."""
    made = {}
    for suffix in ("jpg", "json", "csv", "zip"):
        made[suffix] = tmp_path / f"huge.{suffix}"
        with made[suffix].open("wb") as file:
            file.truncate(SPARSE_BYTES)
    made["photo"] = tmp_path / "photo.png"
    made["photo"].write_bytes(saved(colours(), "PNG"))
    made["out"] = tmp_path / "out.png"
    yield made
    for suffix in ("jpg", "json", "csv", "zip"):
        made[suffix].unlink()


COMMANDS = {
    "fuse": "fusion {jpg} {photo} -o {out}",
    "recipe": "fusion {photo} {photo} -o {out} --recipe {json}",
    "batch": "fusion batch --target {jpg} --source {photo} -o {out}",
    "table": "fusion batch --pairs {csv} -o {out}",
    "zip": "fusion batch --pairs {zip} -o {out}",
    "recommend": "advisor recommend {jpg} {photo}",
    "diagnose": "advisor diagnose {jpg} --target {photo} --source {photo}",
}
# `getrusage` would tell the peak of the process that starts it, so the system's own figure of this one is printed.
MEASURED = """
import runpy, sys
try:
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=False)
except SystemExit as end:
    code = end.code
print(code, *[line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_refused_file_of_six_gigabytes_takes_no_memory(name: str, sparse: dict[str, Path], tmp_path: Path) -> None:
    words = [word.format(**sparse) for word in COMMANDS[name].split()]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words],
        cwd=ROOT,
        env={**os.environ, "FUSEWISE_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    code, peak = done.stdout.split()[-2:]
    assert code == "2", done.stderr
    assert "6144" in done.stderr or "6.0 GiB" in done.stderr
    assert int(peak) / 1024 <= MOST_MIB
