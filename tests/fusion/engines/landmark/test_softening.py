"""A source in hard light: what its light does to a face, and the target's does not, is not shown."""

from __future__ import annotations

import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.regions import Parts
from fusion.engines.landmark.softening import softened
from fusion.engines.landmark.tones import hue_share
from fusion.ops import color, filters


def skin_of(parts: Parts) -> torch.Tensor:
    return parts.oval * (1 - parts.features)


def lit(parts: Parts, gain: torch.Tensor, hue: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> torch.Tensor:
    """(3, H, W) Lab: skin with fine lines, white eyes and dark irises, in a light of `gain` (1, H, W)."""
    skin = torch.tensor([0.32, 0.18, 0.12]).view(3, 1, 1) * torch.tensor(hue).view(3, 1, 1)
    white = torch.full_like(skin, 0.5)
    lines = 1 + 0.1 * torch.sin(torch.arange(320.0).view(1, 320, 1) * 2.0)
    return color.lab_from_linear(torch.lerp(skin * lines * gain, white * gain, parts.eyes))


def pair(parts: Parts, source: torch.Tensor, target: torch.Tensor) -> Aligned:
    skin = skin_of(parts)
    return Aligned(source, target, skin, skin, skin, 0 * skin, parts.oval, parts)


def halves(parts: Parts) -> list[torch.Tensor]:
    """Skin on either side of the nose, away from the edge between them."""
    middle = float(parts.shape[1, 0])
    x = torch.arange(264.0).view(1, 1, 264)
    return [skin_of(parts) * side for side in ((x < middle - 15).float(), (x > middle + 15).float())]


def one_sidedness(lab: torch.Tensor, parts: Parts) -> float:
    """By how much one half of the face is lighter, L."""
    left, right = (float(filters.weighted_mean(lab[:1], half)) for half in halves(parts))
    return abs(left - right)


def from_one_side(parts: Parts) -> torch.Tensor:
    """(1, H, W): a lamp beside the face, whose shadow ends with an edge along the nose."""
    x = torch.arange(264.0).expand(1, 320, 264)
    return torch.where(x < float(parts.shape[1, 0]), 1.3, 0.3)


def test_a_source_lit_hard_from_one_side_is_lit_as_evenly_as_the_target(parts: Parts) -> None:
    source, target = lit(parts, from_one_side(parts)), lit(parts, torch.ones(1, 320, 264))
    soft, both = softened(source, pair(parts, source, target))
    assert one_sidedness(source, parts) > 25
    assert one_sidedness(soft, parts) < 0.4 * one_sidedness(source, parts), "what is left is coarser than shade"
    assert torch.allclose(soft, both.source, atol=1e-3), "on the grid and in full it is the same"


def test_the_edge_of_the_shadow_goes_with_it_and_lines_stay(parts: Parts) -> None:
    source, target = lit(parts, from_one_side(parts)), lit(parts, torch.ones(1, 320, 264))
    soft, _ = softened(source, pair(parts, source, target))
    x = int(parts.shape[1, 0])
    forehead = slice(int(parts.shape[10, 1]) + 12, int(parts.shape[9, 1]) - 12)
    steps = [(lab[0, forehead, x + 3] - lab[0, forehead, x - 4]).abs().mean() for lab in (source, soft)]
    assert steps[1] < 0.35 * steps[0]
    cheek = slice(int(parts.shape[1, 1]) - 8, int(parts.shape[1, 1]) + 8)
    lines = [float(lab[0, cheek, x - 40].std() / lab[0, cheek, x - 40].mean()) for lab in (source, soft)]
    assert lines[1] > 0.7 * lines[0]


def test_the_hue_of_a_shadow_goes_with_it(parts: Parts) -> None:
    blue = from_one_side(parts) ** torch.tensor([1.2, 1.0, 0.7]).view(3, 1, 1)
    source, target = lit(parts, blue), lit(parts, torch.ones(1, 320, 264))
    soft, _ = softened(source, pair(parts, source, target))
    yellow = [[filters.weighted_mean(lab[2:], half).item() for half in halves(parts)] for lab in (source, soft)]
    assert abs(yellow[1][0] - yellow[1][1]) < 0.4 * abs(yellow[0][0] - yellow[0][1])


def test_light_as_soft_as_the_targets_is_left_alone(parts: Parts) -> None:
    source, target = lit(parts, torch.ones(1, 320, 264)), lit(parts, from_one_side(parts))
    soft, both = softened(source, pair(parts, source, target))
    assert torch.equal(soft, source)
    assert torch.equal(both.source, source)


def test_eyes_go_along_with_the_hue_of_light_and_not_with_that_of_skin(parts: Parts) -> None:
    even = torch.ones(1, 320, 264)
    plain, ruddy = lit(parts, even), lit(parts, even, (1.3, 0.9, 0.7))
    candle = color.linear_from_lab(plain) * torch.tensor([1.3, 0.9, 0.6]).view(3, 1, 1)
    share = [
        float(hue_share(color.linear_from_lab(plain), other, pair(parts, plain, plain)))
        for other in (color.linear_from_lab(ruddy), candle)
    ]
    assert share[0] < 0.1
    assert share[1] > 0.9
