"""Numbers that operations need on a device again and again: they are sent there once, and kept.

Sending makes the host wait until a card has done all that it was given before. Of the thousands of operations of a job
some hundred need a handful of numbers: to wait for each of them would leave the card idle in between.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import torch

Made = TypeVar("Made", bound=Callable[..., object])

_KEPT = 512
_caches: list[Callable[[], None]] = []


def kept(most: int) -> Callable[[Made], Made]:
    """For a function that makes tensors which nobody writes to: its last `most` answers are kept, until `forget`."""

    def decorated(make: Made) -> Made:
        cached = lru_cache(maxsize=most)(make)
        _caches.append(cached.cache_clear)
        return cached  # type: ignore[return-value]

    return decorated


def forget() -> None:
    """Keep nothing any more, so that nothing of it stays on a card."""
    for clear in _caches:
        clear()


@kept(_KEPT)
def on(device: torch.device, *numbers: float) -> torch.Tensor:
    """(len(numbers),) float32, not to be written to."""
    return torch.tensor(numbers, device=device)
