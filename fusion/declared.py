"""What a person has declared of a picture, and what was refused: kept apart from the pictures. Standard library.

The log that these make is read months after the photos are gone. So it has codes and no words: there is no room in it
for the name of a photo, a path, or a sha256.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

# The version of the sentence that consent is given to ("run.consent" and its help in the pages' words, `--consent` of
# the command line). Whoever changes what it says names the month of the change here.
CONSENT_WORDING = "2026-11"
KEPT_DAYS = 184  # six months, the longest that there are: Art. 9 of China's measures on labels asks for no less
KEPT_S = KEPT_DAYS * 86_400.0
# Who declares something where nobody can tell people apart.
LOCAL, COMMAND_LINE, SCRIPT = "local", "command line", "script"
NOBODY = frozenset({LOCAL, COMMAND_LINE, SCRIPT})

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")  # shorter than a sha256
_BY = re.compile(r"[0-9a-f]{32}")


class Declared(StrEnum):
    """What about."""

    CONSENT = "consent"  # of the people in the photos
    LABEL = "label"  # whether the visible label is drawn
    REFUSAL = "refusal"  # by the tool


@dataclass(frozen=True, slots=True)
class Consent:
    """Somebody has said that the people in the photos agreed.

    Attributes:
        by: who, as `fusion.storage.Declarations.pseudonym` calls them.
        at: seconds since the epoch; whole ones.
        wording: the version of what they said yes to.

    Raises:
        ValueError: `by` or `wording` could be something else.
    """

    by: str
    at: float
    wording: str = CONSENT_WORDING

    def __post_init__(self) -> None:
        _check(self.by, self.wording)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; the time as ISO 8601 in UTC."""
        at = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds")
        return {"by": self.by, "at": at, "wording": self.wording}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(data["by"], datetime.fromisoformat(data["at"]).timestamp(), data["wording"])


@dataclass(frozen=True, slots=True)
class Declaration:
    """One line of the log.

    Attributes:
        at: seconds since the epoch.
        kind: what about.
        value: what was said, as a code: "given"; "on" or "off"; why something was refused.
        wording: the version of the sentence that it is the answer to; "" where there was none.
        by: who, as `fusion.storage.Declarations.pseudonym` calls them.
        job: its id; None where it is about no job, or none was made. The job itself may be long gone.

    Raises:
        ValueError: one of the texts is no code.
    """

    at: float
    kind: Declared
    value: str
    wording: str
    by: str
    job: str | None = None

    def __post_init__(self) -> None:
        _check(self.by, self.value, *filter(None, (self.wording, self.job)))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; the time as seconds since the epoch, as `jobs --json` has them."""
        return {
            "at": self.at,
            "kind": str(self.kind),
            "value": self.value,
            "wording": self.wording,
            "by": self.by,
            "job": self.job,
        }


def consent_of(consent: Consent, job: str | None) -> Declaration:
    """The line of the log that says that a consent was given with a job."""
    return Declaration(consent.at, Declared.CONSENT, "given", consent.wording, consent.by, job)


def _check(by: str, *codes: str) -> None:
    if by not in NOBODY and not _BY.fullmatch(by):
        raise ValueError("this may say who somebody is")
    if not all(_CODE.fullmatch(code) for code in codes):
        raise ValueError("there are codes in the log, and no words")
