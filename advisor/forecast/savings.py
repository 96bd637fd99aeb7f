"""What memory a card need not have because the unet engine saves some, and the ways in which it can. Pure.

The lines of memory are of maps that are made whole, with all weights on the card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fusion.memory import strips
from fusion.sizing import Workload, layout
from fusion.types import EngineName

# Rows that a strip of the enhancer makes again, since its neighbour's hang on them, too: its convolutions' reach.
MADE_AGAIN = 3


def is_enhanced(work: Workload) -> bool:
    """Whether the unet engine's second network runs."""
    return work.engine == EngineName.UNET and work.face_px > layout.ENHANCED_OVER


def sparing(work: Workload) -> Iterator[Workload]:
    """The same with less and less memory on a card, if it can be: the enhancer in strips, then weights lent, too."""
    if work.engine != EngineName.UNET or not work.face_px:
        return
    heights = [rows for rows in strips.HEIGHTS if rows < strips.WHOLE] if is_enhanced(work) else []
    yield from (replace(work, strip_rows=rows) for rows in heights)
    yield from (replace(work, strip_rows=rows, lends=True) for rows in (0, *heights))


def saved_in_strips(work: Workload) -> int:
    """Bytes that are not taken because the enhancer's maps are made in strips."""
    return strips.saved_bytes(work.strip_rows, work.precision) if work.strip_rows else 0


def saved_bytes(work: Workload, loaded: int) -> int:
    """The same, and what is not taken because weights are lent, of which `loaded` bytes would be there."""
    return saved_in_strips(work) + (max(0, loaded - lent_bytes(work)) if work.lends else 0)


def lent_bytes(work: Workload) -> int:
    """The most weights that are on the card at once where they are lent to it; 0 where they are not."""
    return strips.lent_bytes(work.precision) if work.lends else 0


def made_again(work: Workload) -> float:
    """Which share of the enhancer's work is done twice because of strips."""
    return MADE_AGAIN / work.strip_rows if work.strip_rows else 0.0
