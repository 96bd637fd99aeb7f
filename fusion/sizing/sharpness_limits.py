"""What two photos bring, and how sharp a face will look that is enlarged. Pure.

A face holds no more detail than the pixels it comes from: its own photo's with the landmark engine, those that the
model draws with unet. What is enlarged beyond them is soft, however many pixels the output has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fusion.types import Box, Size

SHARP = 1.2  # enlargement up to which softness does not show; automatic sharpening begins there too
SLIGHTLY_SOFT = 1.5  # likewise up to which it shows only from near; a result is called blurry a little beyond


class Verdict(StrEnum):
    """How the face will look."""

    SHARP = "sharp"
    SLIGHTLY_SOFT = "slightly_soft"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Subject:
    """What two photos bring: their sizes, and the chosen faces; None where there is none yet.

    `photo`: the target's size. `face`: the box of its face's landmarks. `target_px`, `source_px`: the faces' widths
    (`geometry.face_width`), each in px of its own photo. `source`: the size of the source's photo. `faces`: how many of
    the target are fused; the sizes are of the widest then.
    """

    photo: Size
    face: Box | None = None
    target_px: float | None = None
    source_px: float | None = None
    source: Size | None = None
    faces: int = 1


def verdict(ratio: float) -> Verdict:
    """How something looks that is enlarged by `ratio`."""
    if ratio <= SHARP:
        return Verdict.SHARP
    return Verdict.SLIGHTLY_SOFT if ratio <= SLIGHTLY_SOFT else Verdict.SOFT
