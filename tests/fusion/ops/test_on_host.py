"""On the processor the filters run in OpenCV, and give what torch's own give elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from fusion.ops import filters, warp

IMAGE = torch.rand(3, 61, 83, generator=torch.Generator().manual_seed(1))
EVEN = IMAGE[:, :60, :80]
CHOSEN = IMAGE[:1] > 0.7
PLACES = torch.randint(-64, 2700, (2, 30, 40), generator=torch.Generator().manual_seed(2)) / 32 + 0.5  # some beyond it

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
