"""Who is to be seen in a fused photo, and with which pose and expression.

    python -m benchmarks.identity [--photos FOLDER_OR_FILE ...] [--modes normal blend overlay]

The judge of identity is dlib's face descriptor (128 numbers; two photos of one person are usually nearer than 0.6), a
network that has no part in the fusion. Pose and expression are measured with MediaPipe, on the output and on the
resized target alike. Fused are the sample pair both ways and, with --photos, every ordered pair of those portraits.
Photos are called portrait-1 and so on in what is recorded.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import dlib
import numpy as np

from benchmarks.shared import common
from benchmarks.shared.common import Portrait
from fusion.errors import NoFace, Reason
from fusion.faces import Face, Finder
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import Mode

RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)
ANGLES = ("yaw", "pitch", "roll")
SHAPES = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight")

# The bars.
NEAR_SOURCE = 0.38  # distance to the source at ratio 1, at most
FAR_FROM_TARGET = 0.60  # distance to the target at ratio 1, at least; and of two faces that count as unlike
POSE_DEGREES = 3.0
EXPRESSION = 0.12
UNCHANGED = 1  # largest difference of a byte at ratio 0

JUDGED_PX = 240  # width of the face on the picture that dlib sees


class Judge:
    """dlib's descriptor. Its files come from a package that is located, not imported."""

    def __init__(self) -> None:
        package = metadata.distribution("face_recognition_models")

        def model(name: str) -> str:
            return str(package.locate_file(f"face_recognition_models/models/{name}"))

        self._boxes = dlib.get_frontal_face_detector()
        self._shape = dlib.shape_predictor(model("shape_predictor_5_face_landmarks.dat"))
        self._network = dlib.face_recognition_model_v1(model("dlib_face_recognition_resnet_model_v1.dat"))

    def describe(self, pixels: np.ndarray, face: Face) -> np.ndarray:
        """(128,) float64: who `face` of `pixels` (H, W, 3) uint8 is."""
        part, middle = _judged_part(pixels, face)
        shape = self._shape(part, self._box(part, middle) or _box_around(middle))
        return np.array(self._network.compute_face_descriptor(part, shape))

    def finds(self, pixels: np.ndarray, face: Face) -> bool:
        """Whether dlib itself sees a face where `face` is; where it does not, what it describes is worth less."""
        return self._box(*_judged_part(pixels, face)) is not None

    def _box(self, part: np.ndarray, middle: np.ndarray) -> Any:
        """dlib's own box of the face that has `middle` in it, None where it finds none."""
        found = [box for box in self._boxes(part, 0) if box.contains(dlib.point(int(middle[0]), int(middle[1])))]
        return max(found, key=lambda box: box.area(), default=None)


def _judged_part(pixels: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """The face and what is around it, as large as the judge sees it, and the middle of the face there, px."""
    side = 1.8 * max(face.box.width, face.box.height)
    x, y = face.box.centre
    left, top = max(0, int(x - side / 2)), max(0, int(y - side / 2))
    part = pixels[top : int(y + side / 2), left : int(x + side / 2)]
    scale = JUDGED_PX / face.width_px
    way = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    part = np.ascontiguousarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=way))
    return part, (np.array([x, y]) - [left, top]) * scale


def _box_around(middle: np.ndarray) -> Any:
    """About the box that dlib would find, from the landmarks."""
    half = JUDGED_PX / 2
    return dlib.rectangle(*(int(v) for v in (*(middle - half), *(middle + half))))


@dataclass(frozen=True, slots=True)
class Row:
    """One fusion: distances to both people, and what of pose and expression differs from the target's."""

    ratio: float
    to_source: float
    to_target: float
    turned: dict[str, float]  # degrees by angle
    expression: dict[str, float]  # by blendshape

    @property
    def faults(self) -> list[str]:
        """What is over its bar at this ratio."""
        over = [f"{name} {value:+.1f}°" for name, value in self.turned.items() if abs(value) > POSE_DEGREES]
        return over + [f"{name} {value:+.2f}" for name, value in self.expression.items() if abs(value) > EXPRESSION]

    def to_json(self) -> dict[str, Any]:
        """Rounded to what the measurement is worth."""
        answer = {"ratio": self.ratio, "to_source": round(self.to_source, 3), "to_target": round(self.to_target, 3)}
        turned = {name: round(value, 2) for name, value in self.turned.items()}
        return {**answer, "turned_deg": turned, "expression": {k: round(v, 3) for k, v in self.expression.items()}}


