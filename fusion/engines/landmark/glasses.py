"""Glasses are there or not there, never half: whose the fused face wears."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.engines.landmark.occluders import Covering
from fusion.notices import Notice

CARRY_FROM = 0.5  # ratio from which the fused face wears what the source wears


@dataclass(frozen=True, slots=True)
class Worn:
    """Whether the target's glasses are `kept` on top of the fused face, and the source's `carried` with it."""

    kept: bool
    carried: bool


def worn(on_target: Covering, on_source: Covering, ratio: float) -> Worn:
    """What the target wears stays, whole. Where it wears none, what the source wears comes along from `CARRY_FROM` on.

    Nobody sees the eyes behind dark lenses, so these are never carried.
    """
    carried = on_source.glasses and not on_source.dark and not on_target.glasses and ratio >= CARRY_FROM
    return Worn(on_target.glasses, carried)


def notices(on_target: Covering, on_source: Covering, worn: Worn) -> list[Notice]:
    """What the user should know."""
    told = []
    if on_source.glasses:
        told.append(Notice("glasses_carried" if worn.carried else "glasses_left"))
    if worn.kept:
        told.append(Notice("glasses_kept"))
    return told
