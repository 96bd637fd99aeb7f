"""A room of the output is worked on within a budget of pixels, and in two stages where it is large."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion.settings import MAX_SIDE
from fusion.sizing import Rect, layout
from fusion.sizing.layout import WORKING_PIXELS
from fusion.types import EngineName, Size, Switch


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
    assert layout.needs_two_stages(output, room, switch, EngineName.LANDMARK) is wanted
    by_itself = switch == Switch.AUTO
    assert layout.needs_two_stages(output, room, switch, EngineName.UNET) is (wanted and not by_itself)
