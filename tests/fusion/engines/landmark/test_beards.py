"""Whose lower face is shown where one of the two wears a beard: one person's, whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from fusion.engines.landmark import beards
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.regions import Parts, hull, parts_of
from fusion.ops import mask
from fusion.parsing import GlassesWorn
from fusion.types import FacialHair
from tests.fusion.engines.landmark.conftest import Studio

SIDE = 160
WHOLE = 0.4  # from which a place is the beard's: its soft border rounds corners off, which landmarks put where they do
LIGHT, DARK = 70.0, 20.0


@pytest.fixture(scope="module")
def parts(studio: Studio) -> Parts:
    """Of the astronaut's face, which fills the patch."""
    points = studio.face(studio.astronaut).landmarks
    low, high = points.min(0), points.max(0)
    return parts_of((points - low + 10) * (SIDE - 20) / float((high - low).max()), SIDE, SIDE, torch.device("cpu"))


def worn(parts: Parts, outlines: tuple[tuple[int, ...], ...], sure: float, hangs: bool = False) -> Covers:
    """A face with a beard within some outlines; one that hangs leaves no skin below the jaw."""
    nothing = torch.zeros(1, SIDE, SIDE)
    grown = [mask.polygon(hull(parts.shape[list(outline)]), SIDE, SIDE) for outline in outlines]
    beard = torch.from_numpy(np.max([np.zeros((SIDE, SIDE), np.float32), *grown], axis=0)).unsqueeze(0) * sure
    skin = (parts.oval if hangs else torch.ones_like(nothing)) * (1 - beard)
    return Covers(skin, nothing, nothing, beard, nothing, nothing, nothing, nothing, GlassesWorn.NONE, False, sure)


def face(covers: Covers, hairs: float) -> torch.Tensor:
    """(3, H, W) Lab: light skin, and hairs of a lightness."""
    return torch.cat([LIGHT + (hairs - LIGHT) * covers.beard, torch.zeros(2, SIDE, SIDE)])


FULL = (beards.MOUSTACHE, beards.CHIN, beards.RIGHT_JAW, beards.LEFT_JAW)


def test_a_beard_is_one_region_without_holes(parts: Parts) -> None:
    """Half of its hairs were found, as in a thin one: the chin, or the lip, is kept whole all the same."""
    sparse = worn(parts, FULL, 1.0).beard * (torch.rand(1, SIDE, SIDE, generator=torch.manual_seed(3)) > 0.5)
    zone = beards.zone(sparse, parts)
    for outline in FULL:
        inner = mask.polygon(hull(parts.shape[list(outline)]), SIDE, SIDE) > 0.9
        inner &= parts.lips[0].numpy() < 0.01
        assert float(zone[0].numpy()[inner].min()) > 0.5


def test_the_targets_beard_stays_whole_where_the_source_has_none(parts: Parts) -> None:
    bearded, smooth = worn(parts, FULL, 1.0), worn(parts, (), 0.0)
    beard = beards.settled(bearded, smooth, face(smooth, LIGHT), parts, FacialHair.AUTO)
    found = bearded.beard > 0.5
    assert float(beard.kept[found & (parts.lips < 0.01)].min()) > WHOLE
    assert not beard.brought.any()


def test_a_short_beard_is_brought_and_a_full_one_is_not(parts: Parts) -> None:
    """A full one goes on where a fused face ends: a part of it would be there."""
    smooth = worn(parts, (), 0.0)
    short, full = worn(parts, FULL, 1.0), worn(parts, FULL, 1.0, hangs=True)
    brought = beards.settled(smooth, short, face(short, 45.0), parts, FacialHair.AUTO)
    assert torch.equal(brought.brought, short.beard)
    assert not brought.kept.any()
    left = beards.settled(smooth, full, face(full, DARK), parts, FacialHair.AUTO)
    assert not left.brought.any()
    assert float(left.kept[(full.beard > 0.5) & (parts.lips < 0.01)].min()) > WHOLE


@pytest.mark.parametrize("wish", [FacialHair.TARGET, FacialHair.SOURCE])
def test_a_wish_is_heeded_whoever_wears_one(parts: Parts, wish: FacialHair) -> None:
    smooth, full = worn(parts, (), 0.0), worn(parts, FULL, 1.0, hangs=True)
    beard = beards.settled(smooth, full, face(full, DARK), parts, wish)
    assert bool(beard.kept.any()) == (wish == FacialHair.TARGET)
    assert bool(beard.brought.any()) == (wish == FacialHair.SOURCE)


def test_where_both_wear_one_the_sources_is_shown(parts: Parts) -> None:
    full = worn(parts, FULL, 1.0, hangs=True)
    beard = beards.settled(replace(full), full, face(full, DARK), parts, FacialHair.AUTO)
    assert not beard.kept.any()
    assert torch.equal(beard.brought, full.beard)
