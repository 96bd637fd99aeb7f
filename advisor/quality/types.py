"""What was measured of photos, of a pair and of a result: one noun each. Pure; `advisor.quality` measures.

None is what could not be measured. L, a and b are CIELAB under D65, L 0…100. Lengths are px of the picture itself.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from fusion.memory import Step
from fusion.settings import Settings
from fusion.types import EngineName, Size

LEAST_EDGE_WIDTH = 0.002  # of the face's width: nothing narrower can be measured


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """One face of one photo.

    Attributes:
        width_px, inter_eye_px: as in `fusion.faces.geometry.face_width` and `fusion.faces.Face`.
        yaw, pitch, roll: degrees, as in `fusion.faces.Face`.
        blur: 0 sharp … 1 blurred, scikit-image's `blur_effect` on a crop with the eyes 128 px apart, never enlarged.
        sharpness: a second measure of it that noise does not raise; higher is sharper.
        one_way: 0…1, how much more the face is blurred along one direction than across it: motion.
        noise: standard deviation of the grain on skin, levels of L.
        light: −1…1, as in `advisor.recommendation.face_look.Look`.
        covered: 0…1, as in `advisor.recommendation.face_look.Look`.
        covered_border: 0…1, the share of the face's outline that is covered.
        luminance: mean L of the face. Approximates OFIQ's LuminanceMean; not a conformant score.
        clipped_dark, clipped_bright: 0…1, shares of the face at the ends of the scale. Approximate OFIQ's
            UnderExposurePrevention and OverExposurePrevention; not conformant scores.
    """

    width_px: float
    inter_eye_px: float
    yaw: float
    pitch: float
    roll: float
    blur: float
    sharpness: float
    one_way: float
    noise: float
    light: float
    covered: float
    covered_border: float
    luminance: float
    clipped_dark: float
    clipped_bright: float


@dataclass(frozen=True, slots=True)
class PhotoQuality:
    """A photo, and its chosen face.

    Attributes:
        file_bytes: None where there is no file.
        faces_px: widths of all faces found, the largest first.
        chosen: index of the one that is used, counted from left to right; 0 without one.
        turned: how many more are too turned or covered for landmarks.
        blockiness: how much more neighbours differ across the edges of 8 px blocks than within, 1 for none: JPEG.
        luminance: mean L of the whole photo.
        face: None where no face was found.
    """

    size: Size
    file_bytes: int | None
    faces_px: tuple[float, ...]
    chosen: int
    turned: int
    blockiness: float
    luminance: float
    face: FaceQuality | None


@dataclass(frozen=True, slots=True)
class PairQuality:
    """Two faces compared, source less target where it is a difference.

    Attributes:
        yaw, pitch, roll: degrees.
        light: 0…2, between the two lights; 0 for the same.
        colour: ΔE of their skin in a and b alone.
        exposure_ev: stops between the luminances of their skin.
        noise_ratio: source over target, at one scale.
        sharpness_ratio: likewise.
    """

    yaw: float
    pitch: float
    roll: float
    light: float
    colour: float
    exposure_ev: float
    noise_ratio: float
    sharpness_ratio: float


@dataclass(frozen=True, slots=True)
class Look:
    """Something that looks wrong.

    Attributes:
        kind: a `fusion.inspection.FaultKind`.
        where: as `edge_where` of `ResultQuality`, or "left_eye", "right_eye", "mouth" (of the picture).
        amount: over what is taken for a fault: at least 1.
    """

    kind: str
    where: str
    amount: float


@dataclass(frozen=True, slots=True)
class ResultQuality:
    """A result against its target, which has been laid onto it.

    Attributes:
        change: mean ΔE (CIE 1976) between result and target within the face, both without what is finer than a fiftieth
            of the face's width, and beyond what brightness, contrast and colour explain. About 0: it is the same face.
        inter_eye_px: of the face in the result.
        blur, sharpness: of the fused face, as in `FaceQuality`.
        enlargement: how many times larger the picture is than its own detail; 1 where it has detail to the last pixel.
        face_to_ring: sharpness of the face over that of the ring around it, over the same in the target: below 1 the
            face is softer than its photo.
        features: likewise of eyes, brows and lips alone, and
        skin: of bare skin alone, in its texture.
        skin_kept: texture and grain of the face's skin over what both photos have of it: little is smoothing.
        grain: noise of the face's skin over that of the skin around it, over the same in the target.
        edge_width: how far the change needs to rise, over the face's width, along the normal, in the quarter of the
            border where it is steepest. Small is a hard edge; None also where too little has changed to tell.
        edge_l, edge_a, edge_b: mean jump across the border, signed: positive is a face that is brighter, redder,
            yellower than the target was there.
        edge_p95: 95th percentile of the jump's length along the border, ΔE, where no edge of the target hides it;
            edge_median the median along all of it.
        edge_excess: median excess of CIEDE2000 across the border over the target's own.
        edge_where: where the jump is greatest: "forehead", "left_cheek", "right_cheek", "jaw", "chin" (of the
            picture), "" where there is none.
        looks: what looks wrong, one of each kind, the worst first; None where it was not looked at.
        like_source, like_target: cosines to the faces of both photos, as in `fusion.likeness`.
        skin_l, skin_a, skin_b: median of skin in the result less that in the target.
        exposure_ev: the same as stops of luminance.
        rim_l, rim_a, rim_b: likewise of the face's rim, 0.05 to 0.15 of its width within its outline, whatever is
            there: a step that can be seen at the border.
        target_enlargement: `enlargement` of the target as large as the result: where that is as high, nobody can help.
        blockiness: as in `PhotoQuality`.
        stretch: width over height of the result's face over that of the target's: 1 where nothing was stretched.
        is_aligned: whether the target could be laid onto the result; where not, what needs it is None.
    """

    size: Size
    inter_eye_px: float
    blur: float
    sharpness: float
    enlargement: float
    blockiness: float
    stretch: float
    is_aligned: bool
    target_enlargement: float | None = None
    change: float | None = None
    face_to_ring: float | None = None
    features: float | None = None
    skin: float | None = None
    skin_kept: float | None = None
    grain: float | None = None
    edge_width: float | None = None
    edge_l: float | None = None
    edge_a: float | None = None
    edge_b: float | None = None
    edge_p95: float | None = None
    edge_median: float | None = None
    edge_excess: float | None = None
    edge_where: str = ""
    looks: tuple[Look, ...] | None = None
    like_source: float | None = None
    like_target: float | None = None
    skin_l: float | None = None
    skin_a: float | None = None
    skin_b: float | None = None
    rim_l: float | None = None
    rim_a: float | None = None
    rim_b: float | None = None
    exposure_ev: float | None = None

    @property
    def worst_look(self) -> float | None:
        """The amount of what looks most wrong, 0 where nothing does."""
        return None if self.looks is None else max((look.amount for look in self.looks), default=0.0)

    @property
    def colour(self) -> float | None:
        """How far the rim of the face is from the target's in a and b alone, ΔE."""
        return None if self.rim_a is None or self.rim_b is None else math.hypot(self.rim_a, self.rim_b)

    @property
    def edge_steepness(self) -> float | None:
        """How fast the change rises across the border, ΔE in a hundredth of the face's width."""
        if self.edge_width is None or self.edge_median is None:
            return None
        return self.edge_median / (100 * max(self.edge_width, LEAST_EDGE_WIDTH))

    @property
    def roughness(self) -> float | None:
        """How many times rougher the face's skin is than it should be, by what is around it and by both photos."""
        if self.grain is None or self.skin_kept is None:
            return self.grain
        return math.sqrt(max(self.grain * self.skin_kept, 0.0))

    @property
    def exposure(self) -> float | None:
        """Stops that the face is off, brighter or darker."""
        return None if self.exposure_ev is None else abs(self.exposure_ev)

    @property
    def stretched(self) -> float:
        """How many times as long as it should be the face is along one axis, at least 1."""
        return max(self.stretch, 1 / self.stretch) if self.stretch > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of the job that made a result; only of our own jobs.

    Attributes:
        settings: as asked for; `used`: as the job ended up with (engine and precision are not `auto`), None if it
            did not come to its end.
        steps: what was given up since memory ran out.
        seconds: that it took; expected_s: that a forecast said.
        error: the reason of the FusionError that ended it, "" where none did.
        deaths: of workers over it.
    """

    settings: Settings
    engine: EngineName | None = None
    used: Settings | None = None
    steps: tuple[Step, ...] = ()
    seconds: float | None = None
    expected_s: float | None = None
    error: str = ""
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything that was measured; None for what was not given."""

    target: PhotoQuality | None = None
    source: PhotoQuality | None = None
    pair: PairQuality | None = None
    result: ResultQuality | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, rounded to what they are worth."""
        return {name: _rounded(value) for name, value in asdict(self).items()}

    def number(self, gauge: str) -> float | None:
        """One of them by the name that `Finding.gauge` uses: "result.edge_p95", "source.face.blur"."""
        found: Any = self
        for name in gauge.removeprefix("-").split("."):
            found = getattr(found, name, None)
        return found if isinstance(found, int | float) else None


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
