"""Tiles: they cover exactly, and halve where memory is short."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion.errors import Cancelled, OutOfMemory
from fusion.memory import tiles
from fusion.sizing import Rect

AREAS = st.builds(Rect, st.integers(0, 50), st.integers(0, 50), st.integers(1, 900), st.integers(1, 900))


def painted(areas: list[Rect]) -> np.ndarray:
    """How often each px of a plane was covered."""
    plane = np.zeros((1000, 1000), np.int32)
    for area in areas:
        plane[area.top : area.top + area.height, area.left : area.left + area.width] += 1
    return plane


@given(AREAS, st.integers(20, 400))
def test_tiles_cover_an_area_once_and_are_about_equal(area: Rect, side: int) -> None:
    made = tiles.cover(area, side)
    assert (painted(list(made)) == painted([area])).all()
    widths, heights = {tile.width for tile in made}, {tile.height for tile in made}
    assert max(widths) <= side
    assert max(heights) <= side
    assert max(widths) - min(widths) <= 1
    assert max(heights) - min(heights) <= 1
    assert list(made) == sorted(made, key=lambda tile: (tile.top, tile.left))


@given(AREAS, st.integers(20, 400), st.integers(0, 60))
def test_a_margin_stays_within_the_area(area: Rect, side: int, margin: int) -> None:
    for tile in tiles.cover(area, side):
        wide = tiles.grown(tile, margin, area)
        assert max(area.left, tile.left - margin) == wide.left
        assert min(area.left + area.width, tile.left + tile.width + margin) == wide.left + wide.width
        assert max(area.top, tile.top - margin) == wide.top
        assert min(area.top + area.height, tile.top + tile.height + margin) == wide.top + wide.height


@pytest.mark.parametrize(
    ("free", "per_px", "side"),
    [(100 * 256 * 256, 100, 256), (100 * 287 * 287, 100, 256), (1e12, 1, 1024), (0, 5, 64), (-5, 5, 64)],
)
def test_a_side_follows_the_memory(free: float, per_px: float, side: int) -> None:
    assert tiles.side_for(int(free), per_px) == side


def fits(most_px: int, done: list[Rect]) -> Callable[[Rect], None]:
    def work(tile: Rect) -> None:
        if tile.width * tile.height > most_px:
            raise MemoryError
        done.append(tile)

    return work


@given(AREAS, st.integers(64 * 64, 500 * 500))
def test_tiles_that_do_not_fit_are_halved_until_they_do(area: Rect, most_px: int) -> None:
    done: list[Rect] = []
    halved = tiles.each(area, 300, fits(most_px, done), least=32)
    assert (painted(done) == painted([area])).all()
    assert len(done) == len(tiles.cover(area, 300)) + halved


def test_only_the_tile_that_failed_is_halved() -> None:
    done: list[Rect] = []

    def work(tile: Rect) -> None:
        if tile == Rect(200, 0, 200, 200):
            raise MemoryError
        done.append(tile)

    assert tiles.each(Rect(0, 0, 600, 200), 200, work) == 1
    assert [(tile.left, tile.width) for tile in done] == [(0, 200), (200, 100), (300, 100), (400, 200)]


def test_below_the_least_there_is_an_end() -> None:
    tried: list[Rect] = []

    def work(tile: Rect) -> None:
        tried.append(tile)
        raise MemoryError

    with pytest.raises(OutOfMemory) as caught:
        tiles.each(Rect(0, 0, 256, 256), 256, work, least=64, device="the card")
    assert caught.value.details["device"] == "the card"
    assert min(min(tile.width, tile.height) for tile in tried) == 64


def test_the_failed_try_is_forgotten_before_the_next() -> None:
    """An error keeps the frames that it came through, and they keep their arrays."""

    class Weight:
        pass

    alive: list[weakref.ref[Weight]] = []
    seen: list[bool] = []

    def work(tile: Rect) -> None:
        weight = Weight()
        alive.append(weakref.ref(weight))
        if tile.width > 100:
            raise MemoryError(weight)

    def after_memory() -> None:
        gc.collect()
        seen.append(alive[-1]() is None)

    assert tiles.each(Rect(0, 0, 200, 100), 200, work, after_memory=after_memory) == 1
    assert seen == [True]


@pytest.mark.parametrize("error", [Cancelled(), ValueError("wrong")], ids=["cancelled", "a bug"])
def test_other_errors_go_through(error: Exception) -> None:
    def work(tile: Rect) -> None:
        raise error

    with pytest.raises(type(error)):
        tiles.each(Rect(0, 0, 200, 100), 200, work)
