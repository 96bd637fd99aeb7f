"""The texts of an EXIF block in which programs say who they are and what they made."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from PIL import ExifTags, Image

_MOST_CHARACTERS = 1024 * 1024
_TAGS = MappingProxyType(
    {
        "ImageDescription": ExifTags.Base.ImageDescription,
        "Make": ExifTags.Base.Make,
        "Software": ExifTags.Base.Software,
        "Artist": ExifTags.Base.Artist,
        "XPComment": ExifTags.Base.XPComment,
    }
)
_C2PA = 0xCD41  # the tag of a TIFF that holds a manifest store (C2PA 2.4, appendix A)
# What Pillow raises on damaged blocks, found by cutting and flipping their bytes.
_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, AttributeError),
    *(RuntimeError, MemoryError, struct.error),
)


def texts(block: bytes) -> Mapping[str, str]:
    """By the name of each field its text, where it has any; of a damaged block what can be read."""
    found: dict[str, str] = {}
    exif = Image.Exif()
    try:
        exif.load(block)
        found.update({name: _text(exif.get(tag)) for name, tag in _TAGS.items()})
        comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
        found["UserComment"] = _comment(comment)
    except _ERRORS:
        pass  # what was read before stays
    return {name: text for name, text in found.items() if text}


def c2pa(block: bytes) -> bytes:
    """The manifest store of a TIFF; empty without one."""
    exif = Image.Exif()
    try:
        exif.load(block)
        store = exif.get(_C2PA)
    except _ERRORS:
        return b""
    return store if isinstance(store, bytes) else b""


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        is_wide = b"\0" in value[:2]
        value = value[:_MOST_CHARACTERS].decode("utf-16-le" if is_wide else "utf-8", "replace")
    return value[:_MOST_CHARACTERS].strip("\0 \r\n\t") if isinstance(value, str) else ""


def _comment(value: Any) -> str:
    """A user comment, which says first how it is written (EXIF 2.32, 4.6.5)."""
    if not isinstance(value, bytes):
        return _text(value)
    code, rest = value[:8], value[8 : 8 + _MOST_CHARACTERS]
    if code == b"UNICODE\0":
        return rest.decode("utf-16-be" if rest[:1] == b"\0" else "utf-16-le", "replace").strip("\0 ")
    if code in (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0" * 8):
        return _text(rest.decode("utf-8", "replace"))
    return _text(value.decode("utf-8", "replace"))  # written without it
