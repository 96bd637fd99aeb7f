"""The header of a WebP (RFC 9649), which tells the size without a decoder, whose canvas is made when it is."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from fusion.types import Size

_ANIMATED = 0x02  # flag of a VP8X chunk
_MOST_CHUNKS = 1000


@dataclass(frozen=True, slots=True)
class WebP:
    """What the header says; `exif` is empty without any."""

    size: Size
    is_animated: bool
    exif: bytes


def read(data: bytes) -> WebP:
    """What the header says.

    Raises:
        ValueError: it is damaged, or the file is none.
        struct.error: it is cut short.
    """
    if data[8:12] not in (b"WEBP", b"WEB", b"WE", b"W", b""):
        raise ValueError("another kind of RIFF")
    kind, at = data[12:16], 20
    if kind == b"VP8 ":
        if data[at + 3 : at + 6] != b"\x9d\x01\x2a":
            raise ValueError("no key frame")
        width, height = struct.unpack_from("<HH", data, at + 6)
        return WebP(Size(width & 0x3FFF, height & 0x3FFF), False, b"")
    if kind == b"VP8L":
        signature, bits = struct.unpack_from("<BI", data, at)
        if signature != 0x2F:
            raise ValueError("no lossless picture")
        return WebP(Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), False, b"")
    if kind != b"VP8X":
        raise ValueError("no picture")
    flags, low, high, tall = struct.unpack_from("<B3xHBH", data, at)
    top = data[at + 9]
    size = Size((low | high << 16) + 1, (tall | top << 16) + 1)
    return WebP(size, bool(flags & _ANIMATED), _exif(data))


def _exif(data: bytes) -> bytes:
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        (length,) = struct.unpack_from("<I", data, at + 4)
        if data[at : at + 4] == b"EXIF":
            return data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
    return b""
