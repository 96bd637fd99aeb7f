"""Which of several photos of one person suits a target best, and why. Pure numpy.

Each photo is seen as it would be used: in the mirror where that is better (`fusion.sources.mirroring`). What it costs
to use it is the sum of four terms, each about 1 where a person would send the photo back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum

import numpy as np

from fusion.notices import Notice
from fusion.sources.appearance import Look
from fusion.sources.mirroring import MirroredFor, lacking, mirrored_for
from fusion.types import Switch

DEGREES = 30.0  # between the two heads; the figure that users of face fusion are told everywhere
LIGHT = 1.5  # of `Look.light`: little is left of it once the face has the target's light
OCTAVES = 3.0  # of detail that is missing
LACKING = 0.3  # of the face that the target shows
ENOUGH_PX = 320.0  # across a face: more than that is seen in large outputs alone
CLEARLY = 0.1  # of a term, by which a photo is better than the others are in the mean


class Merit(StrEnum):
    """What speaks for a photo, as `Terms` has it."""

    POSE = "pose"
    LIGHT = "light"
    DETAIL = "detail"
    FREEDOM = "freedom"


@dataclass(frozen=True, slots=True)
class Terms:
    """What it costs to use a photo, by the names of `Merit`; 0 is perfect."""

    pose: float
    light: float
    detail: float
    freedom: float

    @property
    def sum(self) -> float:
        return self.pose + self.light + self.detail + self.freedom


@dataclass(frozen=True, slots=True)
class Suit:
    """How one photo suits the target.

    Attributes:
        mirrored_for: why it is to be mirrored; None where it is not.
        degrees: between the two heads, once it is.
        light: how far the two are apart, of `Look.light`.
        detail_px: across the face.
        lacking: 0…1, of the face that the target shows, what this one does not.
    """

    mirrored_for: MirroredFor | None
    degrees: float
    light: float
    detail_px: float
    lacking: float

    @property
    def measures(self) -> dict[str, float]:
        """What is told of it, in rounded numbers."""
        return {
            "degrees": round(self.degrees, 1),
            "light": round(self.light, 2),
            "detail_px": round(self.detail_px),
            "lacking": round(self.lacking, 3),
        }

    def terms(self, best_px: float) -> Terms:
        """What it costs.

        Args:
            best_px: the most detail that any of the photos has.
        """
        octaves = np.log2(min(best_px, ENOUGH_PX) / min(self.detail_px, ENOUGH_PX))
        return Terms(self.degrees / DEGREES, self.light / LIGHT, float(octaves) / OCTAVES, self.lacking / LACKING)


@dataclass(frozen=True, slots=True)
class Choice:
    """The photo that suits best: its place among those that were given, and why, what tells most first.

    Attributes:
        merits: none where the photos suit about equally well.
    """

    index: int
    merits: tuple[Merit, ...]

    def notice(self, place: int, count: int) -> Notice:
        """That the photo at this place, from 0, is used of `count` that were given, and why."""
        why = self.merits[0] if self.merits else "alike"
        return Notice(f"source_best_{why}", {"number": place + 1, "count": count})


def suit(target: Look, source: Look, mirror: Switch) -> Suit:
    """How a photo suits a target."""
    why = mirrored_for(target, source, mirror)
    seen = source if why is None else source.mirrored()
    return Suit(
        mirrored_for=why,
        degrees=float(np.hypot(target.yaw - seen.yaw, target.pitch - seen.pitch)),
        light=abs(target.light - seen.light),
        detail_px=seen.detail_px,
        lacking=lacking(target, seen),
    )


def best(target: Look, sources: Sequence[Look | None], mirror: Switch) -> tuple[int, Choice] | None:
    """The place of the photo that suits a target best, and why; None where none was looked at.

    Args:
        sources: None for a photo that cannot be used; it keeps its place.
    """
    known = [(place, suit(target, look, mirror)) for place, look in enumerate(sources) if look is not None]
    if not known:
        return None
    choice = choose([each for _, each in known])
    return known[choice.index][0], choice


def choose(suits: Sequence[Suit]) -> Choice:
    """The photo that costs least; of equals the first."""
    best_px = max(each.detail_px for each in suits)
    terms = [each.terms(best_px) for each in suits]
    index = min(range(len(terms)), key=lambda at: terms[at].sum)
    others = [astuple(each) for at, each in enumerate(terms) if at != index]
    if not others:
        return Choice(index, ())
    saved = np.mean(others, axis=0) - np.array(astuple(terms[index]))
    order = np.argsort(-saved, kind="stable")
    return Choice(index, tuple(list(Merit)[at] for at in order if saved[at] >= CLEARLY))
