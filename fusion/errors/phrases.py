"""Parts of sentences that differ between languages: a code and its values, where a name or a number would stand. Pure.

An error or a notice holds one as a detail. It crosses the pipe and is stored as JSON, and is spoken where it is shown:
in English by `str`, in Chinese by `api.spoken.translator`. What the system or a library says stays a plain text,
and so does what an older version stored: it is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fusion.errors.english_phrases import PHRASES, PhraseCode
from fusion.plain_text import printable

Detail = str | int | float  # what a sentence names


@dataclass(frozen=True, slots=True)
class Phrase:
    """Part of a sentence, to be spoken in the language of the sentence.

    Attributes:
        details: the values that it names; of a tuple all are named, with commas between them.
    """

    code: PhraseCode
    details: Mapping[str, Detail | tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        return PHRASES[self.code].format(**self.named)

    @property
    def named(self) -> dict[str, Detail]:
        """The values as a sentence names them."""
        return {name: ", ".join(value) if isinstance(value, tuple) else value for name, value in self.details.items()}

    def with_texts(self, change: Callable[[str], str]) -> Phrase:
        """The same with every text among its values changed."""
        details: dict[str, Detail | tuple[str, ...]] = {}
        for name, value in self.details.items():
            if isinstance(value, tuple):
                details[name] = tuple(change(each) for each in value)
            else:
                details[name] = change(value) if isinstance(value, str) else value
        return Phrase(self.code, details)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"phrase": str(self.code), "details": dict(self.details)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Phrase:
        """What `to_json` gave.

        Raises:
            AttributeError, KeyError, ValueError: it is something else, or a phrase that this version has not.
        """
        details = {name: tuple(value) if isinstance(value, list) else value for name, value in data["details"].items()}
        made = cls(PhraseCode(data["phrase"]), details)
        str(made)  # a value that is not there is met here, and not where it is shown
        return made


Value = Detail | Phrase  # of a detail


def with_texts(value: Value, change: Callable[[str], str]) -> Value:
    """A detail with every text in it changed."""
    if isinstance(value, Phrase):
        return value.with_texts(change)
    return change(value) if isinstance(value, str) else value


def made_printable(details: Mapping[str, Value]) -> dict[str, Value]:
    """Details whose texts any page, database and terminal takes: many are names of files."""
    return {name: with_texts(value, printable) for name, value in details.items()}


def to_json(details: Mapping[str, Value]) -> dict[str, Any]:
    """Details as plain JSON types."""
    return {name: value.to_json() if isinstance(value, Phrase) else value for name, value in details.items()}


def from_json(details: Mapping[str, Any]) -> dict[str, Value]:
    """What `to_json` gave.

    Raises:
        AttributeError, KeyError, ValueError: it is something else, or has a phrase that this version has not.
    """
    return {name: Phrase.from_json(value) if isinstance(value, dict) else value for name, value in details.items()}
