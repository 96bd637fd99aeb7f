"""An eye socket in another shadow is brightened, and one that is dark by make-up is not."""

from __future__ import annotations

import pytest
import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.regions import Parts
from fusion.engines.landmark.settling import settled

SKIN, WHITE, DARK = 70.0, 80.0, 25.0  # L*


def face(parts: Parts, lids: float, whites: float) -> torch.Tensor:
    """(3, gh, gw) Lab: grey skin, with lids and the whites of both eyes of such a lightness."""
    around = ((parts.sockets > 0.1) | (parts.eyes > 0.1))[0]
    lab = torch.full((3, *parts.eyes.shape[-2:]), 0.0)
    lab[0] = SKIN
    lab[0][around] = lids
    lab[0][parts.eyes[0] > 0.1] = whites
    return lab


@pytest.mark.parametrize(
    ("whites", "least", "most"),
    [(WHITE, WHITE - 3, WHITE + 3), (DARK, DARK + 15, WHITE)],
    ids=["make-up", "shadow"],
)
def test_an_eye_is_brightened_only_where_its_white_is_darker_than_the_targets(
    parts: Parts, whites: float, least: float, most: float
) -> None:
    target, made_up = face(parts, SKIN, WHITE), face(parts, DARK, whites)
    skin = parts.oval * (1 - parts.features) * (1 - parts.sockets)
    none = torch.zeros_like(skin)
    both = Aligned(made_up, target, skin, skin, skin, none, parts.oval, parts)
    lightness = settled(made_up, both)[0][parts.eyes[0] > 0.9]
    assert least < float(lightness.median()) < most


def test_at_its_border_a_forehead_has_the_targets_tone_more_closely_than_a_jaw(parts: Parts) -> None:
    target, darker = face(parts, SKIN, WHITE), face(parts, SKIN, WHITE)
    darker[0][parts.seed[0] < 0.5] -= 3
    skin, none = parts.oval * (1 - parts.features), torch.zeros_like(parts.oval)
    lit = settled(darker, Aligned(darker, target, parts.seed, skin, skin, none, parts.oval, parts))
    forehead, jaw = (abs(float(lit[0][place]) - SKIN) for place in _inside(parts, (10, 152)))
    assert forehead < 1.2
    assert jaw > 2.0


def _inside(parts: Parts, ids: tuple[int, ...]) -> list[tuple[int, int]]:
    """Rows and columns of the grid a little inside the outline."""
    places = [parts.shape[i] + 0.05 * (parts.shape[1] - parts.shape[i]) for i in ids]
    return [(int(y), int(x)) for x, y in places]
