"""The size that is asked for is the size that comes out, and nothing is stretched."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.ops import warp
from fusion.settings import MAX_SIDE, Settings
from fusion.sizing import Rect, layout
from fusion.types import Aspect, Box, Fit, Size, Tier

sides = st.integers(64, 6000)
photos = st.builds(Size, sides, sides)
outputs = st.builds(Size, st.integers(64, MAX_SIDE), st.integers(64, MAX_SIDE))
shares = st.floats(0, 1)
RATIOS = [aspect for aspect in Aspect if aspect not in (Aspect.AUTO, Aspect.ORIGINAL)]


@st.composite
def faces(draw: st.DrawFn, photo: Size) -> Box:
    """A square anywhere in the photo."""
    side = draw(st.floats(0.05, 0.9)) * min(photo.width, photo.height)
    left, top = draw(shares) * (photo.width - side), draw(shares) * (photo.height - side)
    return Box(left, top, left + side, top + side)


def shape_of(settings: Settings, photo: Size) -> float:
    """Width over height of the size that these settings name, worked out apart from the code."""
    if isinstance(settings.output, Size):
        return settings.output.width / settings.output.height
    own = photo.width / photo.height
    if settings.aspect == Aspect.AUTO:
        return own if settings.fit == Fit.KEEP or settings.output in (Tier.AUTO, Tier.ORIGINAL) else 1.0
    if settings.aspect == Aspect.ORIGINAL:
        return own
    width, height = settings.aspect.split(":")
    return int(width) / int(height)


def pixels_of(settings: Settings, photo: Size) -> int:
    """The pixels that these settings name."""
    if isinstance(settings.output, Size):
        return settings.output.pixels
    if settings.output == Tier.ORIGINAL:
        return photo.pixels
    return min(photo.pixels, 2048 * 2048) if settings.output == Tier.AUTO else int(settings.output) ** 2


@settings(max_examples=600, deadline=None)
@given(
    st.data(), photos, st.sampled_from(list(Tier)) | outputs, st.sampled_from(list(Aspect)), st.sampled_from(list(Fit))
)
def test_the_size_asked_for_is_the_size_that_comes_out(
    data: st.DataObject, target: Size, output: Tier | Size, aspect: Aspect, fit: Fit
) -> None:
    asked = Settings(output=output, aspect=aspect, fit=fit)
    size = layout.plan(target, asked, data.draw(st.none() | faces(target))).size
    pixels, shape = pixels_of(asked, target), shape_of(asked, target)
    width = min(math.sqrt(pixels * shape), MAX_SIDE, MAX_SIDE * shape)
    height = width / shape
    if fit == Fit.KEEP:  # the photo's own shape, inside that size
        scale = min(width / target.width, height / target.height)
        width, height = target.width * scale, target.height * scale
    assert abs(size.width - width) <= 1
    assert abs(size.height - height) <= 1


@settings(max_examples=500, deadline=None)
@given(st.data(), st.builds(Size, st.integers(8, 200), st.integers(8, 200)), st.sampled_from(list(Aspect)))
def test_what_is_laid_out_has_the_planned_size(data: st.DataObject, target: Size, aspect: Aspect) -> None:
    small = st.builds(Size, st.integers(64, 200), st.integers(64, 200)) | st.sampled_from([Tier.AUTO, Tier.ORIGINAL])
    asked = Settings(output=data.draw(small), aspect=aspect, fit=data.draw(st.sampled_from(list(Fit))))
    plan = layout.plan(target, asked, data.draw(st.none() | faces(target)))
    frame = warp.lay_out(torch.zeros(target.height, target.width, 3, dtype=torch.uint8), plan)
    assert frame.shape == (plan.size.height, plan.size.width, 3)


@given(photos, st.sampled_from(list(Tier)), st.sampled_from(RATIOS))
def test_a_named_shape_has_the_pixels_of_its_tier(target: Size, tier: Tier, aspect: Aspect) -> None:
    size = layout.plan(target, Settings(output=tier, aspect=aspect, fit=Fit.PAD)).size
    width, height = map(int, aspect.split(":"))
    assert size.width / size.height == pytest.approx(width / height, abs=1.01 * (1 + width / height) / size.height)
    if max(size.width, size.height) < MAX_SIDE:
        budget = pixels_of(Settings(output=tier), target)
        assert abs(size.pixels - budget) <= size.width + size.height


@given(photos, st.sampled_from(RATIOS), st.sampled_from(list(Tier)))
def test_keep_leaves_the_photo_its_shape_inside_a_named_one(target: Size, aspect: Aspect, tier: Tier) -> None:
    inside = layout.plan(target, Settings(output=tier, aspect=aspect, fit=Fit.KEEP))
    around = layout.plan(target, Settings(output=tier, aspect=aspect, fit=Fit.PAD)).size
    assert inside.size.width <= around.width
    assert inside.size.height <= around.height
    assert inside.size.width == around.width or inside.size.height == around.height
    assert inside.content == Rect(0, 0, inside.size.width, inside.size.height)


@pytest.mark.parametrize("fit", list(Fit))
def test_original_never_crops_and_never_pads(fit: Fit) -> None:
    plan = layout.plan(Size(1201, 799), Settings(output=Tier.T2048, aspect=Aspect.ORIGINAL, fit=fit))
    assert plan.crop == Rect(0, 0, 1201, 799)
    assert plan.content == Rect(0, 0, plan.size.width, plan.size.height)


def test_a_size_of_ones_own_ignores_the_named_shape() -> None:
    with_shape = Settings(output=Size(600, 400), aspect=Aspect.NINE_TO_SIXTEEN, fit=Fit.PAD)
    assert layout.plan(Size(300, 300), with_shape).size == Size(600, 400)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        (Aspect.AUTO, Size(1024, 1024)),
        (Aspect.SQUARE, Size(1024, 1024)),
        (Aspect.ORIGINAL, Size(1254, 836)),
        (Aspect.THREE_TO_FOUR, Size(887, 1182)),
        (Aspect.NINE_TO_SIXTEEN, Size(768, 1365)),
        (Aspect.SIXTEEN_TO_NINE, Size(1365, 768)),
    ],
)
def test_the_shapes_at_the_1024_tier(aspect: Aspect, size: Size) -> None:
    assert layout.plan(Size(1200, 800), Settings(output=Tier.T1024, aspect=aspect, fit=Fit.CROP)).size == size


@pytest.mark.parametrize("target", [Size(720, 1280), Size(1080, 1920), Size(2160, 3840), Size(405, 720)])
@pytest.mark.parametrize("aspect", [Aspect.AUTO, Aspect.ORIGINAL, Aspect.NINE_TO_SIXTEEN])
def test_a_9_16_target_keeps_its_shape_within_one_percent(target: Size, aspect: Aspect) -> None:
    size = layout.plan(target, Settings(output=Tier.T1024, aspect=aspect)).size
    assert size.width / size.height == pytest.approx(9 / 16, rel=0.01)
    assert size.pixels == pytest.approx(1024 * 1024, rel=0.01)


@given(photos, outputs, st.sampled_from([Fit.PAD, Fit.CROP]))
def test_pad_and_crop_give_exactly_the_asked_size(photo: Size, output: Size, fit: Fit) -> None:
    assert layout.plan(photo, Settings(output=output, fit=fit)).size == output


@given(photos, outputs, st.sampled_from(list(Fit)))
def test_nothing_is_stretched_by_more_than_the_rounding_of_a_side(photo: Size, output: Size, fit: Fit) -> None:
    plan = layout.plan(photo, Settings(output=output, fit=fit))
    across, down = plan.content.width / plan.crop.width, plan.content.height / plan.crop.height
    rounding = 0.51 / plan.crop.width * across + 0.51 / plan.crop.height * down
    slack = (1.01 / plan.content.width + 1.01 / plan.content.height) * max(across, down) + rounding
    slack += (0.51 / plan.crop.width + 0.51 / plan.crop.height) * max(across, down)
    assert abs(across - down) <= slack


@given(photos, st.sampled_from([Tier.T512, Tier.T1024, Tier.T2048, Tier.T4096]))
def test_a_tier_is_the_pixel_budget_of_its_square(photo: Size, tier: Tier) -> None:
    size = layout.plan(photo, Settings(output=tier)).size
    assert max(size.width, size.height) <= MAX_SIDE
    if max(size.width, size.height) < MAX_SIDE:
        assert math.isclose(size.pixels, int(tier) ** 2, rel_tol=0.02)


@given(photos, outputs, st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 0.9))
def test_a_crop_never_cuts_the_face(photo: Size, output: Size, x: float, y: float, share: float) -> None:
    side = share * min(photo.width, photo.height)
    left, top = x * (photo.width - side), y * (photo.height - side)
    plan = layout.plan(photo, Settings(output=output, fit=Fit.CROP), Box(left, top, left + side, top + side))
    assert plan.crop.left <= left + 1
    assert plan.crop.top <= top + 1
    assert plan.crop.left + plan.crop.width >= left + side - 1
    assert plan.crop.top + plan.crop.height >= top + side - 1


@given(photos, outputs, st.sampled_from(list(Fit)), st.floats(0, 1), st.floats(0, 1))
def test_every_point_finds_its_way_back_to_the_photo(photo: Size, output: Size, fit: Fit, x: float, y: float) -> None:
    plan = layout.plan(photo, Settings(output=output, fit=fit))
    there = plan.to_output(x * photo.width, y * photo.height)
    crop, content = plan.crop, plan.content
    back = (
        (there[0] - content.left) * crop.width / content.width + crop.left,
        (there[1] - content.top) * crop.height / content.height + crop.top,
    )
    assert back == pytest.approx((x * photo.width, y * photo.height), abs=1e-6)


def test_original_is_the_photo_as_it_is() -> None:
    photo = Size(1200, 800)
    plan = layout.plan(photo, Settings(output=Tier.ORIGINAL))
    assert (plan.size, plan.crop, plan.content) == (photo, Rect(0, 0, 1200, 800), Rect(0, 0, 1200, 800))


def test_auto_keeps_a_usual_photo_and_reduces_a_huge_one() -> None:
    assert layout.plan(Size(1200, 800), Settings()).size == Size(1200, 800)
    assert layout.plan(Size(8000, 6000), Settings()).size.pixels == pytest.approx(2048 * 2048, rel=0.01)


def test_keep_fits_the_photo_into_a_custom_size() -> None:
    assert layout.plan(Size(1200, 800), Settings(output=Size(600, 600))).size == Size(600, 400)


def test_padding_is_centred() -> None:
    plan = layout.plan(Size(400, 200), Settings(output=Size(400, 400), fit=Fit.PAD))
    assert plan.content == layout.Rect(0, 100, 400, 200)


@pytest.mark.parametrize(
    ("photo", "output", "whole"),
    [
        (Size(300, 20_000), Tier.ORIGINAL, Size(300, 20_000)),
        (Size(300, 20_000), Tier.AUTO, Size(251, 16_722)),
        (Size(20_000, 300), Tier.T2048, Size(16_722, 251)),
        (Size(300, 20_000), Tier.T512, None),
        (Size(300, 8192), Tier.ORIGINAL, None),
        (Size(6000, 4000), Tier.AUTO, None),
        (Size(300, 20_000), Size(64, 8192), None),
    ],
)
def test_what_is_smaller_for_the_longest_side_is_known(photo: Size, output: Tier | Size, whole: Size | None) -> None:
    settings = Settings(output=output)
    assert layout.beyond_the_limit(photo, settings) == whole
    asked = layout.asked_size(photo, settings)
    assert (max(asked.width, asked.height) == 8192) or whole is None
