"""From where on a measure says that something is wrong: one table, with where each figure comes from. Pure.

`docs/diagnosis.md` shows the table. "Tuned" means: set between the clean and the faulty cases of the pairs of photos
that `benchmarks/diagnosis` keeps for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from advisor.recommendation import COVERED, LIT_FROM_SIDE, SMALL_PX, YAW_APART
from fusion.types import SAME_PERSON


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

    def row(self, name: str) -> str:
        """The line of the table in docs/diagnosis.md."""
        return f"| `{name}` | {self.value:g} | {self.step:+g} | {self.unit} | {self.origin} |"

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
        "source_enlarged": Threshold(
            1.35, 0.3, "times", "between SHARP and SLIGHTLY_SOFT of fusion/sizing/sharpness_limits.py"
        ),
        "enlargement": Threshold(2.0, 0.4, "times", TUNED),
        "source_blur": Threshold(0.64, 0.06, "0…1", TUNED),
        "target_blur": Threshold(0.64, 0.06, "0…1", TUNED),
        "face_small": Threshold(
            SMALL_PX, -15.0, "px", "SMALL_PX of advisor/recommendation/warnings.py: features are a few pixels each"
        ),
        "face_small_unet": Threshold(100.0, -20.0, "px", "the unet model softens faces below it, by its source"),
        "skin_kept": Threshold(0.5, -0.08, "of the photos'", TUNED),
        "stretch": Threshold(1.06, 0.06, "times", TUNED),
        "source_blockiness": Threshold(1.48, 0.1, "times", TUNED),
        "result_blockiness": Threshold(1.18, 0.06, "times", TUNED),
        "face_soft": Threshold(0.6, -0.15, "of the ring's", TUNED),
        "features_soft": Threshold(0.72, -0.1, "of the ring's", "below what 45 fusions of portraits have"),
        # seams
        "edge_width": Threshold(0.0095, -0.002, "face widths", TUNED),
        "edge_steepness": Threshold(3.0, 0.6, "ΔE in a hundredth of the face's width", TUNED),
        "edge_jump": Threshold(12.5, 3.0, "ΔE", "above what 45 fusions of portraits have that look right there"),
        "colour": Threshold(2.6, 1.0, "ΔE in a and b", TUNED),
        "exposure": Threshold(0.43, 0.12, "stops", TUNED),
        "look": Threshold(1.0, 0.4, "times", "the limits of fusion/inspection, set on fusions that were looked at"),
        "light": Threshold(2 * LIT_FROM_SIDE, 0.2, "0…2", "twice LIT_FROM_SIDE of advisor/recommendation/warnings.py"),
        "skin_rough": Threshold(1.2, 0.3, "times", TUNED),
        "skin_less": Threshold(0.9, -0.2, "of the photos', or of what is around it", TUNED),
        "smoothing": Threshold(0.11, 0.15, "outside 0.4 to 0.6", "what users are told; the preset art has 0.3"),
        "yaw": Threshold(YAW_APART, 5.0, "degrees", "the figure that users of face fusion are told everywhere"),
        "covered": Threshold(COVERED, 0.1, "of the face", "advisor/recommendation/face_look.py, tried on 20 faces"),
        "grain": Threshold(1.65, 0.4, "times", TUNED),
        "source_noise": Threshold(1.2, 0.5, "levels of L", TUNED),
        "noise_ratio": Threshold(1.35, 0.5, "times the target's", TUNED),
        # no face, nothing changed
        "change": Threshold(0.6, -0.3, "ΔE", TUNED),
        "like_source": Threshold(SAME_PERSON, -0.1, "cosine", "SAME_PERSON of fusion/types.py, its publishers' own"),
        "unlike_yaw": Threshold(20.0, 5.0, "degrees", "from where what one photo hides costs likeness; below `yaw`"),
        "face_tiny": Threshold(40.0, -10.0, "px", "the smallest face that fusion/faces/detector.py finds"),
        "dark": Threshold(12.0, -4.0, "L", TUNED),
        "ratio": Threshold(0.35, -0.1, "ratio", "users report that 0.2 is too weak to see"),
        # slow, stuck, timed out: advisor.health.checkup
        "left": Threshold(8.0, -4.0, "GiB", "a face that fills 4096², in one stage, needs up to 6.7, on a card 8.1"),
        "left_scant": Threshold(3.4, -1.0, "GiB", "the unet engine at 2048² needs up to 2.9, on a card 3.4"),
        "left_least": Threshold(1.1, -0.5, "GiB", "the landmark engine at 1024² needs up to 0.9, on a card 1.1"),
        "held": Threshold(0.25, 0.25, "of the memory", "the end of one that holds less would not help"),
        "full": Threshold(0.9, 0.05, "of the memory", "from where advice calls a job tight"),
        "clock": Threshold(0.7, -0.2, "of the highest", "between the base and the boost clock of most cards"),
        "clock_serious": Threshold(0.5, -0.1, "of the highest", "half as fast"),
        "disk": Threshold(2.0, -1.0, "GiB", "five results of 8192², whose two PNGs weigh up to 0.4 together"),
        "disk_serious": Threshold(0.5, -0.2, "GiB", "one result of 8192²"),
        "cores": Threshold(1.5, -0.5, "cores", "below two, the pages and the fusion wait for one another"),
        "slowdown": Threshold(1.5, 0.5, "times as long", "what is a second becomes one and a half: people notice"),
        "line": Threshold(5.0, 5.0, "people", "as many as wait for a minute where a job takes 12 s"),
        "line_s": Threshold(120.0, 120.0, "s", "longer than people look at a page that does not change"),
    }
)
