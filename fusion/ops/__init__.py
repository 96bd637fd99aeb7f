"""Operations on images in torch: tensors in, tensors out; of faces they know points and masks alone."""

from __future__ import annotations

from fusion.ops import (
    blank_check,
    blend,
    color,
    filters,
    finish,
    guided_filter,
    interrupt,
    light,
    mask,
    occlusion,
    skin,
    warp,
    window,
)
from fusion.ops.window import Window

__all__ = [
    "Window",
    "blank_check",
    "blend",
    "color",
    "filters",
    "finish",
    "guided_filter",
    "interrupt",
    "light",
    "mask",
    "occlusion",
    "skin",
    "warp",
    "window",
]