@dataclass(slots=True)
class Report:
    """One ordered pair of photos in one mode."""

    target: str
    source: str
    mode: Mode
    apart: float  # of the two originals
    changed_at_zero: int
    notices: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """What is over its bar, in words."""
        last = self.rows[-1]
        faults = []
        if self.changed_at_zero > UNCHANGED:
            faults.append(f"ratio 0 changes pixels by up to {self.changed_at_zero}")
        if self.apart >= FAR_FROM_TARGET:  # else one person, or two who look alike: distances say nothing
            if last.to_source > NEAR_SOURCE:
                faults.append(f"{last.to_source:.3f} from the source at ratio 1")
            if last.to_target < FAR_FROM_TARGET:
                faults.append(f"{last.to_target:.3f} from the target at ratio 1")
            if any(after.to_source >= before.to_source for before, after in itertools.pairwise(self.rows)):
                faults.append("distance to the source does not fall with the ratio")
        return faults + [f"{fault} at ratio {row.ratio:g}" for row in self.rows for fault in row.faults]

    def to_json(self) -> dict[str, Any]:
        """For `results/`."""
        head = {"target": self.target, "source": self.source, "mode": self.mode, "apart": round(self.apart, 3)}
        rows = [row.to_json() for row in self.rows]
        return {**head, "changed_at_zero": self.changed_at_zero, "rows": rows, "misses": self.faults}

    def __str__(self) -> str:
        alike = "" if self.apart >= FAR_FROM_TARGET else " (alike: distances are not judged)"
        lines = [f"{self.target} <- {self.source}, {self.mode}; originals {self.apart:.3f} apart{alike}"]
        if self.notices:
            lines.append(f"  notices: {', '.join(self.notices)}")
        heads = ("ratio", "source", "target", *ANGLES, "jaw", "smileL", "smileR", "blinkL", "blinkR")
        lines.append("  " + "".join(f"{head:>8}" for head in heads))
        for row in self.rows:
            numbers = (row.ratio, row.to_source, row.to_target, *row.turned.values(), *row.expression.values())
            lines.append("  " + "".join(f"{number:8.3f}" for number in numbers) + ("  !" if row.faults else ""))
        return "\n".join([*lines, f"  {common.verdict(not self.faults)}  {'; '.join(self.faults)}"])


def measure(pipeline: Pipeline, judge: Judge, target: Portrait, source: Portrait, mode: Mode) -> Report | None:
    """One pair at every ratio; None where a photo has no usable face."""
    common.forget(pipeline)
    results = []
    try:
        for ratio in RATIOS:
            results.append(pipeline.run(target.target, source.source, Settings(ratio=ratio, mode=mode)))
    except NoFace as error:
        print(f"{target.name} <- {source.name}: {error}", file=sys.stderr)
        return None
    first, last = results[0], results[-1]
    goal = judge.describe(source.source.pixels, first.source_face)
    origin = judge.describe(target.target.pixels, first.target_face)
    changed = int(cv2.absdiff(first.pixels, first.before).max())
    report = Report(target.name, source.name, mode, _distance(goal, origin), changed)
    report.notices = [notice.code for notice in last.notices]
    # the shape is the target's, the size at most what `auto` allows
    where = np.array(first.target_face.box.centre) * first.size.width / target.target.size.width
    before = face_in(pipeline.finder, first.before, where)
    for ratio, result in zip(RATIOS, results, strict=True):
        after = face_in(pipeline.finder, result.pixels, where)
        who = judge.describe(result.pixels, after)
        turned = {name: getattr(after, name) - getattr(before, name) for name in ANGLES}
        expression = {name: after.blendshapes[name] - before.blendshapes[name] for name in SHAPES}
        report.rows.append(Row(ratio, _distance(who, goal), _distance(who, origin), turned, expression))
    return report


def face_in(finder: Finder, pixels: np.ndarray, where: np.ndarray) -> Face:
    """The face of `pixels` that is nearest to the point `where`, px.

    Raises:
        NoFace: there is none.
    """
    faces = finder.find(pixels).faces
    if not faces:
        raise NoFace(Reason.NO_FACE, role="output")
    return min(faces, key=lambda face: float(np.hypot(*(np.array(face.box.centre) - where))))


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other))


def pairs(given: Sequence[Path]) -> list[tuple[Portrait, Portrait]]:
    """The sample pair both ways, and all ordered pairs of the portraits given."""
    one, other = common.sample_portraits()
    return [(one, other), (other, one), *itertools.permutations(common.portraits(given), 2)]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", nargs="+", type=Path, default=[], help="portraits, or folders of portraits")
    parser.add_argument("--modes", nargs="+", type=Mode, default=[Mode.NORMAL], help="normal, blend, overlay")
    given = parser.parse_args()
    judge = Judge()
    reports = []
    with Pipeline() as pipeline:
        for (target, source), mode in itertools.product(pairs(given.photos), given.modes):
            report = measure(pipeline, judge, target, source, mode)
            if report is not None:
                reports.append(report)
                print(report, flush=True)
                common.record("identity", report.to_json())
    good = sum(not report.faults for report in reports)
    print(f"{good} of {len(reports)} within all bars")


if __name__ == "__main__":
    main()
