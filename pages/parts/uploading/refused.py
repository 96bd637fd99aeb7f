"""What a box has not taken, as its browser tells: kept until the next file comes, and said below the box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import streamlit as st

from fusion.units import MIB
from pages.parts.i18n import Words, job_text
from pages.parts.uploading.kinds import PHOTOS

_TOLD = 3  # of many files by name
_MOST = 1000
_STATE = "refused"


class Why(StrEnum):
    """Why a file was not taken."""

    HEAVY = "heavy"
    KIND = "kind"
    FULL = "full"  # the server holds as much as it may
    LOST = "lost"  # it did not arrive
    MANY = "many"  # one is all that goes there
    NOWHERE = "nowhere"  # it was meant for no box, and no place is empty


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken.

    Attributes:
        name: as it may be shown.
        bytes: as many as it has.
    """

    name: str
    bytes: int
    why: Why


@dataclass(slots=True)
class Told:
    """What the browser has said of a box.

    Attributes:
        turn: how often it has said something.
        comes_more: whether files that are taken follow, of the same go: then what is said here stays with them.
        ids: of the files that lay in the box when it was drawn last.
    """

    files: tuple[Refused, ...] = ()
    turn: int = 0
    comes_more: bool = False
    ids: tuple[str, ...] = ()


def of(key: str) -> Told:
    """Of a box."""
    kept: Told = st.session_state.setdefault(f"{_STATE}_{key}", Told())
    return kept


def hear(component: str, key: str) -> None:
    """Keep what the browser says of a box; a callback.

    Args:
        component: the key under which it says so.
        key: of the box.
    """
    said, told = getattr(st.session_state[component], "refused", None), of(key)
    told.files, told.turn = read(said), told.turn + 1
    told.comes_more = isinstance(said, Mapping) and bool(said.get("comes_more"))


def follow(key: str, ids: Sequence[str]) -> None:
    """Let go of what was said of other files, where these are new in the box."""
    told = of(key)
    if set(ids) - set(told.ids):
        told.files, told.comes_more = (told.files if told.comes_more else ()), False
    told.ids = tuple(ids)


def move(key: str, to: str) -> None:
    """What was said stays below another box, since the place of the first is taken now."""
    of(to).files = of(key).files


def read(said: Any) -> tuple[Refused, ...]:
    """What a browser has said, as far as it makes sense: anybody may send anything."""
    files = said.get("files") if isinstance(said, Mapping) else None
    if not isinstance(files, list):
        return ()
    return tuple(found for each in files[:_MOST] if (found := _one(each)) is not None)


def draw(say: Words, key: str, types: Sequence[str], limit: float) -> None:
    """Say it below the box; nothing where all was taken.

    Args:
        types: of the files that are taken.
        limit: MiB that a file may have.
    """
    found = of(key).files
    if not found:
        return
    lines = [_sentence(say, each, types, limit) for each in found[:_TOLD]]
    if len(found) > _TOLD:
        lines.append(say("upload.refused.others", count=len(found) - _TOLD))
    st.error("  \n".join(lines), icon=":material/error:")


def has_told(key: str) -> bool:
    """Whether its browser has ever said something of a box: then nothing older is true any more."""
    return of(key).turn > 0


def _one(said: Any) -> Refused | None:
    try:
        return Refused(job_text.short(str(said["name"])), int(said["bytes"]), Why(said["why"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _sentence(say: Words, each: Refused, types: Sequence[str], limit: float) -> str:
    name = job_text.plain(each.name)
    what = say(f"upload.refused.{each.why}", name=name, size=each.bytes / MIB, limit=limit)
    return say.together(f"**{what}**", say(f"upload.refused.{each.why}.remedy", taken=_taken(say, types)))


def _taken(say: Words, types: Sequence[str]) -> str:
    """Names of the formats that a box takes."""
    others = [kind.upper() for kind in types if kind not in PHOTOS]
    photos = [say("upload.formats")] if set(types) & set(PHOTOS) else []
    return ", ".join([*others, *photos])
