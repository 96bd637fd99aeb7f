"""Whether the label is drawn into what leaves, who says so, and how a result looks with it.

Where there is one person, that person says so; on a server for several the administrator does, for everybody; and where
the environment says so, nobody else can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import streamlit as st

from fusion.facts import Facts
from fusion.labels import Label
from fusion.newest import Newest
from fusion.types import Box
from pages.parts.i18n import Words
from pages.parts.server import rights, visitor
from pages.parts.services import jobs
from pages.parts.session import stamps
from pages.parts.session.stamps import Stamp

__all__ = ["Decides", "Stamp", "Standing", "choose", "example", "laid", "now", "shown", "stamp", "standing"]

_KEPT = 6  # stamps a session
_STAMPS = "label_stamps"

_Stamps = Newest[tuple[str, int, str], Stamp]


class Decides(StrEnum):
    """Who says whether the label is drawn."""

    THIS_PERSON = "this_person"
    ADMINISTRATOR = "administrator"  # and that is somebody else
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Standing:
    """How it is with the label, for who looks.

    Attributes:
        language: the label's.
        drawn: what is drawn into what leaves; None for nothing.
        is_open: nobody has said so yet, and nothing leaves before somebody does.
        is_for_all: what this person says holds for others too.
    """

    language: Label
    drawn: Label | None
    is_open: bool
    decides: Decides
    is_for_all: bool


def standing(say: Words) -> Standing:
    """How it is now."""
    is_served = visitor.is_served()
    found = jobs().label(say.language, is_served=is_served)
    decides = Decides.ENVIRONMENT
    if found.can_change:
        decides = Decides.ADMINISTRATOR if is_served and not visitor.is_administrator() else Decides.THIS_PERSON
    return Standing(found.language, found.answered, found.is_open, decides, is_served)


def now(found: Standing) -> Label | None:
    """What is drawn into a picture that leaves this moment, however long ago its page was drawn; from any thread.

    Args:
        found: as the page has it.
    """
    return jobs().label(found.language, is_served=found.is_for_all).answered


def choose(is_drawn: bool) -> None:
    """Have the label drawn into what leaves from now on, or not; a callback.

    Raises:
        NotAllowed: others use this server too, and the session is not the administrator's.
    """
    is_served = visitor.is_served()
    if is_served:
        rights.need()
    jobs().choose_label(is_drawn, owner=visitor.owner(), is_served=is_served)


def stamp(say: Words, output: Path, facts: Facts) -> Stamp | None:
    """The label on a result as it is shown; None where none is drawn, or the result's file is gone."""
    label = standing(say).drawn
    if label is None:
        return None
    kept: _Stamps = st.session_state.setdefault(_STAMPS, _Stamps(_KEPT))
    try:
        key = (str(output), output.stat().st_mtime_ns, str(label))
        return kept.of(key, lambda: stamps.stamp(output, facts, label))
    except OSError:  # the page says so in the place of the picture
        return None


def shown(say: Words, job: str, output: Path, facts: Facts, side: int) -> bytes:
    """A job's result as it would leave, as a JPEG whose longer side is at most `side` px.

    Raises:
        OSError: its file is missing or damaged.
    """
    return stamps.shown(job, output, facts, standing(say).drawn, side)


def laid(say: Words, file: bytes, faces: Sequence[Box], job: str) -> bytes:
    """A part of a job's result, a JPEG, with the label in it where one is drawn.

    Args:
        faces: in it, px.
        job: "" where it is a picture that somebody gave: that stays as it is.
    """
    label = standing(say).drawn
    return file if label is None or not job else stamps.laid(file, label, faces, job)


def example(say: Words, output: Path, facts: Facts) -> str | None:
    """What the label looks like on a result, as a data URL; None where its file is gone."""
    try:
        return stamps.example(output, facts, standing(say).language)
    except OSError:
        return None
