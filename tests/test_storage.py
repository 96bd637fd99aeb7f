"""Files on disk: whole or not there, private, and gone when they are old."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion import storage

KEPT = frozenset({"output.png"})
DAY = 86_400


def job(folder: Path, *files: str, days_old: float = 0.01, size: int = 10) -> Path:
    """A job folder that nobody claims."""
    made = storage.private_folder(folder / storage.new_name())
    for file in files:
        (made / file).write_bytes(b"x" * size)
    then = time.time() - days_old * DAY
    os.utime(made, (then, then))
    return made


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    storage.write(tmp_path / "a", b"one")
    storage.write(tmp_path / "a", b"two", 0o600)
    assert (tmp_path / "a").read_bytes() == b"two"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_may_come_in_pieces(tmp_path: Path) -> None:
    storage.write(tmp_path / "a", (bytes([65 + n]) * n for n in range(4)))
    assert (tmp_path / "a").read_bytes() == b"BCCDDD"


def test_a_file_whose_pieces_do_not_all_come_is_not_there(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise MemoryError

    with pytest.raises(MemoryError):
        storage.write(tmp_path / "a", pieces())
    assert os.listdir(tmp_path) == []


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.write(tmp_path / "a", b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        storage.write(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_the_photos_of_a_dead_app_are_removed_and_its_results_stay(tmp_path: Path) -> None:
    left = job(tmp_path, "target", "source", "output.png", ".output.png.1a.tmp")
    storage.sweep(tmp_path, KEPT)
    assert [file.name for file in left.iterdir()] == ["output.png"]


def test_a_job_without_a_result_is_removed(tmp_path: Path) -> None:
    left = job(tmp_path, "target", "source")
    storage.sweep(tmp_path, KEPT)
    assert not left.exists()


def test_old_results_are_removed_and_stripping_makes_none_younger(tmp_path: Path) -> None:
    old = job(tmp_path, "output.png", days_old=storage.RESULT_DAYS + 1)
    young = job(tmp_path, "output.png", "target", days_old=storage.RESULT_DAYS - 1)
    storage.sweep(tmp_path, KEPT)
    assert not old.exists()
    assert young.exists()
    storage.sweep(tmp_path, KEPT, now=time.time() + 2 * DAY)
    assert not young.exists()


def test_too_many_bytes_cost_the_oldest_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "RESULT_BYTES", 25)
    jobs = [job(tmp_path, "output.png", days_old=days) for days in (3, 2, 1)]
    storage.sweep(tmp_path, KEPT)
    assert [made.exists() for made in jobs] == [False, True, True]


def test_a_folder_that_is_about_to_be_claimed_is_left_alone(tmp_path: Path) -> None:
    new = job(tmp_path, days_old=0)
    storage.sweep(tmp_path, KEPT)
    assert new.exists()


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "letters"
    theirs.mkdir()
    (theirs / "draft.txt").write_text("Dear")
    os.utime(theirs, (0, 0))
    (tmp_path / storage.new_name()).symlink_to(theirs)
    storage.sweep(tmp_path, KEPT)
    assert (theirs / "draft.txt").exists()


def test_what_a_living_app_uses_is_left_alone(tmp_path: Path) -> None:
    mine = job(tmp_path, "target")
    storage.claim(mine)
    storage.sweep(tmp_path, KEPT)
    assert (mine / "target").exists()


def test_what_a_dead_app_claimed_is_free_again(tmp_path: Path) -> None:
    left = job(tmp_path, "target")
    script = "import sys; from pathlib import Path; from fusion import storage; storage.claim(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(left)], check=True, cwd=Path(__file__).parent.parent)
    storage.sweep(tmp_path, KEPT)
    assert not left.exists()
