"""Working piece by piece, so that memory follows the piece and not the picture. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from fusion.errors import OutOfMemory, Reason, Value
from fusion.memory.faults import HOST, is_out_of_memory
from fusion.sizing import Rect

STEP = 32  # a side that memory allows is a multiple of this: networks that halve five times need no filling up


def cover(area: Rect, side: int) -> tuple[Rect, ...]:
    """Tiles that cover an area exactly, row by row, none wider or higher than `side`, all about equal."""
    across, down = math.ceil(area.width / side), math.ceil(area.height / side)
    columns = [area.width * index // across for index in range(across + 1)]
    rows = [area.height * index // down for index in range(down + 1)]
    return tuple(
        Rect(area.left + left, area.top + top, right - left, bottom - top)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    )


def grown(tile: Rect, margin: int, area: Rect) -> Rect:
    """The tile with a margin on each side, as far as the area goes."""
    left, top = max(tile.left - margin, area.left), max(tile.top - margin, area.top)
    right = min(tile.left + tile.width + margin, area.left + area.width)
    bottom = min(tile.top + tile.height + margin, area.top + area.height)
    return Rect(left, top, right - left, bottom - top)


def side_for(free_bytes: int, bytes_per_px: float, most: int = 1024, least: int = 64) -> int:
    """The side of the largest square tile whose pixels fit: a multiple of 32 px, from `least` to `most`."""
    side = math.isqrt(max(0, int(free_bytes / bytes_per_px))) // STEP * STEP
    return max(least, min(side, most))


def each(
    area: Rect,
    side: int,
    work: Callable[[Rect], None],
    least: int = 64,
    after_memory: Callable[[], None] = lambda: None,
    device: Value = HOST,
) -> int:
    """Do the work for every tile of an area, row by row. A tile for which memory runs out is halved and tried again.

    Args:
        work: is given each tile once, but a tile that failed comes again as two halves.
        least: no side is halved below this, px.
        after_memory: frees what can be freed; called before the next try, when the error is gone and holds nothing.
        device: what the error calls the place whose memory ran out.

    Returns:
        How many times a tile was halved.

    Raises:
        OutOfMemory: the smallest tile did not fit either.
    """
    waiting, halved = list(reversed(cover(area, side))), 0
    while waiting:
        tile = waiting.pop()
        if _fits(tile, work):
            continue
        after_memory()
        if max(tile.width, tile.height) < 2 * least:
            raise OutOfMemory(Reason.OUT_OF_MEMORY, device=device)
        waiting += reversed(_halves(tile))
        halved += 1
    return halved


def _fits(tile: Rect, work: Callable[[Rect], None]) -> bool:
    try:
        work(tile)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True


def _halves(tile: Rect) -> tuple[Rect, Rect]:
    if tile.width >= tile.height:
        half = tile.width // 2
        return (
            Rect(tile.left, tile.top, half, tile.height),
            Rect(tile.left + half, tile.top, tile.width - half, tile.height),
        )
    half = tile.height // 2
    return (
        Rect(tile.left, tile.top, tile.width, half),
        Rect(tile.left, tile.top + half, tile.width, tile.height - half),
    )
