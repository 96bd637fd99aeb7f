"""How the unet engine saves memory on a card without changing the picture, by the memory that there is. Pure.

Its enhancer makes some rows of a map at once: the fewer, the less memory and the more calls of the card. And weights
may lie on the host and be lent to the card part by part, which costs their way there in each job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fusion.types import Precision
from fusion.units import MIB

WHOLE, LEAST = 1024, 64  # rows of the largest map; below the least next to nothing is gained
_HALVED = MappingProxyType({1024: 638, 512: 514, 256: 290, 128: 194, 64: 178})
# MiB that the enhancer takes beside its weights, by rows: the peak of what PyTorch's allocator for cards reserves,
# followed tensor by tensor at 1024 px. A test holds what is allocated to it.
_NEEDED: Mapping[Precision, Mapping[int, int]] = MappingProxyType(
    {
        Precision.FLOAT32: MappingProxyType({1024: 1389, 512: 947, 256: 595, 128: 383, 64: 317}),
        Precision.BFLOAT16: _HALVED,
        Precision.FLOAT16: _HALVED,
    }
)
# MiB of all networks' weights, and the most of them that are on the card at once where they are lent: the enhancer's.
_WEIGHTS = MappingProxyType({Precision.FLOAT32: 1497, Precision.BFLOAT16: 1038, Precision.FLOAT16: 1038})
_LENT = MappingProxyType({Precision.FLOAT32: 291, Precision.BFLOAT16: 188, Precision.FLOAT16: 188})
HEIGHTS = tuple(_NEEDED[Precision.FLOAT32])  # the most first
_SHARE = 0.9  # of what is free: libraries take workspaces, and what is free lies in pieces


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


def needed_bytes(rows: int, precision: Precision) -> int:
    """What the enhancer takes beside its weights.

    Args:
        rows: one of `HEIGHTS`.
        precision: not `auto`.
    """
    return _NEEDED[precision][rows] * MIB


def saved_bytes(rows: int, precision: Precision) -> int:
    """How much less that is than for maps that are made whole."""
    return needed_bytes(WHOLE, precision) - needed_bytes(rows, precision)


def rows_for(free_bytes: int, precision: Precision) -> int:
    """The most of `HEIGHTS` that free memory has room for, with the weights loaded; the least where it has for none."""
    fitting = (rows for rows in HEIGHTS if needed_bytes(rows, precision) <= _SHARE * free_bytes)
    return next(fitting, LEAST)


def has_room(free_bytes: int, precision: Precision) -> bool:
    """Whether all weights fit at once, and beside them what the enhancer takes at the least."""
    return _WEIGHTS[precision] * MIB + needed_bytes(LEAST, precision) <= _SHARE * free_bytes


def lent_bytes(precision: Precision) -> int:
    """The most weights that are on a card at once where they are lent to it."""
    return _LENT[precision] * MIB
