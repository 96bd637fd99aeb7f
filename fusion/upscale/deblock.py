"""The 8×8 blocks of compressed photos: a network that was trained on clean pictures draws their borders as lines."""

from __future__ import annotations

import numpy as np

BLOCK = 8  # px: JPEG's
_PLAIN = (
    1.5  # borders of blocks jump so many times as much as what lies between: 2.3 to 4 measured, and 1.0 without them
)
_JUMP = 10.0  # levels: a larger jump is an edge of the picture, and stays; from half of this on it is levelled less
_LEAST_BLOCKS = 6  # fewer across do not tell a grid from chance
_ROWS = 512  # so many rows are enough to find it


def without_blocks(pixels: np.ndarray) -> np.ndarray:
    """The picture with the borders of its blocks levelled, or the very same where it has none to be seen.

    Args:
        pixels: (H, W, 3) uint8; a part of a photo does, for the grid is found wherever it lies.
    """
    columns, rows = _grid(pixels), _grid(pixels.swapaxes(0, 1))
    if columns is None and rows is None:
        return pixels
    made = pixels.copy()
    if columns is not None:
        _level(made, columns)
    if rows is not None:
        _level(made.swapaxes(0, 1), rows)
    return made


def _grid(pixels: np.ndarray) -> int | None:
    """The first column of a block, 0…7, from the jumps between columns that the slopes beside them do not explain."""
    if pixels.shape[1] < _LEAST_BLOCKS * BLOCK:
        return None
    seen = pixels[:: -(-pixels.shape[0] // _ROWS)].astype(np.int16)
    steps = np.diff(seen, axis=1)
    jumps = np.abs(2 * steps[:, 1:-1] - steps[:, :-2] - steps[:, 2:])
    each = np.minimum(jumps, 4 * _JUMP).mean(axis=(0, 2))  # a strong edge of the picture counts no more than a border
    of_phase = np.array([each[phase::BLOCK].mean() for phase in range(BLOCK)])
    strongest = int(of_phase.argmax())
    return (strongest + 2) % BLOCK if of_phase[strongest] > _PLAIN * np.median(of_phase) else None


def _level(pixels: np.ndarray, first: int) -> None:
    """Spread the jumps at the left of each block's first column over two px on either side, in place."""
    starts = np.arange(first, pixels.shape[1] - 1, BLOCK)
    starts = starts[starts >= 2]
    left, near, right, far = (pixels[:, starts + step].astype(np.float32) for step in (-2, -1, 0, 1))
    jump = (right - near) - 0.5 * ((near - left) + (far - right))
    jump *= np.clip(2.0 - 2.0 * np.abs(jump) / _JUMP, 0.0, 1.0)
    for step, values, share in ((-2, left, 1), (-1, near, 3), (0, right, -3), (1, far, -1)):
        pixels[:, starts + step] = np.rint(np.clip(values + jump * (share / 8), 0, 255)).astype(np.uint8)
