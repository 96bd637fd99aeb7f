"""Pictures as the worker has stored them: PNG files of 8 bits a channel, with an alpha channel or without one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from fusion.photos.transparency import opaque_part
from fusion.sizing import Rect

_COLOUR_TYPE, _RGBA = 25, b"\x06"  # where a PNG's header says what its pixels are, and what it says


def frame(path: Path) -> tuple[np.ndarray, Rect | None]:
    """Its pixels (H, W, 3) uint8 sRGB, new ones, and what of it is opaque, px; None for all.

    OpenCV holds it twice while it reads, where Pillow would hold it thrice.

    Raises:
        OSError: the file is missing or damaged.
    """
    has_alpha = is_transparent(path)
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED if has_alpha else cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise OSError(f"{path.name} is missing or damaged")
    if not has_alpha:
        return np.asarray(pixels, np.uint8), None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8), opaque_part(pixels[..., 3])


def before(path: Path, output: np.ndarray, region: Rect) -> np.ndarray:
    """A result's target at the result's size, (H, W, 3) uint8 sRGB.

    Args:
        path: its file, which has `region` alone, beside which the two are equal; or all of it, as older ones have.
        output: (H, W, 3) the result as `frame` has it; it is written over, or left alone.
        region: of the result, px.

    Raises:
        OSError: the file is missing or damaged, or of another result.
    """
    found, _ = frame(path)
    if found.shape == output.shape:
        return found
    if found.shape[:2] != (region.height, region.width):
        raise OSError(f"{path.name} does not belong to its result")
    output[region.top : region.top + region.height, region.left : region.left + region.width] = found
    return output


def is_transparent(path: Path) -> bool:
    """Whether it has an alpha channel.

    Raises:
        OSError: the file is missing.
    """
    with path.open("rb") as file:
        return file.read(_COLOUR_TYPE + 1)[_COLOUR_TYPE:] == _RGBA
