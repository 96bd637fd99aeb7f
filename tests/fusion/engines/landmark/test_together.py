"""Brows under a fringe and lips about a straw are no features: the target's stay, as a whole."""

from __future__ import annotations

import pytest
import torch

from fusion.engines.landmark import validity
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.regions import Parts, parts_of
from fusion.engines.landmark.validity import Source
from fusion.parsing import GlassesWorn
from tests.fusion.engines.landmark.conftest import Studio

SIDE = 160
HIDDEN, SHOWN = 0.25, 0.6  # the borders between them are soft


@pytest.fixture(scope="module")
def parts(studio: Studio) -> Parts:
    """Of the astronaut's face, which fills the patch."""
    points = studio.face(studio.astronaut).landmarks
    low, high = points.min(0), points.max(0)
    return parts_of((points - low + 10) * (SIDE - 20) / float((high - low).max()), SIDE, SIDE, torch.device("cpu"))


def covers_of(hair: torch.Tensor, cover: torch.Tensor) -> Covers:
    """Skin, and over it hair and a thing."""
    nothing, skin = torch.zeros(1, SIDE, SIDE), 1 - torch.maximum(hair, cover)
    return Covers(skin, hair, cover, nothing, nothing, nothing, nothing, nothing, GlassesWorn.NONE, False, 0.0)


def shown(parts: Parts, hair: torch.Tensor, cover: torch.Tensor, filled: torch.Tensor) -> torch.Tensor:
    """(1, gh, gw): where a source may be shown that has such things over it, and is valid beside them."""
    over, everywhere = covers_of(hair, cover), torch.ones(1, SIDE, SIDE)
    skin = over.skin
    face = torch.zeros(3, SIDE, SIDE)
    way = torch.zeros(2, SIDE, SIDE)
    return validity.together(Source(face, face, skin, skin, filled, way), everywhere, over, parts, False).valid


def least(valid: torch.Tensor, part: torch.Tensor) -> float:
    return float(valid[part > 0.9].min())


def most(valid: torch.Tensor, part: torch.Tensor) -> float:
    return float(valid[part > 0.9].max())


NOTHING = torch.zeros(1, SIDE, SIDE)


def halved(part: torch.Tensor, share: float) -> torch.Tensor:
    """Its rows from above, down to a share of it."""
    rows = torch.cumsum(part.sum(-1, keepdim=True), dim=1) / part.sum()
    return (part > 0.1) * (rows < share).float()


def test_a_face_without_anything_over_it_is_shown_whole(parts: Parts) -> None:
    valid = shown(parts, NOTHING, NOTHING, NOTHING)
    assert least(valid, parts.brows) == least(valid, parts.lips) == 1


def test_under_a_fringe_both_brows_stay_the_targets_and_the_eyes_do_not(parts: Parts) -> None:
    right = parts.brows * (torch.arange(SIDE) < SIDE / 2)
    valid = shown(parts, right, NOTHING, NOTHING)
    assert most(valid, parts.brows) < HIDDEN
    assert least(valid, parts.eyes) > SHOWN
    assert least(valid, parts.lips) == 1


def test_a_strand_over_a_brow_hides_neither(parts: Parts) -> None:
    assert least(shown(parts, halved(parts.brows, 0.08), NOTHING, NOTHING), parts.brows) > SHOWN


def test_with_a_straw_between_them_the_lips_stay_the_targets(parts: Parts) -> None:
    valid = shown(parts, NOTHING, halved(parts.lips, 0.4), NOTHING)
    assert most(valid, parts.lips * (1 - parts.eyes)) < HIDDEN
    assert least(valid, parts.brows) == 1


def test_what_the_other_half_has_filled_hides_nothing(parts: Parts) -> None:
    right = parts.brows * (torch.arange(SIDE) < SIDE / 2)
    assert least(shown(parts, right, NOTHING, (right > 0).float()), parts.brows) > SHOWN


def test_what_lies_about_a_straw_stays_out_further_than_about_hair(parts: Parts) -> None:
    """Red light from a straw lies on the skin beside it, and a strand of hair is no wider than it is seen."""
    middle = round(float(parts.shape[:, 0].mean()))
    strip = NOTHING.clone()
    strip[..., middle - 3 : middle + 1] = 1
    beside = middle + 1 + round(0.03 * parts.width_px)
    straw, hair = (
        validity.uncovered(covers_of(*things), parts, False)[0, SIDE // 2, beside]
        for things in ((NOTHING, strip), (strip, NOTHING))
    )
    assert straw < 0.6
    assert hair > 0.9
