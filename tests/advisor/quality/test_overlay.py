"""What is drawn into a picture is where the trouble is, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.quality import Marks, overlay
from fusion.sizing import Rect
from fusion.types import Box, Size

SIDE = 400
WHOLE = Rect(0, 0, SIDE, SIDE)
GREY = np.full((SIDE, SIDE, 3), 128, np.uint8)


def trouble(jump_right: float = 10.0, soft: float = 0.0, centre: float = 200.0, radius: float = 100.0) -> Marks:
    """A round border that jumps on its right half; the upper left quarter of the frame as soft as asked."""
    turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    contour = (centre + radius * np.stack([np.cos(turns), np.sin(turns)], 1)).astype(np.float32)
    jump = np.where(contour[:, 0] > centre, jump_right, 0.0).astype(np.float32)
    return Marks(
        contour=contour, jump=jump, soft=np.full((10, 10), soft, np.float32), soft_box=Box(0, 0, SIDE / 2, SIDE / 2)
    )


def test_the_border_is_drawn_where_it_is_and_wider_where_it_jumps() -> None:
    drawn = overlay.draw(GREY, trouble(), WHOLE, SIDE)
    changed = (drawn != GREY).any(axis=2)
    assert changed[200, 297:304].all()
    assert changed[200, 295:306].sum() > changed[200, 95:106].sum()
    assert not changed[200, 150:250].any()
    assert not changed[:80].any()


def test_a_jump_is_lighter_than_none_so_that_colours_alone_need_not_be_told_apart() -> None:
    light = overlay.colours(np.linspace(0, overlay.WORST_JUMP, 6)) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > 0).all()
    assert (overlay.colours(np.array([overlay.WORST_JUMP])) == overlay.colours(np.array([99.0]))).all()


def test_the_last_colour_is_that_of_a_border_that_is_said_to_show() -> None:
    assert THRESHOLDS["edge_jump"].value == overlay.WORST_JUMP


def test_a_jump_that_the_targets_own_edge_hides_is_drawn_as_none() -> None:
    found = trouble()
    hidden = replace(found, jump=np.full_like(found.jump, np.nan))
    none = replace(found, jump=np.zeros_like(found.jump))
    drawn = [overlay.draw(GREY, each, WHOLE, SIDE) for each in (hidden, none)]
    assert (drawn[0] == drawn[1]).all()


def test_soft_places_are_tinted_and_sharp_ones_are_as_they_were() -> None:
    drawn = overlay.draw(GREY, trouble(soft=1.0, radius=0.5, centre=380.0), WHOLE, SIDE).astype(int)
    assert drawn[100, 100, 2] > drawn[100, 100, 0] + 60
    assert (drawn[300, 100] == 128).all()


@pytest.mark.parametrize("side", [SIDE, SIDE // 2])
def test_marks_stay_where_they_belong_in_a_part_that_is_made_smaller(side: int) -> None:
    found = trouble()
    part = overlay.around(found, Size(SIDE, SIDE))
    assert part.left < 100 < 300 < part.left + part.width
    plain, drawn = overlay.cut(GREY, part, side), overlay.draw(GREY, found, part, side)
    assert plain.shape == drawn.shape
    assert max(drawn.shape) <= side
    columns = np.flatnonzero((drawn != plain).any(axis=(0, 2)))
    middle = part.left + (columns[0] + columns[-1] + 1) / 2 * part.width / drawn.shape[1]
    assert middle == pytest.approx(200, abs=4)


def test_the_picture_itself_is_left_as_it_was() -> None:
    overlay.draw(GREY, trouble(soft=1.0), WHOLE, SIDE)
    assert (GREY == 128).all()


def test_without_a_border_the_face_is_shown() -> None:
    soft = replace(trouble(soft=1.0), contour=np.empty((0, 2), np.float32), jump=np.empty(0, np.float32))
    assert overlay.around(soft, Size(SIDE, SIDE)) == Rect(0, 0, SIDE // 2 + 1, SIDE // 2 + 1)


def test_without_anything_marked_the_whole_picture_is_shown() -> None:
    nothing = Marks(
        contour=np.empty((0, 2), np.float32),
        jump=np.empty(0, np.float32),
        soft=np.empty((0, 0), np.float32),
        soft_box=Box(0, 0, 0, 0),
    )
    assert overlay.around(nothing, Size(30, 20)) == Rect(0, 0, 30, 20)
    assert (overlay.draw(GREY, nothing, WHOLE, SIDE) == GREY).all()
