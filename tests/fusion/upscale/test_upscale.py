"""Enlarging by interpolation and by SPAN in the real ncnn: scale, place, tiles, and answers that cannot be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.measure import blur_effect

from fusion.errors import Cancelled, OutOfMemory
from fusion.memory import budget
from fusion.upscale import Kind, base, discovery, span_ncnn, tiled
from fusion.upscale.base import EnlargerFailed
from fusion.upscale.lanczos import Lanczos
from fusion.upscale.span_ncnn import Span
from fusion.upscale.tiled import Network, enlarged


@pytest.fixture(scope="module")
def real_span() -> Span:
    """From the wheel that requirements-dev.txt brings."""
    there = next(each for each in discovery.status() if each.kind == Kind.SPAN)
    assert there.present, there.why
    assert there.path is not None
    return Span(there.path)


def db(one: np.ndarray, other: np.ndarray) -> float:
    """PSNR of two pictures in bytes."""
    error = float(np.mean(np.square(one.astype(np.float64) - other)))
    return float(10 * np.log10(255**2 / max(error, 1e-6)))


def reduced(pixels: np.ndarray, scale: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    return np.asarray(cv2.resize(pixels, (width // scale, height // scale), interpolation=cv2.INTER_AREA))


def off_centre(pixels: np.ndarray) -> tuple[float, float]:
    """Where the centre of the light lies, in px with edges at whole numbers."""
    light = pixels.astype(np.float64).sum(axis=-1)
    height, width = light.shape
    return (
        float((light.sum(axis=0) * (np.arange(width) + 0.5)).sum() / light.sum()),
        float((light.sum(axis=1) * (np.arange(height) + 0.5)).sum() / light.sum()),
    )


# Scales


@pytest.mark.parametrize(
    ("factor", "scale"), [(1.05, 2), (2.0, 2), (2.2, 2), (2.21, 4), (3.9, 4), (4.3, 4), (4.5, 4), (9.0, 4)]
)
def test_the_scale_reaches_the_factor_or_comes_within_a_tenth(factor: float, scale: int) -> None:
    assert base.scale_for(factor, (4, 2)) == scale


def test_a_result_says_which_network_of_which_scale_ran() -> None:
    class Two(Lanczos):
        kind, name, scales = Kind.SPAN, "SPAN", (2, 4)

    assert base.named(Two(), 3.0) == "SPAN ×4"
    assert base.named(Lanczos(), 3.0) == "Lanczos"


# Each enlarger that is always there, or that the development requirements bring


@pytest.fixture(params=["lanczos", "span"])
def enlarger(request: pytest.FixtureRequest, real_span: Span) -> base.Enlarger:
    return Lanczos() if request.param == "lanczos" else real_span


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_what_comes_out_is_the_picture_enlarged(enlarger: base.Enlarger, portrait: np.ndarray, factor: float) -> None:
    scale = int(factor)
    small = portrait[40:150, 60:180]
    made = enlarger.enlarge(small, factor)
    assert made.dtype == np.uint8
    assert made.shape == (small.shape[0] * scale, small.shape[1] * scale, 3)
    assert db(reduced(made, scale), small) > 40
    assert np.abs((reduced(made, scale).astype(float) - small).mean(axis=(0, 1))).max() < 0.5, "colours stay"


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_nothing_moves(enlarger: base.Enlarger, factor: float) -> None:
    spot = np.zeros((64, 80, 3), np.uint8)
    spot[20:30, 50:58] = 230
    x, y = off_centre(spot)
    assert off_centre(enlarger.enlarge(spot, factor)) == pytest.approx((x * factor, y * factor), abs=0.15)


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_a_network_is_sharper_than_interpolation(real_span: Span, portrait: np.ndarray, factor: float) -> None:
    small = portrait[40:160, 60:180]
    made = [each.enlarge(small, factor) for each in (real_span, Lanczos())]
    blur, plain = (blur_effect(each, channel_axis=-1) for each in made)  # type: ignore[no-untyped-call]
    assert blur < 0.9 * plain


def test_a_picture_smaller_than_a_margin_is_enlarged_too(real_span: Span) -> None:
    assert real_span.enlarge(np.full((1, 3, 3), 90, np.uint8), 2.0).shape == (2, 6, 3)


# Tiles


@pytest.mark.parametrize("factor", [2.0, 4.0])
def test_tiles_come_out_as_one_piece_does(
    real_span: Span, portrait: np.ndarray, factor: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_ncnn, "SIDE", 2048)
    whole = real_span.enlarge(portrait, factor)
    monkeypatch.setattr(span_ncnn, "SIDE", 96)
    steps: list[float] = []
    in_tiles = real_span.enlarge(portrait, factor, watch=steps.append)
    assert len(steps) == 20
    assert steps == sorted(steps)
    assert steps[-1] == pytest.approx(1.0)
    assert db(whole, in_tiles) > 60
    assert np.abs(whole.astype(int) - in_tiles).max() <= 1


def test_tiles_get_smaller_where_less_memory_is_free(
    real_span: Span, portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces: list[int] = []
    run = span_ncnn._run

    def noting(net: object, piece: np.ndarray) -> np.ndarray:
        pieces.append(max(piece.shape))
        return run(net, piece)

    monkeypatch.setattr(span_ncnn, "_run", noting)
    for free in (10**10, 2 * 5400 * 130**2, 0):
        monkeypatch.setattr(budget, "free_bytes", lambda device, free=free: free)
        real_span.enlarge(portrait[:200, :200], 2.0)
    assert [max(pieces[:4]), max(pieces[4:13]), max(pieces[13:])] == [132, 99, 82]


def test_where_the_answer_does_not_matter_the_network_does_not_run(
    real_span: Span, portrait: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(span_ncnn, "SIDE", 96)
    wanted = np.zeros(portrait.shape[:2], bool)
    wanted[20:60, 30:80] = wanted[150:170, 200:230] = True
    steps: list[float] = []
    made = real_span.enlarge(portrait, 2.0, wanted, steps.append)
    everywhere = real_span.enlarge(portrait, 2.0)
    plain = cv2.resize(portrait, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    mask = np.kron(wanted, np.ones((2, 2), bool))
    assert db(made[mask], everywhere[mask]) > 60
    assert (made[:30] == plain[:30]).all(), "above the first wanted px"
    assert (made[260:, :300] == plain[260:, :300]).all(), "a tile in which nothing is wanted"
    assert steps[-1] == pytest.approx(1.0)


def test_nothing_wanted_costs_nothing(portrait: np.ndarray) -> None:
    made = enlarged(portrait, network(lambda piece: pytest.fail("it ran")), np.zeros(portrait.shape[:2], bool), ignore)
    assert made.shape == (480, 560, 3)


def test_cancelling_stops_between_tiles(real_span: Span, portrait: np.ndarray) -> None:
    def watch(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        real_span.enlarge(portrait, 2.0, watch=watch)


def ignore(fraction: float) -> None:
    pass


def network(run: Callable[[np.ndarray], np.ndarray]) -> Network:
    return Network(run, scale=2, margin=4, side=128, bytes_per_px=100.0)


def doubled(piece: np.ndarray) -> np.ndarray:
    return np.kron(piece, np.ones((2, 2, 1), np.float32)) / np.float32(255.0)


def test_a_tile_without_enough_memory_is_halved(portrait: np.ndarray) -> None:
    def run(piece: np.ndarray) -> np.ndarray:
        if piece.shape[0] * piece.shape[1] > 100 * 100:
            raise MemoryError
        return doubled(piece)

    made = enlarged(portrait, replace(network(run), side=256), None, ignore)
    assert (made == np.kron(portrait, np.ones((2, 2, 1), np.uint8))).all()


def test_no_tile_goes_below_the_least(portrait: np.ndarray) -> None:
    def run(piece: np.ndarray) -> np.ndarray:
        assert min(piece.shape[:2]) >= tiled.LEAST // 2
        raise MemoryError

    with pytest.raises(OutOfMemory):
        enlarged(portrait, network(run), None, ignore)


# Answers that cannot be right


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda right: right * np.float32(np.nan), "numbers without meaning"),
        (lambda right: right + np.float32(np.inf), "numbers without meaning"),
        (lambda right: right * 0, "one colour"),
        (lambda right: right * 0 + right.mean(), "one colour"),
        (lambda right: right[::-1], "another picture"),
        (lambda right: 1 - right, "another picture"),
        (lambda right: np.random.default_rng(0).random(right.shape, np.float32), "another picture"),
    ],
    ids=["nan", "infinite", "black", "grey", "upside down", "negative", "noise"],
)
def test_an_answer_that_is_not_the_picture_is_refused(
    portrait: np.ndarray, wrong: Callable[[np.ndarray], np.ndarray], why: str
) -> None:
    with pytest.raises(EnlargerFailed, match=why):
        enlarged(portrait, network(lambda piece: wrong(doubled(piece))), None, ignore)


def test_a_wall_may_stay_a_wall() -> None:
    plain = np.full((100, 100, 3), 17, np.uint8)
    assert (enlarged(plain, network(doubled), None, ignore) == 17).all()
