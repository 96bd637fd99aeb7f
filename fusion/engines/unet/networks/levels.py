"""One doubling of the enhancer's decoder, made in strips of rows; and one that is made as the next asks for it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from fusion.engines.unet.networks.strips import Strips
from fusion.engines.unet.networks.styled import Colour, Place, Styled

Rows = Callable[[int, int], torch.Tensor]  # a map (1, C, H, W) from one row to another
Weights = tuple[torch.Tensor, torch.Tensor, torch.Tensor]  # of a level, under one style


def rows_of(x: torch.Tensor) -> Rows:
    """The rows of a map that is there whole."""

    def rows(first: int, end: int) -> torch.Tensor:
        return x[:, :, first:end]

    return rows


class Level:
    """One doubling: two styled convolutions, and colours."""

    def __init__(self, double: Styled, keep: Styled, colour: Colour, place: Place) -> None:
        self._double, self._keep, self._colour, self._place = double, keep, colour, place

    def __call__(
        self, x: torch.Tensor, colours: torch.Tensor, features: torch.Tensor, style: torch.Tensor, strips: Strips
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The map and the colours at twice the size; `features` are the encoder's at that size."""
        side = features.shape[2]
        out = self._place.empty(2 * self._keep.channels, side, side)
        colours = self.enlarged(colours)
        weights = self.weights(style)
        for first, end in strips.of(side):
            part = self.strip(rows_of(x), rows_of(features), weights, side, (first, end), out[:, :, first:end])
            colours[:, :, first:end] += self.coloured(part, weights)
        return out, colours

    def last(self, x: Stream, features: Rows, style: torch.Tensor, strips: Strips) -> torch.Tensor:
        """The colours alone at twice the size of `x`: the last map is nobody's input and never whole."""
        side = 2 * x.side
        colours = torch.empty(1, 3, side, side, device=self._place.device)
        weights = self.weights(style)
        for first, end in strips.of(side):
            part = self.strip(x.rows, features, weights, side, (first, end))
            colours[:, :, first:end] = self.coloured(part, weights)
        return colours.add_(self.enlarged(x.colours))

    def weights(self, style: torch.Tensor) -> Weights:
        return self._double.weight(style), self._keep.weight(style), self._colour.weight(style)

    def enlarged(self, colours: torch.Tensor) -> torch.Tensor:
        return self._colour.enlarged(colours)

    def coloured(self, part: torch.Tensor, weights: Weights) -> torch.Tensor:
        return self._colour(part, weights[2])

    def strip(
        self,
        x: Rows,
        features: Rows,
        weights: Weights,
        side: int,
        rows: tuple[int, int],
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Some rows of the map, `side` px wide, into `out` where it is given."""
        first, end = rows
        needed = self._keep.needed(first, end, side)  # the second convolution looks further than its own rows
        top = needed.first
        given = features(top, needed.end)
        both = self._double.beside(self._double.doubled(x, weights[0], side, (top, needed.end)), given)
        kept = self._keep.kept(both, weights[1], needed)
        return self._keep.beside(kept, given[:, :, first - top : end - top], out)


class Stream:
    """A level's map, `side` px wide, made from top to bottom as its rows are asked for; only the last ones are kept.

    `colours` is whole when the last row has been asked for.
    """

    def __init__(
        self, level: Level, x: torch.Tensor, colours: torch.Tensor, features: torch.Tensor, style: torch.Tensor
    ) -> None:
        self.side = features.shape[2]
        self.colours = level.enlarged(colours)
        self._level, self._x, self._features = level, rows_of(x), rows_of(features)
        self._weights = level.weights(style)
        self._first = self._end = 0
        self._kept: torch.Tensor | None = None

    def rows(self, first: int, end: int) -> torch.Tensor:
        """Rows `first` to `end`; `first` must not be less than in the calls before."""
        if end > self._end:
            made = self._level.strip(self._x, self._features, self._weights, self.side, (self._end, end))
            self.colours[:, :, self._end : end] += self._level.coloured(made, self._weights)
            if self._kept is not None and first < self._end:
                made = torch.cat([self._kept[:, :, first - self._first :], made], 2)
                self._first = first
            else:
                self._first = self._end
            self._kept, self._end = made, end
        assert self._kept is not None
        return self._kept[:, :, first - self._first : end - self._first]
