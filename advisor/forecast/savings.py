"""What memory a card need not have because the unet engine saves some, and the ways in which it can. Pure.

The lines of memory are of maps that are made whole, with all weights on the card.
"""

from __future__ import annotations

from fusion.memory import strips
from fusion.sizing import Workload, layout
from fusion.types import EngineName

# Rows that a strip of the enhancer makes again, since its neighbour's hang on them, too: its convolutions' reach.
MADE_AGAIN = 3


def is_enhanced(work: Workload) -> bool:
    """Whether the unet engine's second network runs."""
    return work.engine == EngineName.UNET and work.face_px > layout.ENHANCED_OVER


def saved_in_strips(work: Workload) -> int:
    """Bytes that are not taken because the enhancer's maps are made in strips."""
    return strips.saved_bytes(work.strip_rows, work.precision) if work.strip_rows else 0


def saved_bytes(work: Workload) -> int:
    """The same, and what is not taken because weights are lent."""
    if not work.lends:
        return saved_in_strips(work)
    rows = (work.strip_rows or strips.WHOLE) if is_enhanced(work) else 0
    return strips.saved_bytes(rows, work.precision, lends=True)


def lent_bytes(work: Workload) -> int:
    """Of what weights are lent, those that are there at the peak in any case: the enhancer's."""
    return strips.weights_bytes(work.precision, lends=True) if work.lends and is_enhanced(work) else 0


def made_again(work: Workload) -> float:
    """Which share of the enhancer's work is done twice because of strips."""
    return MADE_AGAIN / work.strip_rows if work.strip_rows else 0.0
