"""Lids, hairs and lips keep their place between grey and skin, whatever skin they have come to lie on."""

from __future__ import annotations

import math

import pytest
import torch

from fusion.engines.landmark import pigments
from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.regions import Parts

Lab = tuple[float, float, float]

BROWN, FAIR = (35.0, 18.0, 22.0), (75.0, 15.0, 14.0)
BLACK_HAIR, BLUE_HAIR = (10.0, 0.0, 0.0), (32.0, 6.0, -8.0)
FRAME = (30.0, 20.0, -50.0)
LIPS, PALE_LIPS = (28.0, 24.0, 14.0), (72.0, 10.0, -6.0)
DARK_LIPS = (46.0, 19.0, 13.0)
FAIR_LIPS, MAGENTA, RED = (64.0, 21.0, 14.0), (50.0, 70.0, -20.0), (40.0, 65.0, 45.0)
BARE_ON_BROWN, DARK_RED = (30.0, 20.0, 18.0), (25.0, 48.0, 30.0)


def face(parts: Parts, skin: Lab, brows: Lab, lips: Lab) -> torch.Tensor:
    """(3, gh, gw) Lab: skin with brows and a mouth, all of one colour each."""
    lab = torch.tensor(skin).view(3, 1, 1).expand(3, *parts.oval.shape[-2:]).clone()
    lab[:, parts.brows[0] > 0.1] = torch.tensor(brows)[:, None]
    lab[:, parts.lips[0] > 0.1] = torch.tensor(lips)[:, None]
    return lab


def made(parts: Parts, target: torch.Tensor, source: torch.Tensor, lit: torch.Tensor) -> torch.Tensor:
    skin, none = parts.oval * (1 - parts.features), torch.zeros_like(parts.oval)
    return pigments.kept(lit, source, Aligned(source, target, skin, skin, skin, none, parts.oval, parts))


def of(lab: torch.Tensor, where: torch.Tensor) -> list[float]:
    """The Lab in the middle of a part."""
    return lab[:, where[0] > 0.95].median(1).values.tolist()


@pytest.fixture
def brown(parts: Parts) -> torch.Tensor:
    return face(parts, BROWN, BLACK_HAIR, LIPS)


@pytest.fixture
def fair(parts: Parts) -> torch.Tensor:
    return face(parts, FAIR, BLACK_HAIR, FAIR_LIPS)


@pytest.fixture
def lit(parts: Parts) -> torch.Tensor:
    """What a change of light alone made of the source: blue brows and pale lips."""
    return face(parts, FAIR, BLUE_HAIR, PALE_LIPS)


def test_black_brows_that_a_fair_skins_light_made_blue_are_warm(
    parts: Parts, brown: torch.Tensor, fair: torch.Tensor, lit: torch.Tensor
) -> None:
    lightness, _, yellow = of(made(parts, fair, brown, lit), parts.brows)
    assert yellow > 0
    assert abs(lightness - BLUE_HAIR[0]) < 4


def test_skin_and_eyes_are_left(parts: Parts, brown: torch.Tensor, fair: torch.Tensor, lit: torch.Tensor) -> None:
    result = made(parts, fair, brown, lit)
    for where in (parts.seed, parts.eyes):
        assert of(result, where) == pytest.approx(of(lit, where), abs=0.5)


def test_what_is_blue_in_the_source_too_stays_blue(parts: Parts, fair: torch.Tensor) -> None:
    source, lit = face(parts, BROWN, FRAME, LIPS), face(parts, FAIR, FRAME, LIPS)
    assert of(made(parts, fair, source, lit), parts.brows)[2] < -45


def test_pale_lips_are_darker_and_redder_than_their_skin(
    parts: Parts, brown: torch.Tensor, fair: torch.Tensor, lit: torch.Tensor
) -> None:
    lightness, red, yellow = of(made(parts, fair, brown, lit), parts.lips - parts.mouth)
    assert lightness < FAIR[0] - 8
    assert red > FAIR[1] + 5
    assert yellow > 0


def test_lips_are_in_between_those_of_both(parts: Parts, brown: torch.Tensor, lit: torch.Tensor) -> None:
    lips = [
        of(made(parts, face(parts, FAIR, BLACK_HAIR, own), brown, lit), parts.lips - parts.mouth)
        for own in (FAIR_LIPS, DARK_LIPS)
    ]
    assert lips[1][0] < lips[0][0] - 5
    assert lips[1][0] > DARK_LIPS[0] + 3


def test_of_the_targets_paint_no_more_comes_to_the_lips_than_bare_ones_have(
    parts: Parts, brown: torch.Tensor, lit: torch.Tensor
) -> None:
    target = face(parts, FAIR, BLACK_HAIR, MAGENTA)
    _, red, yellow = of(made(parts, target, brown, lit), parts.lips - parts.mouth)
    assert math.hypot(red, yellow) < 45


def test_the_targets_paint_makes_bare_lips_no_darker(parts: Parts, lit: torch.Tensor) -> None:
    source = face(parts, BROWN, BLACK_HAIR, BARE_ON_BROWN)
    bare, painted = (
        of(made(parts, face(parts, FAIR, BLACK_HAIR, own), source, lit), parts.lips - parts.mouth)[0]
        for own in (FAIR_LIPS, DARK_RED)
    )
    assert painted > bare - 3


def test_paint_that_both_wear_is_the_sources(parts: Parts) -> None:
    target = face(parts, FAIR, BLACK_HAIR, MAGENTA)
    source, lit = face(parts, BROWN, BLACK_HAIR, RED), face(parts, FAIR, BLUE_HAIR, RED)
    assert of(made(parts, target, source, lit), parts.lips - parts.mouth)[1] > 50


@pytest.mark.parametrize("skin", [BROWN, FAIR])
def test_paint_that_the_target_does_not_wear_leaves_the_sources_lips(
    parts: Parts, fair: torch.Tensor, skin: Lab
) -> None:
    source, lit = face(parts, skin, BLACK_HAIR, RED), face(parts, FAIR, BLACK_HAIR, RED)
    result = of(made(parts, fair, source, lit), parts.lips - parts.mouth)
    assert result == pytest.approx(FAIR_LIPS, abs=6)


def test_paint_beyond_the_line_of_the_lips_goes_with_it(parts: Parts, fair: torch.Tensor) -> None:
    source, lit = face(parts, BROWN, BLACK_HAIR, LIPS), face(parts, FAIR, BLACK_HAIR, FAIR_LIPS)
    painted = torch.nn.functional.max_pool2d((parts.lips > 0.1).float(), 3, 1, 1) > 0
    beyond = painted & (parts.lips <= 0.1)
    for lab in (source, lit):
        lab[:, painted[0]] = torch.tensor(RED)[:, None]
    assert float(made(parts, fair, source, lit)[1][beyond[0]].median()) < RED[1] - 25


def test_skins_that_are_alike_need_none_of_it(parts: Parts, fair: torch.Tensor, lit: torch.Tensor) -> None:
    assert torch.equal(made(parts, fair, fair, lit), lit)


def test_on_a_colourless_target_nothing_gets_a_hue(parts: Parts, brown: torch.Tensor) -> None:
    grey = [(value[0], 0.0, 0.0) for value in (FAIR, BLACK_HAIR, FAIR_LIPS)]
    target = face(parts, *grey)
    result = made(parts, target, brown, target)
    assert of(result, parts.brows)[1:] == pytest.approx([0, 0], abs=1)
