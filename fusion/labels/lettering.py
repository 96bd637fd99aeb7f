"""How large the letters of a label are in a picture, and the plate under them.

GB 45438-2025, 5.2 asks that the text be at least 5 % as high as the picture's shorter side is long, and does not say
what of the text. Here it is the ink of its smallest letter, as it is drawn: everything else is higher then. The hyphen
of `AI-modified` is punctuation and does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

from fusion.labels.label import Label
from fusion.sizing import Rect
from fusion.types import Size

INK_SHARE = 0.05  # of the shorter side
LEGIBLE_PX = 10  # of ink: smaller letters are hard to read, so a small picture has a larger label
ROOM = 9  # a plate is narrower than so many times the ink
INKED = 170  # of 255: from where a pixel at the edge of a letter is seen as the letter, even where the plate is darkest
TRIAL = 500.0  # px an em in which a font's proportions are looked up
PAD_ACROSS, PAD_DOWN, ROUND = 0.50, 0.40, 0.46  # of the capitals' height: beside, above and below the text; corners
_FONTS = Path(__file__).parent / "fonts"


@dataclass(frozen=True, slots=True, eq=False)
class Lettering:
    """A label in one size.

    Attributes:
        mask: (h, w) uint8, how far the text covers each pixel.
        ink_px: of the smallest letter's rows.
        plate: what it stands on, px.
        at: left and top of the mask on the plate, px.
        radius: of the plate's corners, px.
    """

    mask: np.ndarray
    ink_px: int
    plate: Size
    at: tuple[int, int]
    radius: int


def lettering(label: Label, size: Size, opaque: Rect | None = None) -> Lettering:
    """The label for a picture.

    Args:
        size: of the picture, whose shorter side counts.
        opaque: the part of it that is to be seen. Where that is too narrow for the label, its own shorter side counts.
    """
    found = _of_ink(label, _ink_px(size))
    if opaque is None or (found.plate.width <= opaque.width and found.plate.height <= opaque.height):
        return found
    return _of_ink(label, _ink_px(opaque.size))


def _ink_px(size: Size) -> int:
    short = min(size.width, size.height)
    return max(1, math.ceil(INK_SHARE * short), min(LEGIBLE_PX, short // ROOM))


@lru_cache(maxsize=4)
def _of_ink(label: Label, ink_px: int) -> Lettering:
    font = _font(label, ink_px)
    mask, (_, top) = _drawn(font, label.text)
    capital, (_, capital_top) = _drawn(font, "A")
    high = capital.shape[0]
    beside, above = round(PAD_ACROSS * high), round(PAD_DOWN * high)
    plate = Size(mask.shape[1] + 2 * beside, high + 2 * above)
    at = beside, above + top - capital_top
    return Lettering(mask, _smallest(font, label), plate, at, max(1, round(ROUND * high)))


def _font(label: Label, ink_px: int) -> ImageFont.FreeTypeFont:
    """In the first size, in steps of half a pixel, in which every letter is as high."""
    em = math.floor(2 * ink_px * TRIAL / _smallest(_sized(label, TRIAL), label)) / 2 - 1
    while True:
        font = _sized(label, max(1.0, em))
        if _smallest(font, label) >= ink_px:
            return font
        em += 0.5


def _sized(label: Label, em: float) -> ImageFont.FreeTypeFont:
    # Without the layout engine that some builds of Pillow have: the same letters everywhere.
    return ImageFont.truetype(_FONTS / f"{label}.ttf", em, layout_engine=ImageFont.Layout.BASIC)


def _smallest(font: ImageFont.FreeTypeFont, label: Label) -> int:
    """Rows of ink of the smallest letter."""
    return min(_ink_rows(font, letter) for letter in sorted(set(label.text)) if letter.isalpha())


def _ink_rows(font: ImageFont.FreeTypeFont, letter: str) -> int:
    mask, _ = _drawn(font, letter)
    return int((mask >= INKED).any(axis=1).sum())


def _drawn(font: ImageFont.FreeTypeFont, text: str) -> tuple[np.ndarray, tuple[int, int]]:
    """(h, w) uint8 of a text, no larger than its ink, and where its left and top are from the start of its baseline."""
    core, (left, top) = font.getmask2(text, mode="L", anchor="ls")
    width, height = core.size
    return np.frombuffer(bytes(core), np.uint8).reshape(height, width), (left, top)
