"""Of several photos of a person the unet engine takes the mean of who that is, without those of somebody else."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from fusion.engines.unet.networks import identity


def person(seed: int, spread: float, count: int) -> torch.Tensor:
    """(count, 512): a person's embeddings, each off by so much."""
    dice = torch.Generator().manual_seed(seed)
    middle = F.normalize(torch.randn(1, 512, generator=dice), dim=1)
    return F.normalize(middle + spread * F.normalize(torch.randn(count, 512, generator=dice), dim=1), dim=1)


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_photos_of_one_person_are_all_taken(count: int) -> None:
    assert identity.alike(person(1, 0.8, count)) == tuple(range(count))


@pytest.mark.parametrize("at", [0, 2, 4])
def test_somebody_else_is_left_out_wherever_that_photo_stands(at: int) -> None:
    several = person(1, 0.8, 5)
    several[at] = person(2, 0.0, 1)[0]
    assert identity.alike(several) == tuple(place for place in range(5) if place != at)


def test_two_others_are_left_out_of_five() -> None:
    several = person(1, 0.8, 5)
    several[1], several[3] = person(2, 0.0, 1)[0], person(3, 0.0, 1)[0]
    assert identity.alike(several) == (0, 2, 4)


def test_of_two_people_the_first_is_taken() -> None:
    assert identity.alike(torch.cat([person(1, 0.0, 1), person(2, 0.0, 1)])) == (0,)


def test_the_mean_is_nearer_to_a_person_than_a_photo_is() -> None:
    several = person(1, 0.8, 8)
    middle = person(1, 0.0, 1)
    mean = identity.mean(several)
    assert float(mean.norm()) == pytest.approx(1, abs=1e-5)
    assert float((mean * middle).sum()) > float((several * middle).sum(1).max()) + 0.1
    assert torch.equal(identity.mean(several[:1]), several[:1])
