"""Files on disk: whole or not there, and private."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fusion.files import private

DAY = 86_400


def job(folder: Path, *files: str, days_old: float = 0.01, size: int = 10) -> Path:
    """A job folder."""
    made = private.private_folder(folder / private.new_name())
    for file in files:
        (made / file).write_bytes(b"x" * size)
    then = time.time() - days_old * DAY
    os.utime(made, (then, then))
    return made


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    private.write(tmp_path / "a", b"one")
    private.write(tmp_path / "a", b"two", 0o600)
    assert (tmp_path / "a").read_bytes() == b"two"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a"]


def test_a_file_may_come_in_pieces(tmp_path: Path) -> None:
    private.write(tmp_path / "a", (bytes([65 + n]) * n for n in range(4)))
    assert (tmp_path / "a").read_bytes() == b"BCCDDD"


def test_a_file_whose_pieces_do_not_all_come_is_not_there(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise MemoryError

    with pytest.raises(MemoryError):
        private.write(tmp_path / "a", pieces())
    assert os.listdir(tmp_path) == []


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private.write(tmp_path / "a", b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        private.write(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_folders_of_jobs_that_nobody_knows_go_when_they_are_old(tmp_path: Path) -> None:
    known, old, young = (job(tmp_path, "output.png", days_old=days) for days in (9, 9, 0.1))
    private.tidy(tmp_path, {known.name}, older_than_s=DAY)
    assert known.exists()
    assert young.exists(), "its database may have been lost this morning"
    assert not old.exists()


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "holiday photos"
    other.mkdir()
    os.utime(other, (0, 0))
    elsewhere = job(tmp_path.parent, "output.png", days_old=9)
    link = tmp_path / private.new_name()
    link.symlink_to(elsewhere)
    private.tidy(tmp_path, (), older_than_s=DAY)
    assert other.exists()
    assert elsewhere.exists()
    private.remove(elsewhere)


def test_a_new_file_never_takes_the_name_of_another(tmp_path: Path) -> None:
    private.write(tmp_path / "a", b"one", replace=False)
    with pytest.raises(FileExistsError):
        private.write(tmp_path / "a", b"two", replace=False)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_nor_where_the_file_system_knows_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def none(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.link", none)
    private.write(tmp_path / "a", b"one", replace=False)
    with pytest.raises(FileExistsError):
        private.write(tmp_path / "a", b"two", replace=False)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_the_name_is_on_the_disk_as_well_as_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def noted(handle: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        synced.append(f"folder with {sorted(os.listdir(tmp_path / 'new'))}" if is_folder else "file")
        real(handle)

    private.private_folder(tmp_path / "new")
    monkeypatch.setattr("os.fsync", noted)
    private.write(tmp_path / "new" / "a", b"one")
    assert synced == ["file", "folder with ['a']"]


def test_so_is_the_name_of_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[int, int]] = []
    real = os.fsync

    def noted(handle: int) -> None:
        synced.append((os.fstat(handle).st_dev, os.fstat(handle).st_ino))
        real(handle)

    monkeypatch.setattr("os.fsync", noted)
    private.private_folder(tmp_path / "a" / "b")
    wanted = [tmp_path / "a", tmp_path]
    assert sorted(synced) == sorted((each.stat().st_dev, each.stat().st_ino) for each in wanted)


def test_a_folder_that_may_not_be_read_can_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def closed(path: object, flags: int, *rest: int) -> int:
        if path == tmp_path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(str(path), flags, *rest)

    monkeypatch.setattr("os.open", closed)
    private.write(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"


def test_a_folder_goes_with_all_that_is_in_it_and_no_link_is_followed(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    (folder / "deep" / "deeper").mkdir(parents=True)
    (folder / "deep" / "deeper" / "a").write_bytes(b"a")
    elsewhere.mkdir()
    (elsewhere / "b").write_bytes(b"b")
    (folder / "link").symlink_to(elsewhere)
    (folder / "dead").symlink_to(tmp_path / "nowhere")
    assert private.remove(folder) == ""
    assert private.remove(folder) == "", "one that is gone is no error"
    assert sorted(os.listdir(tmp_path)) == ["elsewhere"]
    assert (elsewhere / "b").exists()


def test_what_is_free_is_told_of_any_path(tmp_path: Path) -> None:
    free = private.free_bytes(tmp_path)
    for path in (tmp_path / "new" / "folder", tmp_path / ("a" * 300), tmp_path / "nul\0"):
        assert abs(private.free_bytes(path) - free) < free, path
