"""Glasses are there or not there, never half: whose the fused face wears."""

from __future__ import annotations

from dataclasses import dataclass

from fusion.engines.landmark.covers import Covers
from fusion.errors import FusionError, Reason
from fusion.notices import Notice
from fusion.parsing import GlassesWorn
from fusion.types import Glasses

CARRY_FROM = 0.5  # ratio from which `auto` lets the fused face wear what the source wears


@dataclass(frozen=True, slots=True)
class Worn:
    """Whether the target's glasses are `kept` on top of the fused face, and the source's `carried` with it."""

    kept: bool
    carried: bool


def worn(on_target: Covers, on_source: Covers, wish: Glasses, ratio: float) -> Worn:
    """What the fused face wears.

    What the target wears stays: arms that run into the hair cannot be taken off, and a face with arms alone is none.
    Where the target wears none, what the source wears comes along if its front is seen whole. Nobody sees the eyes
    behind dark lenses, so these are never carried.

    Raises:
        FusionError: the wish would leave half a pair (`glasses_stay`, `glasses_cut`).
    """
    kept = on_target.glasses != GlassesWorn.NONE
    if kept and wish in (Glasses.SOURCE, Glasses.NONE):
        raise FusionError(Reason.GLASSES_STAY)
    wears = on_source.glasses != GlassesWorn.NONE
    whole = on_source.glasses == GlassesWorn.CLEAR and on_source.frame_whole
    if wears and not whole and wish == Glasses.SOURCE:
        raise FusionError(Reason.GLASSES_CUT)
    carried = whole and not kept and (wish == Glasses.SOURCE or (wish == Glasses.AUTO and ratio >= CARRY_FROM))
    return Worn(kept, carried)


def notices(on_source: Covers, worn: Worn) -> list[Notice]:
    """What the user should know."""
    told = []
    if on_source.glasses != GlassesWorn.NONE:
        told.append(Notice("glasses_carried" if worn.carried else "glasses_left"))
    if worn.kept:
        told.append(Notice("glasses_kept"))
    return told
