"""The markers of a JPEG, as far as they tell whether every pixel is in it (ITU-T T.81). Decodes nothing.

Standard library.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_SCANS = 100  # an ordinary progressive one has ten; each is a walk over all blocks, however little is in it
END = b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\xff]")  # not \xff+: of a file that is 0xff throughout it would see no end
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_RESTARTS = range(0xD0, 0xD8)
# What follows the data of a file that was cut: bytes without a meaning, and each of their bits turned. Not zeros and
# ones: of both a decoder makes blocks without anything in them.
_FILLING = bytes(byte for byte in hashlib.sha512(b"filling").digest() * 2 if byte not in (0x00, 0xFF))
_FILLINGS = (_FILLING, bytes(0xFF - byte for byte in _FILLING))
_NULLS = 4  # so many zeros in a row at the end are the disk's, not the picture's


@dataclass(slots=True)
class Layout:
    """What the headers say.

    Attributes:
        scans: how many there are.
        has_end: whether the marker that ends the picture was met.
    """

    scans: int = 0
    has_end: bool = False
    is_progressive: bool = False
    width: int = 0
    height: int = 0
    interval: int = 0
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)  # of each component: horizontally, vertically
    # Of each component and coefficient the lowest bit that has come; baseline gives all of them at once.
    lowest: dict[tuple[int, int], int] = field(default_factory=dict)
    is_last_whole: bool = True  # whether the last scan has all the restart markers that it needs

    @property
    def has_all_scans(self) -> bool:
        """Whether each component has come, in a progressive one with every coefficient to its last bit."""
        last = 64 if self.is_progressive else 1
        return bool(self.sampling) and all(
            self.lowest.get((component, index)) == 0 for component in self.sampling for index in range(last)
        )


def layout(data: bytes) -> Layout:
    """What the headers say; of a damaged file as much as can be followed."""
    found = Layout()
    try:
        for marker, at, end in _segments(data):
            if marker == 0xD9:
                found.has_end = True
                break
            _take(found, marker, data, at, end)
            if found.scans > MOST_SCANS:
                break
    except (struct.error, IndexError):
        pass  # whoever decodes it says that it is damaged
    return found


def endings(data: bytes) -> tuple[bytes, bytes] | None:
    """Two files with an end where the given one has none; None where more than the end is missing.

    A decoder makes the same picture of both only if it needed nothing after the last byte: if every pixel is there.
    """
    found = layout(data)
    if found.has_end or not found.scans or not found.has_all_scans or not found.is_last_whole:
        return None
    body = data.rstrip(b"\0")
    if len(data) - len(body) < _NULLS:
        body = data
    body = body.rstrip(b"\xff")
    if data[len(body) : len(body) + 2] == b"\xff\0":
        body += b"\xff\0"  # a byte of the picture, as the format writes it
    first, second = (body + filling + END for filling in _FILLINGS)
    return first, second


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each marker its code, and where its segment's body begins and ends."""
    at = 2
    while found := _MARKER.search(data, at):
        code = data[found.end() - 1]
        start = at = found.end()
        if code not in (0x01, 0xD8, 0xD9, *_RESTARTS):
            (length,) = struct.unpack_from(">H", data, at)
            start, at = at + 2, at + max(length, 2)
        yield code, start, at


def _take(found: Layout, marker: int, data: bytes, at: int, end: int) -> None:
    if marker in _SOF:
        found.is_progressive = marker in _PROGRESSIVE
        found.height, found.width, count = struct.unpack_from(">HHB", data, at + 1)
        for index in range(count):
            component, sides = struct.unpack_from(">BB", data, at + 6 + 3 * index)
            found.sampling[component] = (sides >> 4, sides & 15)
    elif marker == 0xDD:
        (found.interval,) = struct.unpack_from(">H", data, at)
    elif marker == 0xDA:
        _take_scan(found, data, at, end)


def _take_scan(found: Layout, data: bytes, at: int, end: int) -> None:
    count = data[at]
    components = [data[at + 1 + 2 * index] for index in range(count)]
    first, last, bits = struct.unpack_from(">BBB", data, at + 1 + 2 * count)
    for component in components:
        for index in range(first, min(last, 63) + 1) if found.is_progressive else (0,):
            found.lowest[component, index] = bits & 15 if found.is_progressive else 0
    found.scans += 1
    restarts = 0
    for marker in _MARKER.finditer(data, end):
        if data[marker.end() - 1] not in _RESTARTS:
            break
        restarts += 1
    if found.interval:
        found.is_last_whole = restarts >= _up(_units(found, components), found.interval) - 1


def _units(found: Layout, components: list[int]) -> int:
    """How many pieces the scan has, of which `interval` stand between two restart markers."""
    most = [max(sides[axis] for sides in found.sampling.values()) or 1 for axis in (0, 1)]
    count = 1
    for axis, length in enumerate((found.width, found.height)):
        if len(components) == 1:  # in a scan of its own a component is cut into single blocks
            own = found.sampling.get(components[0], (1, 1))[axis]
            count *= _up(_up(length * own, most[axis]), 8)
        else:
            count *= _up(length, 8 * most[axis])
    return count


def _up(length: int, by: int) -> int:
    """Divided and rounded up."""
    return -(-length // by)
