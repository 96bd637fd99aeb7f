"""A network over a picture, piece by piece: memory follows the piece, and no seam shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from fusion.errors import Phrase, PhraseCode
from fusion.memory import HOST, budget, tiles
from fusion.sizing import Rect
from fusion.upscale.base import EnlargerFailed, Watch, check

LEAST = 64  # px: the smallest tile; below it nearly all would be margin
_SHARE = 0.5  # of the free memory that a piece may take: others allocate too, and what is free is only an estimate


@dataclass(frozen=True, slots=True)
class Network:
    """What enlarges a piece.

    Attributes:
        run: (h, w, 3) uint8 to (h·scale, w·scale, 3) float32, 0…1; it may keep neither.
        margin: px around a tile that the network must see too, so that the tile comes out as in one piece.
        side: px, of the largest piece, margins and all.
        bytes_per_px: the most memory that it takes for each px of a piece.
        device: where it computes.
    """

    run: Callable[[np.ndarray], np.ndarray]
    scale: int
    margin: int
    side: int
    bytes_per_px: float
    device: str = "cpu"


def enlarged(pixels: np.ndarray, network: Network, wanted: np.ndarray | None, watch: Watch) -> np.ndarray:
    """As `Enlarger.enlarge`, by a network. Beyond the picture's border the network sees it mirrored."""
    scale, (height, width) = network.scale, pixels.shape[:2]
    area = _bounds(wanted) if wanted is not None else Rect(0, 0, width, height)
    answer = np.empty((height * scale, width * scale, 3), np.uint8)
    if wanted is not None:
        cv2.resize(pixels, (width * scale, height * scale), answer, interpolation=cv2.INTER_CUBIC)
    rows, columns = (np.pad(np.arange(length), network.margin, mode="reflect") for length in (height, width))
    done, margins = 0, 2 * network.margin

    def work(tile: Rect) -> None:
        nonlocal done
        if wanted is None or _part(wanted, tile).any():
            high, wide = tile.height + margins, tile.width + margins
            seen = pixels[np.ix_(rows[tile.top : tile.top + high], columns[tile.left : tile.left + wide])]
            _part(answer, tile, scale)[:] = _tile_of(seen, network)
        done += tile.width * tile.height
        watch(done / (area.width * area.height))

    if area.width and area.height:
        place = HOST if network.device == "cpu" else network.device
        tiles.each(area, _side(network), work, LEAST, lambda: budget.give_back(network.device), place)
    return answer


def _side(network: Network) -> int:
    """Of a tile: what memory allows a piece, less the margins."""
    margins = 2 * network.margin
    most = int(budget.free_bytes(network.device) * _SHARE)
    return tiles.side_for(most, network.bytes_per_px, network.side, LEAST + margins) - margins


def _tile_of(seen: np.ndarray, network: Network) -> np.ndarray:
    """The tile in the middle of a piece, enlarged and checked: (h, w, 3) uint8."""
    made = network.run(seen)
    inner = slice(network.margin, -network.margin)
    outer = slice(network.margin * network.scale, -network.margin * network.scale)
    tile = as_bytes(made[outer, outer])
    check(np.ascontiguousarray(seen[inner, inner]), tile)
    return tile


def as_bytes(made: np.ndarray) -> np.ndarray:
    """What a network gave, float32 of which 0…1 can be shown, as uint8.

    Raises:
        EnlargerFailed: there are numbers that are none.
    """
    if not np.isfinite(made).all():
        raise EnlargerFailed(Phrase(PhraseCode.MEANINGLESS))
    return np.rint(np.clip(made, 0.0, 1.0) * 255.0).astype(np.uint8)


def _bounds(wanted: np.ndarray) -> Rect:
    rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    if not rows.size:
        return Rect(0, 0, 0, 0)
    return Rect(int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1)


def _part(pixels: np.ndarray, tile: Rect, scale: int = 1) -> np.ndarray:
    return pixels[
        tile.top * scale : (tile.top + tile.height) * scale, tile.left * scale : (tile.left + tile.width) * scale
    ]
