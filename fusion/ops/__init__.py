"""Operations on images: tensors in, tensors out. They know points and masks, and nothing of faces or settings.

Loads torch. Each module is one kind of operation; tensors are (C, H, W) float32, except in `windows`, which reads
small (H, W, C) maps at the places of a finer grid.
"""

from __future__ import annotations

from fusion.ops import (
    blank_check,
    blend,
    color,
    constants,
    filters,
    finish,
    guided_filter,
    interrupt,
    light,
    mask,
    skin,
    warp,
    windows,
)
from fusion.ops.windows import Window

__all__ = [
    "Window",
    "blank_check",
    "blend",
    "color",
    "constants",
    "filters",
    "finish",
    "guided_filter",
    "interrupt",
    "light",
    "mask",
    "skin",
    "warp",
    "windows",
]
