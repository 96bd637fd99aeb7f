"""The chunks of a PNG, looked at before a decoder sees them: what is no pixel and could unpack to much is left out.

Standard library, and `fusion.photos.color_tags` for what the colour chunks mean.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from fusion.photos.color_tags import Encoding, of_codes, of_png
from fusion.units import MIB

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 100_000  # a writer that makes the smallest usual pieces, of 8 KB, needs 3,200 for 25 MB
_PROFILE_BYTES = 4 * MIB  # unpacked; the largest display profiles have about one
_NOTE_BYTES = MIB  # unpacked, of a text that may tell the orientation
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_XMP, _RAW = b"XML:com.adobe.xmp", (b"Raw profile type exif", b"Raw profile type APP1")
_TURNED = re.compile(rb"tiff:Orientation(?:=[\"']|>)([1-8])\b")
# What the picture is made of; frames, for they are counted.
_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT")


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """What a PNG says of its colours.

    Attributes:
        profile: ICC; None without one.
        encoding: otherwise; None for sRGB.
        is_broken: it says something that cannot be used.
    """

    profile: bytes | None = None
    encoding: Encoding | None = None
    is_broken: bool = False


def slim(data: bytes) -> bytes:
    """The file without what the picture does not need. Not looked into: a damaged one stays so.

    Raises:
        ValueError: it has more chunks than a picture could need.
    """
    kept, start = [], 0
    for kind, at, length in _chunks(data):
        if kind not in _KEPT:
            kept.append(data[start : at - 8])
            start = at + length + 4
    return b"".join((*kept, data[start:])) if kept else data


def colours(data: bytes) -> Colours:
    """By the strongest of what it says: cICP, a profile, sRGB, then gAMA and cHRM (PNG, third edition, 4.3)."""
    found: dict[bytes, bytes] = {}
    for kind, at, length in _chunks(data):
        if kind == b"IDAT":
            break
        if kind in (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"):
            found.setdefault(kind, data[at : at + length])
    if len(codes := found.get(b"cICP", b"")) == 4 and codes[2] == 0:
        return Colours(encoding=of_codes(codes[0], codes[1]))
    if b"iCCP" in found:
        profile = _profile(found[b"iCCP"])
        return Colours(profile, is_broken=profile is None)
    if b"sRGB" in found or not found:
        return Colours()
    try:
        return Colours(encoding=_by_numbers(found.get(b"gAMA"), found.get(b"cHRM")))
    except (ValueError, struct.error):
        return Colours(is_broken=True)


def _by_numbers(gamma: bytes | None, primaries: bytes | None) -> Encoding | None:
    exponent = None if gamma is None else struct.unpack(">I", gamma)[0] / 100_000
    if primaries is None:
        return of_png(exponent, None)
    x = [value / 100_000 for value in struct.unpack(">8I", primaries)]
    return of_png(exponent, ((x[0], x[1]), (x[2], x[3]), (x[4], x[5]), (x[6], x[7])))


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Of each its kind, where its body begins, and its length; ends where the file does, or the chunks do."""
    at = len(SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        if at + 12 + length > len(data):
            return
        yield kind, at + 8, length
        if kind == b"IEND":
            return
        at += 12 + length
    raise ValueError("too many chunks")


def notes(data: bytes) -> tuple[bytes, int]:
    """EXIF, wherever in the file it stands and however it is written, and the orientation that XMP says.

    Empty and 1 without any. Pillow decodes the picture to look for them.
    """
    exif, xmp = b"", 1
    for kind, at, length in _chunks(data):
        if kind == b"eXIf":
            exif = data[at : at + length]
        elif kind in _TEXTS and length <= _NOTE_BYTES:
            key, text = _text(kind, data[at : at + length])
            if key == _XMP and (turned := _TURNED.search(text)):
                xmp = int(turned[1])
            elif key in _RAW and not exif:
                exif = _from_raw(text)
    return exif, xmp


def _text(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Key and text, which is empty where it would unpack to too much."""
    key, _, rest = body.partition(b"\0")
    if key != _XMP and key not in _RAW:
        return key, b""
    is_packed = kind == b"zTXt"
    if kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    elif is_packed:
        rest = rest[1:]
    return key, (_unpacked(rest, _NOTE_BYTES) or b"") if is_packed else rest


def _from_raw(text: bytes) -> bytes:
    """EXIF as ImageMagick writes it: a name, a length, and digits."""
    try:
        return bytes.fromhex(b"".join(text.split()[2:]).decode("ascii"))
    except ValueError:
        return b""


def _profile(body: bytes) -> bytes | None:
    return _unpacked(body.partition(b"\0")[2][1:], _PROFILE_BYTES)


def _unpacked(packed: bytes, most_bytes: int) -> bytes | None:
    """None where it is damaged, or comes to more."""
    unpacking = zlib.decompressobj()
    try:
        made = unpacking.decompress(packed, most_bytes)
    except zlib.error:
        return None
    return made if unpacking.eof else None
