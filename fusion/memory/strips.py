"""How the unet engine saves memory on a card without changing the picture, by the memory that there is. Pure.

Its enhancer makes some rows of a map at once: the fewer, the less memory and the more calls of the card. And weights
may lie on the host and be lent to the card part by part, which costs their way there in each job. Whoever foretells a
job asks here, too (`foreseen`), so that what is told is what is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fusion.types import Precision
from fusion.units import MIB

WHOLE, LEAST = 1024, 64  # rows of the largest map; below the least next to nothing is gained
HEIGHTS = (WHOLE, 512, 256, 128, LEAST)  # the most first
_PLAIN = 0  # in the place of a height, where the enhancer does not run

# MiB that PyTorch's allocator for cards holds at the peak of a job at 1024 px, weights included, by rows: from
# `benchmarks/trace.py`. Tests hold them to what was traced.
_Table = Mapping[int, int]
_KEPT_FULL: _Table = MappingProxyType({1024: 2884, 512: 2572, 256: 2186, 128: 1928, 64: 1860, _PLAIN: 1720})
_KEPT_HALF: _Table = MappingProxyType({1024: 1774, 512: 1550, 256: 1392, 128: 1276, 64: 1258, _PLAIN: 1196})
_LENT_FULL: _Table = MappingProxyType({1024: 1720, 512: 1278, 256: 924, 128: 696, 64: 630, _PLAIN: 432})
_LENT_HALF: _Table = MappingProxyType({1024: 886, 512: 628, 256: 500, 128: 418, 64: 418, _PLAIN: 368})
# And MiB of weights that are there beside what is computed: of all networks; where they are lent, the enhancer's.
_WEIGHTS_FULL, _WEIGHTS_HALF = (1497, 291), (1038, 188)
# What tensors may take at the most, over what was traced at 1024 px: what is free lies in pieces. And what is there
# beside them: libraries' workspaces (128 MiB), and what CUDA may take for itself beyond what is reckoned with (122).
# Not less than the bounds of a traced forecast, to which a test holds them: a job never does what was told not to fit.
_AT_MOST, _APART = 1.16, 251 * MIB


@dataclass(frozen=True, slots=True)
class Saving:
    """What a run must do to save memory.

    Attributes:
        strip_rows: how many rows of a map the enhancer may make at once; None: as many as memory has room for.
        lends: whether weights must lie on the host, and be on the card only while they are computed with; False: they
            do if the card has no room for all.
    """

    strip_rows: int | None = None
    lends: bool = False


def taken_bytes(rows: int, precision: Precision, *, lends: bool) -> int:
    """What a job takes of a card at its peak, weights included.

    Args:
        rows: one of `HEIGHTS`; 0 for a job in which the enhancer does not run.
        precision: not `auto`.
        lends: whether weights are lent.
    """
    if precision == Precision.FLOAT32:
        table = _LENT_FULL if lends else _KEPT_FULL
    else:
        table = _LENT_HALF if lends else _KEPT_HALF
    return table[rows] * MIB


def needed_bytes(rows: int, precision: Precision, *, lends: bool = False) -> int:
    """What the enhancer takes beside the weights that are there. Arguments as of `taken_bytes`."""
    return taken_bytes(rows, precision, lends=lends) - weights_bytes(precision, lends=lends)


def weights_bytes(precision: Precision, *, lends: bool) -> int:
    """What the weights of all networks take; where they are lent, those of the enhancer."""
    kept, lent = _WEIGHTS_FULL if precision == Precision.FLOAT32 else _WEIGHTS_HALF
    return (lent if lends else kept) * MIB


def saved_bytes(rows: int, precision: Precision, *, lends: bool = False) -> int:
    """How much less a job takes than one with all weights on the card and maps that are made whole.

    Args:
        rows, precision, lends: as of `taken_bytes`; of a job without the enhancer it is one without the enhancer, too.
    """
    whole = taken_bytes(WHOLE if rows else _PLAIN, precision, lends=False)
    return whole - taken_bytes(rows, precision, lends=lends)


def rows_for(spare_bytes: int, precision: Precision, *, lends: bool = False) -> int:
    """The most of `HEIGHTS` that there is room for, with the weights loaded; the least where there is for none.

    Args:
        spare_bytes: of the card, as of `fusion.memory.budget.spare_bytes`.
        precision, lends: as of `taken_bytes`.
    """
    return next((rows for rows in HEIGHTS if _most_bytes(rows, precision, lends=lends) <= spare_bytes), LEAST)


def has_room(spare_bytes: int, precision: Precision) -> bool:
    """Whether all weights fit at once, and beside them what the enhancer takes at the least."""
    return weights_bytes(precision, lends=False) + _most_bytes(LEAST, precision, lends=False) <= spare_bytes


def foreseen(spare_bytes: int, precision: Precision) -> Saving:
    """What a job will do on a card of which so much is spare before any weights are there."""
    lends = not has_room(spare_bytes, precision)
    left = spare_bytes - weights_bytes(precision, lends=lends)
    return Saving(rows_for(left, precision, lends=lends), lends)


def _most_bytes(rows: int, precision: Precision, *, lends: bool) -> float:
    return _AT_MOST * needed_bytes(rows, precision, lends=lends) + _APART
