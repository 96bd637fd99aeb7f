"""What photos, a pair and a result measure: sharpness, noise, seam, smoothing. Arrays in, numbers out."""

from __future__ import annotations

from advisor.quality import overlay
from advisor.quality.examine import Examined, Marks, examine
from advisor.quality.find_near import find_near
from advisor.quality.measure import NATIVE_SIDE
from advisor.quality.types import FaceQuality, Measures, PairQuality, PhotoQuality, ResultQuality, Run

__all__ = [
    "NATIVE_SIDE",
    "Examined",
    "FaceQuality",
    "Marks",
    "Measures",
    "PairQuality",
    "PhotoQuality",
    "ResultQuality",
    "Run",
    "examine",
    "find_near",
    "overlay",
]
