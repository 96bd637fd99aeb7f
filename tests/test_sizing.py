"""The size that is asked for is the size that comes out, and nothing is stretched."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion import sizing
from fusion.spec import MAX_SIDE, Box, Fit, Settings, Size, Tier

sides = st.integers(64, 6000)
photos = st.builds(Size, sides, sides)
outputs = st.builds(Size, st.integers(64, MAX_SIDE), st.integers(64, MAX_SIDE))


@given(photos, outputs, st.sampled_from([Fit.PAD, Fit.CROP]))
def test_pad_and_crop_give_exactly_the_asked_size(photo: Size, output: Size, fit: Fit) -> None:
    assert sizing.plan(photo, Settings(output=output, fit=fit)).size == output


@given(photos, outputs, st.sampled_from(list(Fit)))
def test_nothing_is_stretched_by_more_than_the_rounding_of_a_side(photo: Size, output: Size, fit: Fit) -> None:
    plan = sizing.plan(photo, Settings(output=output, fit=fit))
    across, down = plan.content.width / plan.crop.width, plan.content.height / plan.crop.height
    rounding = 0.51 / plan.crop.width * across + 0.51 / plan.crop.height * down
    slack = (1.01 / plan.content.width + 1.01 / plan.content.height) * max(across, down) + rounding
    slack += (0.51 / plan.crop.width + 0.51 / plan.crop.height) * max(across, down)
    assert abs(across - down) <= slack


@given(photos, st.sampled_from([Tier.T512, Tier.T1024, Tier.T2048, Tier.T4096]))
def test_a_tier_is_the_pixel_budget_of_its_square(photo: Size, tier: Tier) -> None:
    size = sizing.plan(photo, Settings(output=tier)).size
    assert max(size.width, size.height) <= MAX_SIDE
    if max(size.width, size.height) < MAX_SIDE:
        assert math.isclose(size.pixels, int(tier) ** 2, rel_tol=0.02)


@given(photos, outputs, st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 0.9))
def test_a_crop_never_cuts_the_face(photo: Size, output: Size, x: float, y: float, share: float) -> None:
    side = share * min(photo.width, photo.height)
    left, top = x * (photo.width - side), y * (photo.height - side)
    plan = sizing.plan(photo, Settings(output=output, fit=Fit.CROP), Box(left, top, left + side, top + side))
    assert plan.crop.left <= left + 1
    assert plan.crop.top <= top + 1
    assert plan.crop.left + plan.crop.width >= left + side - 1
    assert plan.crop.top + plan.crop.height >= top + side - 1


@given(photos, outputs, st.sampled_from(list(Fit)), st.floats(0, 1), st.floats(0, 1))
def test_every_point_finds_its_way_back_to_the_photo(photo: Size, output: Size, fit: Fit, x: float, y: float) -> None:
    plan = sizing.plan(photo, Settings(output=output, fit=fit))
    there = plan.to_output(x * photo.width, y * photo.height)
    assert plan.to_photo(*there) == pytest.approx((x * photo.width, y * photo.height), abs=1e-6)


def test_original_is_the_photo_as_it_is() -> None:
    plan = sizing.plan(Size(1200, 800), Settings(output=Tier.ORIGINAL))
    assert plan.is_identity


def test_auto_keeps_a_usual_photo_and_reduces_a_huge_one() -> None:
    assert sizing.plan(Size(1200, 800), Settings()).size == Size(1200, 800)
    assert sizing.plan(Size(8000, 6000), Settings()).size.pixels == pytest.approx(2048 * 2048, rel=0.01)


def test_keep_fits_the_photo_into_a_custom_size() -> None:
    assert sizing.plan(Size(1200, 800), Settings(output=Size(600, 600))).size == Size(600, 400)


def test_padding_is_centred() -> None:
    plan = sizing.plan(Size(400, 200), Settings(output=Size(400, 400), fit=Fit.PAD))
    assert plan.content == sizing.Rect(0, 100, 400, 200)
