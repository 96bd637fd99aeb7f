"""From where on a measure says that something is wrong: one table, with where each figure comes from. Pure.

`docs/diagnosis.md` shows the table. "Tuned" means: set between the clean and the faulty cases of the pairs of photos
that `benchmarks/diagnosis.py` keeps for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from advisor.warn import COVERED, LIT_FROM_SIDE, SMALL_PX, YAW_APART


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a measure begins to speak for a cause.

    Attributes:
        value: in `unit`.
        step: how much further takes half of the doubt away; negative where it is less that is worse.
        origin: where the two come from.
    """

    value: float
    step: float
    unit: str
    origin: str

    def confidence(self, measured: float) -> float:
        """0…1: 0.5 at the threshold, 0.75 a step beyond it, 0.25 a step before."""
        steps = (measured - self.value) / self.step
        return 1 - 0.5 * 2.0 ** -min(steps, 40.0) if steps >= 0 else 0.5 * 2.0 ** max(steps, -40.0)

    def is_past(self, measured: float | None) -> bool:
        """Whether it says that something is wrong; not where it was not measured."""
        return measured is not None and self.confidence(measured) >= 0.5


TUNED = "tuned"
THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        # blurry
        "source_enlarged": Threshold(1.4, 0.5, "times", "between SHARP and SLIGHTLY_SOFT of fusion/outlook.py"),
        "enlargement": Threshold(1.6, 0.5, "times", TUNED),
        "source_blur": Threshold(0.55, 0.05, "0…1", TUNED),
        "one_way": Threshold(0.3, 0.1, "0…1", TUNED),
        "target_blur": Threshold(0.60, 0.05, "0…1", TUNED),
        "face_small": Threshold(SMALL_PX, -15.0, "px", "SMALL_PX of advisor/warn.py: features are a few pixels each"),
        "face_small_unet": Threshold(100.0, -20.0, "px", "the unet model softens faces below it, by its source"),
        "skin_lost": Threshold(0.45, -0.15, "of the target's", TUNED),
        "stretch": Threshold(1.06, 0.06, "times", TUNED),
        "source_blockiness": Threshold(1.25, 0.15, "times", TUNED),
        "result_blockiness": Threshold(1.25, 0.15, "times", TUNED),
        "face_soft": Threshold(0.6, -0.15, "of the ring's", TUNED),
        # seams
        "edge_width": Threshold(0.03, -0.015, "face widths", TUNED),
        "edge_jump": Threshold(6.0, 4.0, "ΔE", TUNED),
        "colour": Threshold(3.0, 2.0, "ΔE in a and b", TUNED),
        "exposure": Threshold(0.35, 0.2, "stops", TUNED),
        "light": Threshold(2 * LIT_FROM_SIDE, 0.2, "0…2", "twice LIT_FROM_SIDE of advisor/warn.py"),
        "smoothing": Threshold(0.05, 0.15, "outside 0.4 to 0.6", "what users of face-fusion tools are told"),
        "yaw": Threshold(YAW_APART, 5.0, "degrees", "the figure that users of face fusion are told everywhere"),
        "covered": Threshold(COVERED, 0.1, "of the face", "advisor/pair.py, tried on 20 faces"),
        "grain": Threshold(1.8, 0.5, "times", TUNED),
        # no face, nothing changed
        "change": Threshold(1.0, -0.5, "ΔE", TUNED),
        "face_tiny": Threshold(40.0, -10.0, "px", "the smallest face that fusion/detector.py finds"),
        "dark": Threshold(12.0, -4.0, "L", TUNED),
        "ratio": Threshold(0.35, -0.1, "ratio", "users report that 0.2 is too weak to see"),
    }
)
