"""A ZIP that is sent as it is made: what readers find in it, how long it is said to be, and files that change."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.batches import zip_stream
from fusion.batches.zip_stream import Changed, Member, Sent

MIB = 1024**2


def whole(members: list[Member]) -> bytes:
    return b"".join(zip_stream.pieces(members))


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.binary(max_size=300), max_size=6))
def test_a_reader_finds_what_went_in_and_the_length_is_known_before(files: dict[str, bytes]) -> None:
    files = {f"{number}{name.replace(chr(0), '').replace('/', '').encode(errors='ignore').decode()}": data
             for number, (name, data) in enumerate(files.items())}  # fmt: skip
    members = [Member.of_bytes(name, data) for name, data in files.items()]
    data = whole(members)
    assert len(data) == zip_stream.length(members)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {info.orig_filename: archive.read(info) for info in archive.infolist()} == files


def test_a_reader_that_cannot_seek_takes_it_too(tmp_path: Path) -> None:
    """Sizes and checksum stand in front of each member: none is left to a descriptor behind it."""
    picture = tmp_path / "a.png"
    picture.write_bytes(os.urandom(3 * zip_stream.CHUNK + 5))
    data = whole([Member.of_file("王 小明.png", picture), Member.of_bytes("b.json", b"{}")])
    assert data[:4] == b"PK\3\4"
    assert not data[6] & 0x08
    assert int.from_bytes(data[18:22], "little") == picture.stat().st_size
    if unzip := shutil.which("unzip"):
        (tmp_path / "all.zip").write_bytes(data)
        subprocess.run([unzip, "-tq", tmp_path / "all.zip"], check=True, capture_output=True)


def test_a_member_is_made_when_its_turn_comes_and_is_told_what_was_sent(tmp_path: Path) -> None:
    made: list[str] = []

    def make(sent: Sequence[Sent]) -> bytes:
        made.append(", ".join(f"{one.name} {one.size} {one.sha256[:6]}" for one in sent))
        return b"made" * len(made)

    (tmp_path / "a.png").write_bytes(b"hello")
    members = [
        Member.of_file("a.png", tmp_path / "a.png"),
        Member.of_made("b.png", make),
        Member.of_made("c.png", make, size=8),
    ]
    assert zip_stream.length(members) is None
    pieces = zip_stream.pieces(members)
    next(pieces)
    assert made == []  # the first member is being sent
    assert b"made" in b"".join(pieces)
    assert made == ["a.png 5 2cf24d", "a.png 5 2cf24d, b.png 4 ea0890"]


def test_made_members_are_read_back_and_have_their_sizes_in_front_of_them() -> None:
    members = [Member.of_made(name, lambda sent: b"made" * 1000) for name in ("a", "b")]
    data = whole(members)
    assert not data[6] & 0x08
    assert int.from_bytes(data[18:22], "little") == 4000
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [archive.read(name) for name in archive.namelist()] == [b"made" * 1000] * 2


def test_a_made_member_whose_length_was_promised_keeps_it() -> None:
    members = [Member.of_made("a", lambda sent: b"made", size=4)]
    assert len(whole(members)) == zip_stream.length(members)
    with pytest.raises(Changed):
        whole([Member.of_made("a", lambda sent: b"other", size=4)])


class Zeros(io.RawIOBase):
    """A file of zeros that takes no room anywhere, in the place of its path."""

    def __init__(self, size: int) -> None:
        self._size, self._at, self._piece = size, 0, bytes(zip_stream.CHUNK)

    def open(self, mode: str) -> Zeros:
        return self

    def seek(self, at: int, whence: int = io.SEEK_SET) -> int:
        self._at = at
        return at

    def read(self, size: int = -1) -> bytes:
        piece = self._piece[: min(size, self._size - self._at)]
        self._at += len(piece)
        return piece


class Unread:
    """A sha256 of nothing, whatever it is given."""

    def update(self, piece: bytes) -> None:
        """It takes no time."""

    def hexdigest(self) -> str:
        return ""


def test_what_is_longer_than_4_gib_is_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So much nothing is neither stored nor summed up: nobody here asks for its checksums."""

    def crc32(piece: bytes, before: int = 0) -> int:
        return before if len(piece) == zip_stream.CHUNK else zlib.crc32(piece, before)

    monkeypatch.setattr(zip_stream, "zlib", SimpleNamespace(crc32=crc32))
    monkeypatch.setattr(zip_stream, "hashlib", SimpleNamespace(sha256=Unread))
    size, packed = 4096 * MIB + 7, tmp_path / "big.zip"
    big = Member("big.bin", Zeros(size), size, 0.0)  # type: ignore[arg-type]
    members = [big, Member.of_bytes("behind.txt", b"found")]
    with packed.open("wb") as file:
        _sparse(file, zip_stream.pieces(members))
    assert packed.stat().st_size == zip_stream.length(members)
    with zipfile.ZipFile(packed) as archive:
        assert archive.read("behind.txt") == b"found"
        assert archive.getinfo("big.bin").file_size == size


def test_more_members_than_the_old_format_counts_are_found() -> None:
    members = [Member.of_bytes(str(number), b"") for number in range(65_536)]
    with zipfile.ZipFile(io.BytesIO(whole(members))) as archive:
        assert len(archive.namelist()) == 65_536


@pytest.mark.parametrize("change", [b"short", b"x" * 3 * zip_stream.CHUNK])
def test_a_file_that_has_another_size_ends_the_zip(tmp_path: Path, change: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"y" * 2 * zip_stream.CHUNK)
    member = Member.of_file("a.png", file)
    file.write_bytes(change)
    with pytest.raises(Changed):
        whole([member])


def test_a_file_that_changes_while_it_is_sent_ends_the_zip(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"y" * 2 * zip_stream.CHUNK)
    pieces = zip_stream.pieces([Member.of_file("a.png", file)])
    next(pieces)
    file.write_bytes(b"z" * 2 * zip_stream.CHUNK)
    with pytest.raises(Changed):
        list(pieces)


def test_a_file_that_is_deleted_ends_the_zip_and_one_that_is_left_is_closed(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("a.png", "b.png"))
    for file in (first, second):
        file.write_bytes(b"y" * 10)
    members = [Member.of_file(file.name, file) for file in (first, second)]
    second.unlink()
    pieces = zip_stream.pieces(members)
    with pytest.raises(FileNotFoundError):
        list(pieces)
    left = zip_stream.pieces(members)
    next(left)
    assert str(first) in _open_files()
    left.close()
    assert str(first) not in _open_files()


def _open_files() -> set[str]:
    import psutil

    return {file.path for file in psutil.Process().open_files()}


def _sparse(file: io.BufferedWriter, pieces: Iterable[bytes]) -> None:
    """Written with holes where nothing but zeros is."""
    zeros = bytes(zip_stream.CHUNK)
    for piece in pieces:
        if piece == zeros[: len(piece)]:  # ten times as fast as counting them
            file.seek(len(piece), io.SEEK_CUR)
        else:
            file.write(piece)
    file.truncate()
