"""What photos, a pair and a result measure: sharpness, noise, seam, smoothing. Arrays in, numbers out.

Needs numpy and OpenCV. `examine` measures everything there is and gives `Measures`, with the `Marks` that `overlay`
draws; `find_near` looks again for a face that was there before.
"""

from __future__ import annotations

from advisor.quality import overlay
from advisor.quality.examination import Examined, Marks, examine
from advisor.quality.measure import NATIVE_SIDE
from advisor.quality.near_search import find_near
from advisor.quality.types import FaceQuality, Look, Measures, PairQuality, PhotoQuality, ResultQuality, Run

__all__ = [
    "NATIVE_SIDE",
    "Examined",
    "FaceQuality",
    "Look",
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
