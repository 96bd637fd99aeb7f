"""A face that is black where there was none: what becomes of numbers without meaning."""

from __future__ import annotations

import torch

_BLACK = 0.5  # of the middle of a face, and not so before: 0.95 where all of it is black, 0.0002 in a good one


def is_blank(before: torch.Tensor, after: torch.Tensor, left: int, top: int, width: int, height: int) -> bool:
    """Whether a fused face, (H, W, 3) uint8 on the host, came out black. Takes 2 ms at 4096 px.

    Args:
        before, after: the target and the output.
        left, top, width, height: the rectangle around the face, px; its middle half is face alone.
    """
    rows = slice(top + height // 4, top + height // 4 + height // 2)
    columns = slice(left + width // 4, left + width // 4 + width // 2)
    was, now = (_black(picture[rows, columns]) for picture in (before, after))
    return now - was > _BLACK


def _black(pixels: torch.Tensor) -> float:
    """The share of black pixels, 0…1, of every eighth along each side."""
    few = pixels[::8, ::8]
    return float((few.sum(-1) == 0).float().mean()) if few.numel() else 0.0
