"""Maps made some rows at a time: how high the strips are, and which rows of its input a layer needs for a strip.

What is made in strips equals what is made whole: each strip is given every row that its own rows hang on, by the
kernels of the layers themselves, and 0 only where the whole map would have 0, too: beyond its border.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F

Heed = Callable[[float], None]  # told a fraction 0…1; what it raises stops the work


class Needed(NamedTuple):
    """Rows `first` to `end` that are there, and how many rows of zeros stand above and below them."""

    first: int
    end: int
    above: int
    below: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Which rows of its input a layer looks at. A convolution, or one transposed; `kernel` is its height."""

    kernel: int
    stride: int = 1
    padding: int = 0
    transposed: bool = False

    def rows(self, first: int, end: int) -> tuple[int, int]:
        """What rows `first` to `end` of its answer hang on; it may reach beyond the map."""
        if not self.transposed:
            return first * self.stride - self.padding, (end - 1) * self.stride - self.padding + self.kernel
        # row t is made of all rows i with i·stride - padding ≤ t < i·stride - padding + kernel
        low = -((self.kernel - 1 - first - self.padding) // self.stride)
        return low, (end - 1 + self.padding) // self.stride + 1

    def within(self, first: int, end: int, height: int) -> Needed:
        """The same of a map of `height` rows, beyond which all is 0."""
        low, high = self.rows(first, end)
        top, bottom = max(low, 0), min(high, height)
        return Needed(top, bottom, top - low, high - bottom)


def framed(x: torch.Tensor, needed: Needed) -> tuple[torch.Tensor, int]:
    """The rows (1, C, H, W) that are needed, with zeros where they must be made; and how many a layer shall add itself.

    A layer adds as many above as below without a copy.
    """
    if needed.above == needed.below:
        return x, needed.above
    return F.pad(x, (0, 0, needed.above, needed.below)), 0


class Strips:
    """The strips of one run.

    Args:
        rows: how many of a map are made at once.
        total: pixels of all maps that are gone through.
        heed: told after each strip which share of them is done.
    """

    def __init__(self, rows: int, total: int = 0, heed: Heed = lambda share: None) -> None:
        self._rows, self._total, self._heed = rows, total, heed
        self._done = 0

    def of(self, height: int) -> Iterator[tuple[int, int]]:
        """From which row to which a square map of `height` rows is made, from top to bottom."""
        for first in range(0, height, self._rows):
            end = min(first + self._rows, height)
            yield first, end
            self._done += (end - first) * height
            self._heed(min(1.0, self._done / self._total) if self._total else 1.0)
