"""The implicit label of AI-generated content: GB 45438-2025, clause 6.1 and annex E.

Seven texts under fixed names, as one JSON object without Base64. A file has one such label at most.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from fusion import strict_json

KEYS = (
    *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
    *("ContentPropagator", "PropagateID", "ReservedCode2"),
)
ALLOWED = "printable ASCII without the blank, the quotation mark and the backslash"
MADE, MAYBE, SUSPECTED = "1", "2", "3"  # what `Label` may say; those who made it write the first
WRAPPER = "AIGC"  # the one key around the object where annex B puts it into EXIF or a tEXt chunk
MOST_CHARACTERS = 64 * 1024  # of a label that is read: no metadata of a JPEG is longer
_ALLOWED = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]*")


def is_allowed(text: str) -> bool:
    """Whether a value of the label may be this text."""
    return _ALLOWED.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """The seven texts, in the standard's order.

    Attributes:
        label: "1" is AI content, "2" may be, "3" is suspected to be.
        content_producer: name or code of the service that made it.
        produce_id: that service's own number of the content.
        reserved_code1: what the producer checks the content by.
        content_propagator: name or code of the service that spreads it.
        propagate_id: that service's own number.
        reserved_code2: what it checks the content by.

    Raises:
        ValueError: a text has a character that the standard does not allow, or `label` is none of the three.
    """

    label: str
    content_producer: str
    produce_id: str
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""

    def __post_init__(self) -> None:
        for key, value in self._pairs():
            if not is_allowed(value):
                raise ValueError(f"{key} may have {ALLOWED} alone")
        if self.label not in (MADE, MAYBE, SUSPECTED):
            raise ValueError(f"Label is {self.label!r}, not 1, 2 or 3")

    def dumps(self) -> str:
        """The JSON object, its keys in order, without a blank."""
        return json.dumps(dict(self._pairs()), separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Self:
        """The label that a text says, as bare JSON or inside `{"AIGC": …}`, its keys in any order.

        Raises:
            ValueError: it is none; the error names the fault.
        """
        if len(text) > MOST_CHARACTERS:
            raise ValueError("longer than a label can be")
        found: Any = strict_json.loads(text)
        if isinstance(found, dict) and set(found) == {WRAPPER}:
            found = found[WRAPPER]
        if not isinstance(found, dict):
            raise ValueError("no JSON object")
        return cls(*_values(found))

    def _pairs(self) -> list[tuple[str, str]]:
        return [(key, getattr(self, field.name)) for key, field in zip(KEYS, fields(self), strict=True)]


def _values(found: Mapping[str, Any]) -> list[str]:
    missing = [key for key in KEYS if key not in found]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    strange = [key for key in found if key not in KEYS]
    if strange:
        raise ValueError(f"{strange[0][:40]!r} is no key of the label")
    for key in KEYS:
        if not isinstance(found[key], str):
            raise ValueError(f"{key} is no text")
    return [found[key] for key in KEYS]
