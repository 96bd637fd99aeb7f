"""Whether two faces make a good picture, before they are fused: what the target needs and the source does not show.

numpy and OpenCV, no torch. `look` measures once what a photo shows of a face, at each landmark of the mesh; `judge`
compares two such looks and gives a `Suitability` with what stands against the pair, each with its number and with what
would help. It takes a millisecond, so that every pair of a batch can be judged. The nouns are in `fusion.verdict`.
"""

from __future__ import annotations

from fusion.suitability.judging import judge
from fusion.suitability.shown import Shown, look
from fusion.suitability.thresholds import THRESHOLDS, Threshold
from fusion.verdict import Cause, Suitability, Trouble, Unit, Verdict

__all__ = [
    "THRESHOLDS",
    "Cause",
    "Shown",
    "Suitability",
    "Threshold",
    "Trouble",
    "Unit",
    "Verdict",
    "judge",
    "look",
]
