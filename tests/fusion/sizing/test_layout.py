"""The size that is asked for is the size that comes out, and nothing is stretched."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.engines import layers
from fusion.engines.unet import align, engine
from fusion.faces import FaceFinder, geometry
from fusion.ops import warp
from fusion.photos import decode
from fusion.settings import MAX_SIDE, Settings
from fusion.sizing import Rect, layout
from fusion.sizing.layout import WORKING_PIXELS
from fusion.types import Aspect, Box, EngineName, Fit, Role, Size, Switch, Tier

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


@st.composite
def rooms(draw: st.DrawFn, over: int = 0) -> tuple[Rect, Size]:
    """A rectangle of more than `over` px in a frame; often the frame from side to side."""
    shortest = max(64, over // MAX_SIDE + 1)
    frame_width = draw(st.integers(shortest, MAX_SIDE))
    frame_height = draw(st.integers(max(shortest, over // frame_width + 1), MAX_SIDE))
    width = draw(st.integers(over // frame_height + 1, frame_width) | st.just(frame_width))
    height = draw(st.integers(over // width + 1, frame_height) | st.just(frame_height))
    left, top = draw(st.integers(0, frame_width - width)), draw(st.integers(0, frame_height - height))
    return Rect(left, top, width, height), Size(frame_width, frame_height)


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


@settings(max_examples=500, deadline=None)
@given(rooms() | rooms(over=WORKING_PIXELS))
def test_a_room_is_worked_on_within_its_budget_and_never_enlarged(given: tuple[Rect, Size]) -> None:
    room, frame = given
    seen = layout.working(room, frame)
    assert seen.size.pixels <= WORKING_PIXELS
    assert max(seen.per_axis) <= 1
    grown = seen.room
    assert 0 <= grown.left <= room.left
    assert 0 <= grown.top <= room.top
    assert room.left + room.width <= grown.left + grown.width <= frame.width
    assert room.top + room.height <= grown.top + grown.height <= frame.height
    if room.width * room.height <= WORKING_PIXELS:
        assert (grown, seen.size, seen.scale) == (room, room.size, 1)
    else:
        assert (seen.size.width % 32, seen.size.height % 32) == (0, 0)


@settings(max_examples=500, deadline=None)
@given(rooms(over=WORKING_PIXELS))
def test_a_room_is_seen_at_one_scale_where_the_frame_allows(given: tuple[Rect, Size]) -> None:
    room, frame = given
    seen = layout.working(room, frame)
    low, high = sorted(seen.per_axis)
    if seen.room.width < frame.width and seen.room.height < frame.height:
        assert high / low - 1 <= 0.51 / min(seen.room.width, seen.room.height)  # a side is rounded to whole pixels
    assert high / low <= 1.06
    if max(room.width, room.height) <= 2 * min(room.width, room.height):
        assert high / low <= 1.03
        assert seen.scale >= 0.9 * math.sqrt(WORKING_PIXELS / room.size.pixels)  # little of the budget is given away


@given(rooms(), st.integers(0, 4), st.integers(1, 64))
def test_a_room_fits_any_budget_that_holds_a_multiple(given: tuple[Rect, Size], levels: int, cells: int) -> None:
    room, frame = given
    pixels = cells * 4**levels
    assert layout.working(room, frame, pixels, levels).size.pixels <= pixels


def test_a_frame_without_room_for_a_multiple_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        layout.working(Rect(0, 0, 31, 8000), Size(31, 8000), pixels=4096)
    with pytest.raises(ValueError, match="multiple of 32"):
        layout.working(Rect(0, 0, 64, 64), Size(64, 64), pixels=1000)


LARGE, SMALL = Rect(0, 0, 1500, 1500), Rect(0, 0, 1024, 1024)


@pytest.mark.parametrize(
    ("output", "room", "switch", "wanted"),
    [
        (Size(4096, 4096), LARGE, Switch.AUTO, True),
        (Size(4096, 4096), SMALL, Switch.AUTO, False),  # nothing would be seen smaller than it is
        (Size(4096, 4096), LARGE, Switch.OFF, False),
        (Size(4096, 4096), SMALL, Switch.ON, False),
        (Size(2048, 2048), LARGE, Switch.AUTO, False),  # over 2K, not at 2K
        (Size(2048, 2049), LARGE, Switch.AUTO, True),
        (Size(2048, 2048), LARGE, Switch.ON, True),
    ],
)
def test_two_stages_are_for_large_faces_in_large_outputs(
    output: Size, room: Rect, switch: Switch, wanted: bool
) -> None:
    assert layout.needs_two_stages(output, room, switch) is wanted


def test_the_landmark_engines_detail_is_the_sources() -> None:
    plan = layout.plan(Size(512, 512), Settings(output=Tier.T2048))
    told = layout.detail(plan, target_face_px=100, source_face_px=240, engine=EngineName.LANDMARK)
    assert (told.face_px, told.native_px) == (400, 240)
    assert told.ratio == pytest.approx(400 / 240)


@pytest.mark.parametrize(("face_px", "native"), [(256, layout.GENERATOR_FACE_PX), (257, layout.ENHANCER_FACE_PX)])
def test_the_unet_engines_detail_is_what_it_draws(face_px: float, native: float) -> None:
    plan = layout.plan(Size(512, 512), Settings(output=Tier.T512))
    told = layout.detail(plan, target_face_px=face_px, source_face_px=9, engine=EngineName.UNET)
    assert (told.face_px, told.native_px) == (face_px, native)


def test_auto_has_no_detail_of_its_own() -> None:
    plan = layout.plan(Size(512, 512), Settings())
    with pytest.raises(ValueError, match="auto"):
        layout.detail(plan, 100, 100, EngineName.AUTO)


def test_what_the_unet_model_draws_is_as_wide_as_the_constants_say(sample_pair: tuple[bytes, bytes]) -> None:
    assert layout.ENHANCED_OVER == engine.ENHANCE_FROM
    small, large = [], []
    finder = FaceFinder()
    for file in sample_pair:
        points = layers.points_of(finder.find(decode.read(file, Role.TARGET).pixels).faces[0])
        width, five = geometry.face_width(points), align.five_points(points)
        small.append(width / align.for_generator(five).enlargement)
        large.append(width / align.for_enhancer(five).enlargement)
    finder.close()
    assert sum(small) / 2 == pytest.approx(layout.GENERATOR_FACE_PX, rel=0.01)
    assert sum(large) / 2 == pytest.approx(layout.ENHANCER_FACE_PX, rel=0.01)


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
