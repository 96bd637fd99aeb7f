"""Which parts of a picture are looked at beside the whole of it. Pure.

The network sees 256 × 256 px, into which the whole picture is squeezed: of who fills a third of a photo is left what
fills a third of that. So of a picture that has more to show its parts are looked at, too: squares of about 0.6 of the
longer side, which overlap, and one in the middle, where four of them meet.
"""

from __future__ import annotations

import math

from fusion.types import Box, Size

SEEN_PX = 256  # of the network's input: a part of fewer has nothing more to show
SHARE = 0.6  # of the longer side
OVERLAP = 0.2  # of a window, at least, with its neighbour
MOST = 9  # in all; a long strip has gaps between its windows rather than a hundred of them


def windows(size: Size) -> tuple[Box, ...]:
    """The parts, in px of the picture; () where the picture is too small for any."""
    side = min(size.width, size.height, SHARE * max(size.width, size.height))
    if side < SEEN_PX:
        return ()
    lefts, tops = _starts(size.width, side), _starts(size.height, side)
    found = [Box(left, top, left + side, top + side) for top in tops for left in lefts]
    if len(lefts) > 1 and len(tops) > 1:
        left, top = (size.width - side) / 2, (size.height - side) / 2
        found.append(Box(left, top, left + side, top + side))
    return tuple(found)


def _starts(length: int, side: float) -> tuple[float, ...]:
    """Where windows of that side begin, so that they reach from end to end."""
    count = min(MOST, math.ceil((length / side - OVERLAP) / (1 - OVERLAP) - 1e-9))
    if count < 2:
        return ((length - side) / 2,)
    return tuple((length - side) * place / (count - 1) for place in range(count))
