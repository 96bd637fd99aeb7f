"""On the processor the filters run in OpenCV, and give what torch's own give elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from fusion.ops import filters, warp, windows

IMAGE = torch.rand(3, 61, 83, generator=torch.Generator().manual_seed(1))
EVEN = IMAGE[:, :60, :80]
CHOSEN = IMAGE[:1] > 0.7
PLACES = 90 * torch.rand(2, 30, 40, generator=torch.Generator().manual_seed(2)) - 4  # some beyond it
TURN = np.array([[0.37, 0.02, 3.3], [-0.02, 0.37, 4.1]])

FILTERS: dict[str, Callable[[], torch.Tensor]] = {
    "a narrow blur": lambda: filters.gaussian(IMAGE, 0.7),
    "a wide blur": lambda: filters.gaussian(IMAGE, 9.0),
    "a mean": lambda: filters.box(IMAGE, 4),
    "a mean over more than the picture": lambda: filters.box(IMAGE, 50),
    "an enlargement": lambda: filters.enlarge(IMAGE, 200, 131),
    "a reduction": lambda: filters.reduce(EVEN, 4),
    "a ragged reduction": lambda: filters.reduce(IMAGE, 4),
    "an area average": lambda: filters.shrink(EVEN, 30, 20),
    "a low-pass": lambda: filters.spread(IMAGE, CHOSEN.float(), 3.0),
    "a wide low-pass": lambda: filters.spread(IMAGE, CHOSEN.float(), 12.0),
    "a bilinear look at places": lambda: warp.sample(IMAGE, PLACES),
    "a bicubic look at places": lambda: warp.sample(IMAGE, PLACES, "bicubic"),
    "a look at places in many channels": lambda: warp.sample(torch.cat([IMAGE, IMAGE]), PLACES),
    "quantiles": lambda: filters.quantiles(IMAGE[:1], CHOSEN, (0.02, 0.5, 1.0)),
    "quantiles of none": lambda: filters.quantiles(IMAGE[:1], CHOSEN & False, (0.5, 0.9)),
}


@pytest.mark.parametrize("name", FILTERS)
def test_both_ways_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = FILTERS[name]()
    monkeypatch.setattr("fusion.ops.on_host.is_for", lambda image: False)
    plain = FILTERS[name]()
    assert quick.shape == plain.shape
    assert quick.dtype == plain.dtype
    assert torch.allclose(quick, plain, atol=3e-5)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("smooth", [False, True])
def test_a_window_is_read_where_it_is_said_in_any_number_of_channels(channels: int, smooth: bool) -> None:
    """Of two channels OpenCV rounds places to 1/32 px: a map of places comes out in steps."""
    picture = torch.cat([IMAGE, IMAGE[:1].flip(1)])[:channels].permute(1, 2, 0).contiguous()
    window = windows.Window(3.3, 4.1, 0.37, 0.41, 120, 90)
    read = windows.read(picture, window, smooth=smooth)
    assert torch.allclose(read, windows._sampled(picture, window.centres(picture.device), smooth), atol=3e-5)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_so_is_what_lies_along_lines(channels: int) -> None:
    picture = torch.cat([IMAGE, IMAGE[:1].flip(1)])[:channels].permute(1, 2, 0).contiguous()
    read = warp.affine(picture, TURN, 120, 90)
    assert torch.allclose(read, warp._gathered(picture, torch.tensor(TURN, dtype=torch.float32), 120, 90), atol=3e-5)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_places_in_two_channels_are_not_rounded(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = warp.sample(IMAGE[:2], PLACES, mode)
    monkeypatch.setattr("fusion.ops.on_host.is_for", lambda image: False)
    assert torch.allclose(quick, warp.sample(IMAGE[:2], PLACES, mode), atol=3e-5)
