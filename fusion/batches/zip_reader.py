"""A ZIP of photos → photos, without trusting it: no name in it is ever a path, nothing is unpacked to the disk.

What a member claims is checked before it is read, and what comes out of it is counted while it is read.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from fusion.batches.inputs import SUFFIXES, Given, Limits, Refused
from fusion.errors import BatchRejected, FusionError, PhotoRejected, Reason
from fusion.units import GIB, MIB

_CHUNK = MIB
_ENTRY = b"PK\x01\x02"  # what every entry of a ZIP's list begins with
_NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_LIST = ".csv"
_UTF8, _ENCRYPTED = 0x800, 0x1  # flags of a member
_LEFTOVERS = frozenset({"__macosx", "thumbs.db", "desktop.ini"})  # what systems leave in folders
_DRIVE = re.compile(r"^[A-Za-z]:")
# Of the others zipfile bounds neither what comes out of one piece (bzip2) nor the memory that is asked for (LZMA).
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LIST_BYTES = 16 * MIB  # of the ZIP's own list of its members, which is read as a whole
_HEADER_BYTES = 30  # of a member, at least
# What zipfile raises on members that are damaged or packed in a way that it does not know.
_UNPACK_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
    AttributeError,
    TypeError,
)


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a ZIP holds.

    Attributes:
        photos: by their names in the ZIP, with "/" between folders, in the ZIP's order.
        lists: tables of pairs, likewise, unread.
        refused: members that are not touched, and why.
    """

    photos: dict[str, Given]
    lists: dict[str, Given]
    refused: tuple[Refused, ...]


def read(file: BinaryIO, allowed: Limits) -> Contents:
    """What is in the ZIP; of the photos only the names are read. `file` stays open for them.

    Raises:
        BatchRejected: it is no ZIP, or holds too much.
    """
    if (size := file.seek(0, os.SEEK_END)) > allowed.zip_bytes:
        raise BatchRejected(Reason.ZIP_TOO_HEAVY, megabytes=size / MIB, limit_megabytes=allowed.zip_bytes / MIB)
    try:
        archive = zipfile.ZipFile(cast(BinaryIO, _Bounded(file, allowed.entries)))  # reading asks a file for no more
    except _UNPACK_ERRORS as error:
        raise BatchRejected(Reason.ZIP_UNREADABLE) from error
    shared = _overlapping(archive)
    photos: dict[str, Given] = {}
    lists: dict[str, Given] = {}
    refused: list[Refused] = []
    for name, member in _members(archive):
        try:
            _check(name, member, allowed)
            if member.header_offset in shared:
                raise BatchRejected(Reason.ZIP_MEMBER)
            into = lists if name.lower().endswith(_LIST) else photos
            if name in into:
                raise BatchRejected(Reason.ZIP_TWICE)
            into[name] = _given(archive, name, member, allowed)
        except FusionError as error:
            refused.append(Refused(name, error))
    _check_sum([*photos.values()], allowed)
    return Contents(photos, lists, tuple(refused))


class _Bounded:
    """The file as `zipfile` sees it, which reads as much as the ZIP says, and makes an object of each entry.

    Args:
        entries: that its list may have.
    """

    def __init__(self, file: BinaryIO, entries: int) -> None:
        self._file, self._most = file, entries

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size if 0 <= size <= _LIST_BYTES else _LIST_BYTES + 1)
        if len(data) > _LIST_BYTES:
            raise zipfile.BadZipFile("it asks for too much at once")
        if data.startswith(_ENTRY) and data.count(_ENTRY) > self._most:
            raise BatchRejected(Reason.ZIP_TOO_MANY, limit=self._most)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _overlapping(archive: zipfile.ZipFile) -> frozenset[int]:
    """Where those members begin that end after the next one begins: one byte of such a ZIP unpacks many times."""
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    ends = [*(member.header_offset for member in members), archive.start_dir][1:]
    return frozenset(
        member.header_offset
        for member, end in zip(members, ends, strict=True)
        if member.header_offset + _HEADER_BYTES + member.compress_size > end
    )


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The files, with readable names, but for what systems leave behind."""
    for member in archive.infolist():
        name = _name(member)
        parts = [part for part in name.split("/") if part]
        is_hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
        if parts and not name.endswith("/") and not is_hidden and not _LEFTOVERS & {part.lower() for part in parts}:
            yield name, member


def _name(member: zipfile.ZipInfo) -> str:
    """A name without the mark of UTF-8 is in it all the same on a Mac, in cp936 on a Chinese Windows."""
    name = member.orig_filename
    if not member.flag_bits & _UTF8:
        raw = name.encode("cp437")  # zipfile's own guess, undone
        for encoding in ("utf-8", "gbk"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return "".join(char for char in name if char.isprintable()).replace("\\", "/")


def _check(name: str, member: zipfile.ZipInfo, allowed: Limits) -> None:
    """Refuse a member by what the ZIP says of it.

    Raises:
        BatchRejected: it may be dangerous, or cannot be unpacked.
        PhotoRejected: it is something else than a photo.
    """
    if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        raise BatchRejected(Reason.ZIP_PATH)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise BatchRejected(Reason.ZIP_LINK)
    if member.flag_bits & _ENCRYPTED:
        raise BatchRejected(Reason.ZIP_ENCRYPTED)
    if member.compress_type not in _PACKINGS:
        raise BatchRejected(Reason.ZIP_MEMBER)
    if name.lower().endswith(_NESTED):
        raise BatchRejected(Reason.ZIP_NESTED)
    suffix = PurePosixPath(name).suffix
    if suffix and suffix.lower() not in (*SUFFIXES, _LIST):
        raise PhotoRejected(Reason.PHOTO_FORMAT, format=suffix[1:].upper())
    unpacked, packed = member.file_size, max(1, member.compress_size)
    if unpacked > allowed.ratio_from_bytes and unpacked / packed > allowed.ratio:
        raise BatchRejected(Reason.ZIP_RATIO, ratio=unpacked / packed, limit=allowed.ratio)


def _check_sum(photos: list[Given], allowed: Limits) -> None:
    total = sum(photo.file_bytes for photo in photos)
    if len(photos) > allowed.pairs:
        raise BatchRejected(Reason.PHOTOS_TOO_MANY, count=len(photos), limit=allowed.pairs)
    if total > allowed.total_bytes:
        raise BatchRejected(Reason.PHOTOS_TOO_HEAVY, gigabytes=total / GIB, limit_gigabytes=allowed.total_bytes / GIB)


def _given(archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo, allowed: Limits) -> Given:
    most = allowed.list_bytes if name.lower().endswith(_LIST) else allowed.photo.max_bytes
    return Given(PurePosixPath(name).name, member.file_size, lambda: _unpack(archive, member, most))


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The member's bytes, counted as they come: what it claims to be may be a lie.

    Raises:
        PhotoRejected: it holds more than `most` bytes.
        BatchRejected: it is damaged.
    """
    pieces, count = [], 0
    try:
        with archive.open(member) as file:
            while piece := file.read(_CHUNK):
                pieces.append(piece)
                count += len(piece)
                if count > most:
                    raise PhotoRejected(Reason.PHOTO_TOO_HEAVY, megabytes=count / MIB, limit_megabytes=most / MIB)
    except FusionError:
        raise
    except _UNPACK_ERRORS as error:
        raise BatchRejected(Reason.ZIP_MEMBER) from error
    return b"".join(pieces)
