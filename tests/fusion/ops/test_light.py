"""Light given to a face at one size, and had at another."""

from __future__ import annotations

import torch

from fusion.ops import color, filters, light


def face() -> torch.Tensor:
    """(3, 120, 100) Lab: skin with fine grain."""
    torch.manual_seed(1)
    lab = torch.tensor([55.0, 18.0, 20.0]).view(3, 1, 1).expand(3, 120, 100).clone()
    lab[:1] += 3 * torch.randn(1, 120, 100)
    return lab


def test_what_is_lit_small_is_lit_in_full_with_its_detail() -> None:
    full = face()
    small = filters.reduce(full, 2)
    half = torch.log(torch.full_like(small[:1], 0.5))
    lit = light.refined(full, small, color.brightened(small, half))
    wanted = color.brightened(full, filters.enlarge(half, 120, 100))
    assert float((lit - wanted).abs().max()) < 0.02


def test_what_is_lit_in_full_stays_as_it_is() -> None:
    full = face()
    assert light.refined(full, full, full + 5) is not full
    assert torch.equal(light.refined(full, full, full + 5), full + 5)


def test_hue_is_given_only_where_it_is_asked_for() -> None:
    low = torch.tensor([55.0, 18.0, 20.0]).view(3, 1, 1).expand(3, 30, 25)
    wanted = torch.tensor([55.0, 8.0, 2.0]).view(3, 1, 1).expand(3, 30, 25)
    tinted = torch.zeros(1, 30, 25)
    tinted[:, 15:] = 1
    lit = light.relight(face(), low, wanted, tinted)
    assert torch.allclose(lit[1:, :50], face()[1:, :50], atol=1e-4)
    assert float((lit[2, 70:] - 2).abs().median()) < 2


def test_light_is_given_to_a_part_as_to_the_whole() -> None:
    low = torch.tensor([55.0, 18.0, 20.0]).view(3, 1, 1).expand(3, 30, 25)
    wanted = low + torch.linspace(-10, 10, 25)
    place = slice(20, 70), slice(30, 90)
    assert torch.equal(light.relight(face(), low, wanted, place=place), light.relight(face(), low, wanted)[:, *place])
