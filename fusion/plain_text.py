"""Text that any page, database and terminal takes. Standard library.

A file name that is no UTF-8 comes from the system with a lone surrogate in the place of each byte that cannot be read,
and JSON may write one as `\\ud800`. No encoding has them: SQLite, a browser and a console refuse the whole text.
"""

from __future__ import annotations

import re
from typing import Any

_LONE = re.compile("[\ud800-\udfff]")
_BYTES = range(0xDC80, 0xDD00)  # what Python makes of the bytes 0x80…0xff (PEP 383)
_ZERO = 0xDC00


def printable(text: str) -> str:
    """The text with its lone surrogates written out: those of bytes as `%FF`, others as `%uD800`."""
    return text if text.isascii() else _LONE.sub(_written_out, text)


def printable_json(value: Any) -> Any:
    """JSON's types with every text in them printable, at any depth."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable_json(key): printable_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [printable_json(each) for each in value]
    return value


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"%{code - _ZERO:02X}" if code in _BYTES else f"%u{code:04X}"
