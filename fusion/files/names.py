"""Names of files: which of them any system takes, which two are one, and how they are cut and shown.

File systems differ in what they take (255 bytes, or fewer), in which names they hold to be the same (case, and how
accents are written), and Windows keeps some for its devices. Standard library; no file is looked at.
"""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from pathlib import PurePath

from fusion.plain_text import printable

# Of a photo's name in a result's: two of them, what tells results apart and a suffix stay below 255 bytes.
MOST_BYTES, MOST_CHARACTERS = 96, 60
_KEPT = frozenset("_.,+() -")
_RUNS = re.compile(r"_{2,}|^\.+")
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)  # they belong to the emoji before
# What Windows takes for a device in any folder, whatever suffix follows; ¹²³ are digits to it.
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])", re.IGNORECASE)


def safe(name: str) -> str:
    """The name of a file, without folder and suffix, so that any system takes it."""
    stem = unicodedata.normalize("NFC", PurePath(name.replace("\\", "/")).stem)
    plain = "".join(char if _is_plain(char) else "_" for char in stem)
    while plain and _is_attached(plain[0]):
        plain = plain[1:]
    plain = cut(_RUNS.sub("_", plain), MOST_BYTES, MOST_CHARACTERS).strip(" .") or "photo"
    return f"_{plain}" if is_reserved(plain) else plain


def cut(text: str, most_bytes: int, most: int | None = None) -> str:
    """The beginning of a text, in which no character as people see it is cut.

    Args:
        most_bytes: of UTF-8.
        most: code points.
    """
    short = text[:most].encode(errors="replace")[:most_bytes].decode(errors="ignore")
    if len(short) == len(text):
        return text
    end = len(short)
    while end and (_is_attached(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return short[:end] or short


def is_reserved(name: str) -> bool:
    """Whether Windows keeps a name for one of its devices."""
    return bool(_DEVICES.fullmatch(name.partition(".")[0].rstrip(" ")))


def alike(name: str) -> str:
    """A name as it is compared: two that are equal so are one file on some system."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", _read(name)).casefold())


def shown(name: str) -> str:
    """A name as text that can be kept and sent: what is no UTF-8 in it is written out."""
    return printable(_read(name))


def on_disk(name: str) -> str:
    """A name as the file system is asked for it, where the locale lacks its characters: as UTF-8 all the same."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        with contextlib.suppress(UnicodeEncodeError):  # whoever asks is told that there is no such name
            return os.fsdecode(name.encode(errors="surrogateescape"))
    return name


def _read(name: str) -> str:
    """A name of the file system as UTF-8, whatever the locale took it for."""
    try:
        return name.encode(errors="surrogateescape").decode(errors="surrogateescape")
    except UnicodeEncodeError:
        return name


def _is_plain(char: str) -> bool:
    return char.isalnum() or char in _KEPT or unicodedata.category(char).startswith("M")


def _is_attached(char: str) -> bool:
    """Whether a character is a part of the one before it."""
    return unicodedata.category(char).startswith("M") or char == _JOINER or ord(char) in _SKIN_TONES
