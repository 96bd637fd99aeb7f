"""A ZIP that is sent as it is made: members are stored as they are, so that its length is known before any is read.

Nothing of it is written to the disk, and no more than a piece is held. A member is read twice, once for its checksum
and once to be sent: with the checksum in front of it every reader takes it, also those that do not look at the list
at the end. A member that has to be made is made as its turn comes, and is held until it is sent; where its length is
not known before, that of the ZIP is not either. Sizes and offsets over 4 GiB, and more than 65,535 members, follow
PKWARE's APPNOTE 4.3.9 and 4.5.3.
"""

from __future__ import annotations

import hashlib
import io
import struct
import time
import zlib
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

CHUNK = 256 * 1024
_MOST_32, _MOST_16 = 0xFFFFFFFF, 0xFFFF
_OLD, _ZIP64 = 20, 45  # the version of the format that is needed: 2.0, 4.5
_UNIX = 3 << 8
_UTF8 = 0x800
_FILE = 0o100644 << 16  # a plain file that everybody may read
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_END_64, _WHERE_64 = struct.Struct("<4sQ2H2I4Q"), struct.Struct("<4sIQI")


class Changed(OSError):
    """A file is not any more what it was when the ZIP was begun."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A member that has been sent. `sha256` in hexadecimal."""

    name: str
    size: int
    sha256: str


Make = Callable[[Sequence[Sent]], bytes]  # told what was sent before


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the ZIP: `data`, or what is in a file, or what is made when its turn comes.

    `size` in bytes; None where that is known only then. `modified`: seconds since the epoch.
    """

    name: str
    data: bytes | Path | Make
    size: int | None
    modified: float

    @classmethod
    def of_file(cls, name: str, path: Path) -> Member:
        """A file of the disk, which stays closed until its turn comes.

        Raises:
            OSError: there is none.
        """
        found = path.stat()
        return cls(name, path, found.st_size, found.st_mtime)

    @classmethod
    def of_bytes(cls, name: str, data: bytes, modified: float | None = None) -> Member:
        """Bytes that are there already; `modified`: now if None."""
        return cls(name, data, len(data), time.time() if modified is None else modified)

    @classmethod
    def of_made(cls, name: str, make: Make, size: int | None = None) -> Member:
        """What is made when its turn comes."""
        return cls(name, make, size, time.time())

    def made(self, sent: Sequence[Sent]) -> Member:
        """The same with its bytes, where these had to be made. Raises whatever making them does."""
        if not callable(self.data):
            return self
        data = self.data(sent)
        return replace(self, data=data, size=len(data) if self.size is None else self.size)

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Its bytes, which are there."""
        assert not callable(self.data)
        return io.BytesIO(self.data) if isinstance(self.data, bytes) else self.data.open("rb")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A member of so many bytes, and where it stands."""

    member: Member
    size: int
    offset: int
    crc: int = 0

    def local(self) -> bytes:
        """What stands before its bytes."""
        size, name = self.size, self.member.name.encode()
        extra = struct.pack("<2H2Q", 1, 16, size, size) if size >= _MOST_32 else b""
        short = min(size, _MOST_32)
        needs = _ZIP64 if extra else _OLD
        day, moment = _dos(self.member.modified)
        head = (b"PK\3\4", needs, _UTF8, 0, moment, day, self.crc, short, short, len(name), len(extra))
        return _LOCAL.pack(*head) + name + extra

    def central(self) -> bytes:
        """Its line in the list at the end."""
        size, name = self.size, self.member.name.encode()
        long = [size, size] if size >= _MOST_32 else []
        long += [self.offset] if self.offset >= _MOST_32 else []
        extra = struct.pack(f"<2H{len(long)}Q", 1, 8 * len(long), *long) if long else b""
        short = min(size, _MOST_32)
        needs = _ZIP64 if extra else _OLD
        day, moment = _dos(self.member.modified)
        head = (b"PK\1\2", _UNIX | needs, needs, _UTF8, 0, moment, day, self.crc, short, short, len(name), len(extra))
        return _CENTRAL.pack(*head, 0, 0, 0, _FILE, min(self.offset, _MOST_32)) + name + extra


def length(members: Sequence[Member]) -> int | None:
    """How many bytes the ZIP will have; reads and makes nothing. None where only making its members tells."""
    offset, listed = 0, 0
    for member in members:
        if member.size is None:
            return None
        placed = _Placed(member, member.size, offset)
        offset += len(placed.local()) + member.size
        listed += len(placed.central())
    return offset + listed + len(_end(len(members), offset, listed))


def pieces(members: Sequence[Member]) -> Generator[bytes, None, None]:
    """The ZIP, piece by piece. Whoever stops early closes the iterator, and with it the file that is open.

    Raises:
        Changed: a file has another size or other bytes than before, after some of the ZIP has been given out.
        OSError: a file cannot be read.
        Whatever making a member raises.
    """
    offset, placed, sent = 0, list[_Placed](), list[Sent]()
    for each in members:
        member = each.made(sent)
        assert member.size is not None
        with member.open() as file:
            one = _Placed(member, member.size, offset, _checksum(file, member))
            head = one.local()
            yield head
            file.seek(0)
            crc, digest = 0, hashlib.sha256()
            for piece in _chunks(file, member):
                crc = zlib.crc32(piece, crc)
                digest.update(piece)
                yield piece
            if crc != one.crc:
                raise Changed(f"{member.name} changed while it was being sent")
        placed.append(replace(one, member=replace(member, data=b"")))  # what was made is let go
        sent.append(Sent(member.name, one.size, digest.hexdigest()))
        offset += len(head) + one.size
    listed = [one.central() for one in placed]
    yield from listed
    yield _end(len(placed), offset, sum(map(len, listed)))


def _chunks(file: BinaryIO, member: Member) -> Generator[bytes, None, None]:
    """Exactly as many bytes as the member is said to have."""
    left = member.size or 0
    while piece := file.read(min(CHUNK, left)) if left else b"":
        left -= len(piece)
        yield piece
    if left or file.read(1):
        raise Changed(f"{member.name} has another size than when the ZIP was begun")


def _checksum(file: BinaryIO, member: Member) -> int:
    crc = 0
    for piece in _chunks(file, member):
        crc = zlib.crc32(piece, crc)
    return crc


def _end(count: int, offset: int, listed: int) -> bytes:
    """The last words: how many members, and where their list is."""
    is_long = count >= _MOST_16 or offset >= _MOST_32 or listed >= _MOST_32
    long = b""
    if is_long:
        size = _END_64.size - 12  # without its mark and this number
        long = _END_64.pack(b"PK\6\6", size, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, listed, offset)
        long += _WHERE_64.pack(b"PK\6\7", 0, offset + listed, 1)
    few = min(count, _MOST_16)
    return long + _END.pack(b"PK\5\6", 0, 0, few, few, min(listed, _MOST_32), min(offset, _MOST_32), 0)


def _dos(moment: float) -> tuple[int, int]:
    """Day and time of day as MS-DOS has them: from 1980 to 2107, in steps of two seconds, in local time."""
    at = time.localtime(moment)
    if not 1980 <= at.tm_year <= 2107:
        return (1 << 5) | 1, 0
    day = (at.tm_year - 1980) << 9 | at.tm_mon << 5 | at.tm_mday
    return day, at.tm_hour << 11 | at.tm_min << 5 | min(at.tm_sec, 59) // 2
