"""The digest of a picture's own data, which stands in its label as `ReservedCode1`.

It says for which picture the label was made: a label that was copied to another one does not fit. It is no signature,
since everybody can compute it anew. Metadata are no part of it, so that signing a file or adding to what it says of
itself leaves it as it is.

- PNG: the size, the channels and the rows of pixels, whoever packed them.
- JPEG (ITU-T T.81): every segment and every scan but the application segments APP0 to APP15 and comments.
- WebP (RFC 9649): the chunks that hold a picture's colours and its transparency.
"""

from __future__ import annotations

import hashlib
import re
import struct
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator

PREFIX = "fw1:"
_FORM = re.compile(r"fw1:[A-Za-z0-9_-]{43}")  # 43 characters of Base64 hold the 256 bits
_NEXT = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]", re.DOTALL)  # a marker that ends a scan: no zero, no restart
_FOLLOWING = re.compile(_NEXT.pattern.replace(b"+", b""), re.DOTALL)  # a search for several 0xff may never end
_ALONE = (0x01, *range(0xD0, 0xD9))  # markers without a length
_SCAN, _END, _COMMENT, _APPLICATION = 0xDA, 0xD9, 0xFE, range(0xE0, 0xF0)
_PICTURE = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")

Part = bytes | memoryview


def is_ours(code: str) -> bool:
    """Whether a `ReservedCode1` has the form of this digest."""
    return _FORM.fullmatch(code) is not None


def of_rows(width: int, height: int, channels: int, rows: Iterable[Part]) -> str:
    """Of a PNG, from its pixels: 8 bits a channel, row by row from the top, cut into parts anywhere."""
    return _digest(b"png" + struct.pack(">III", width, height, channels), rows)


def of_jpeg(file: bytes) -> str:
    """Of a JPEG.

    Raises:
        ValueError: it cannot be followed to its end.
    """
    return _digest(b"jpeg", jpeg_data(file))


def of_webp(file: bytes) -> str:
    """Of a WebP.

    Raises:
        ValueError: it is none.
    """
    return _digest(b"webp", webp_data(file))


def of_webp_chunks(parts: Iterable[Part]) -> str:
    """Of a WebP that is being made: its chunks of a picture with their headers, cut into parts anywhere."""
    return _digest(b"webp", parts)


def jpeg_data(file: bytes) -> Iterator[memoryview]:
    """What of a JPEG is no metadata, without its first and its last marker.

    Raises:
        ValueError: it cannot be followed to its end.
    """
    if file[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    view, at = memoryview(file), 2
    while found := _NEXT.match(file, at):
        code, start = file[found.end() - 1], found.end() - 2
        if code == _END:
            return
        at = found.end() if code in _ALONE else _segment_end(file, found.end())
        if code == _SCAN:
            following = _FOLLOWING.search(file, at)
            at = following.start() if following else len(file)
        if code != _COMMENT and code not in _APPLICATION:
            yield view[start:at]
    raise ValueError("the JPEG has no end")


def webp_data(file: bytes) -> Iterator[memoryview]:
    """The chunks of a WebP that hold its picture, with their headers.

    Raises:
        ValueError: it is none, or cut short.
    """
    if file[:4] != b"RIFF" or file[8:12] != b"WEBP":
        raise ValueError("no WebP")
    view, at = memoryview(file), 12
    until = 8 + int.from_bytes(file[4:8], "little")
    while at + 8 <= until:
        length = int.from_bytes(file[at + 4 : at + 8], "little")
        end = at + 8 + length + length % 2
        if end > len(file):
            raise ValueError("the WebP is cut short")
        if file[at : at + 4] in _PICTURE:
            yield view[at:end]
        at = end


def _segment_end(file: bytes, at: int) -> int:
    length = int.from_bytes(file[at : at + 2], "big")
    if length < 2 or at + length > len(file):
        raise ValueError("the JPEG is cut short")
    return at + length


def _digest(first: bytes, parts: Iterable[Part]) -> str:
    made = hashlib.sha256(first)
    for part in parts:
        made.update(part)
    return PREFIX + urlsafe_b64encode(made.digest()).decode().rstrip("=")
