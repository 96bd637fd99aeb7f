"""What stands beside a padded photo: never part of a head that is there already."""

from __future__ import annotations

import pytest
import torch

from fusion.ops import warp
from fusion.settings import Settings
from fusion.sizing import fill, layout
from fusion.types import Box, Fill, Fit, Size

PHOTO = Size(300, 400)
PLAN = layout.plan(PHOTO, Settings(output=Size(600, 400), fit=Fit.PAD))
IN_THE_MIDDLE = Box(130, 150, 170, 200)  # but the strips that are mirrored are half the photo wide


def frame(how: Fill) -> torch.Tensor:
    photo = torch.full((PHOTO.height, PHOTO.width, 3), 200, dtype=torch.uint8)
    photo[100:300, 100:200] = torch.tensor([10, 60, 90], dtype=torch.uint8)
    return warp.lay_out(photo, PLAN, how)


def test_a_border_that_would_mirror_a_head_is_blurred() -> None:
    assert fill.settled(Fill.AUTO, PLAN, [IN_THE_MIDDLE]) == Fill.BLUR


def test_a_border_is_mirrored_where_no_head_is_near_it() -> None:
    narrow = layout.plan(PHOTO, Settings(output=Size(320, 400), fit=Fit.PAD))
    assert fill.settled(Fill.AUTO, narrow, [IN_THE_MIDDLE]) == Fill.REFLECT
    assert fill.settled(Fill.AUTO, narrow, [Box(15, 150, 55, 200)]) == Fill.BLUR
    assert fill.settled(Fill.AUTO, PLAN, []) == Fill.REFLECT


@pytest.mark.parametrize("asked", [Fill.REFLECT, Fill.BLUR, Fill.COLOR, Fill.TRANSPARENT])
def test_what_was_asked_for_is_taken(asked: Fill) -> None:
    assert fill.settled(asked, PLAN, [IN_THE_MIDDLE]) == asked


def test_a_photo_that_fills_its_frame_needs_nothing_beside_it() -> None:
    whole = layout.plan(PHOTO, Settings(output=PHOTO, fit=Fit.PAD))
    assert fill.settled(Fill.AUTO, whole, [IN_THE_MIDDLE]) == Fill.AUTO


@pytest.mark.parametrize("how", [Fill.REFLECT, Fill.BLUR, Fill.COLOR, Fill.TRANSPARENT])
def test_the_photo_itself_is_the_same_whatever_stands_beside_it(how: Fill) -> None:
    inner = PLAN.content
    shown = frame(how)[:, inner.left : inner.left + inner.width]
    assert torch.equal(shown, frame(Fill.REFLECT)[:, inner.left : inner.left + inner.width])


def test_a_plain_border_has_the_colour_of_the_photos_own() -> None:
    assert bool((frame(Fill.COLOR)[:, 0] == 200).all())


def test_a_blurred_border_shows_what_the_photo_does_without_its_edges() -> None:
    banded = torch.full((PHOTO.height, PHOTO.width, 3), 200, dtype=torch.uint8)
    banded[100:300] = 20
    border = warp.lay_out(banded, PLAN, Fill.BLUR)[:, : PLAN.content.left].int()
    assert int(border.diff(dim=0).abs().max()) <= 12, "the photo's own edge has a step of 180"
    assert int(border.amin()) < 60, "the dark of the photo's middle"


@pytest.mark.parametrize("how", [Fill.REFLECT, Fill.COLOR])
@pytest.mark.parametrize("size", [Size(700, 400), Size(300, 900), Size(1900, 400)])
def test_every_face_that_the_output_shows_is_known_mirrored_ones_too(size: Size, how: Fill) -> None:
    plan = layout.plan(PHOTO, Settings(output=size, fit=Fit.PAD))
    face = Box(100, 100, 200, 300)
    photo = torch.full((PHOTO.height, PHOTO.width, 3), 200, dtype=torch.uint8)
    photo[100:300, 100:200] = torch.tensor([250, 0, 0], dtype=torch.uint8)
    shows = (warp.lay_out(photo, plan, how)[..., 1] < 20).numpy()
    known = shows & False
    boxes = fill.shown(how, plan, [face])
    for box in boxes:
        known[
            max(0, round(box.top) - 2) : round(box.bottom) + 2, max(0, round(box.left) - 2) : round(box.right) + 2
        ] = 1
    assert shows.any()
    assert not (shows & ~known).any()
    assert known.sum() < 1.2 * shows.sum()
    assert (len(boxes) > 1) == (how == Fill.REFLECT)


def test_a_face_that_was_cropped_away_is_not_shown() -> None:
    plan = layout.plan(PHOTO, Settings(output=Size(300, 100), fit=Fit.CROP), Box(100, 20, 200, 80))
    inside, outside = Box(100, 20, 200, 80), Box(100, 300, 200, 390)
    assert len(fill.shown(Fill.REFLECT, plan, [inside, outside])) == 1
