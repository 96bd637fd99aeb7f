"""What a page keeps of what was examined: its measures, and the result with and without the trouble. No Streamlit."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from advisor.diagnosis import Case, Diagnosis, Symptom, case, diagnose
from advisor.quality import Marks, Measures, Run, overlay
from fusion import compared
from fusion.errors import FusionError, frameless
from fusion.faces import FaceFinder
from fusion.jobs import Jobs, JobView
from fusion.photos import decode
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Box, Size

SIDE_PX = 1100  # of the longer side of a picture, at most
_QUALITY = 88
_CLEARLY_SOFT = 0.5
_WORST = 0.95  # of the border: one place alone is no border, and the diagnosis goes by the same
_one_at_a_time = threading.Lock()  # four frames in full are held for a moment

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What the marks show, in numbers: the jump across the border in ΔE, the soft share of what was looked at, 0…1."""

    mean: float
    worst: float
    soft: float


@dataclass(frozen=True, slots=True)
class Pictures:
    """The face of a result, as JPEGs: as it is, and with the trouble in it.

    Attributes:
        job: whose result it is; "" where somebody gave it.
        faces: that was fused, px of either; none where it is not known.
    """

    plain: bytes
    marked: bytes | None
    told: Told | None
    job: str = ""
    faces: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was looked at.

    Attributes:
        key: what it is of; it changes once a job is run again.
        pictures: None where there is no result.
        error: why not everything could be looked at.
        found: what was made of it, by symptom.
    """

    key: Key
    measures: Measures
    run: Run | None
    pictures: Pictures | None = None
    error: FusionError | None = None
    found: dict[str, Diagnosis] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """What a remedy changes: as the job was asked for; the defaults for a result of another tool."""
        return self.run.settings if self.run is not None else Settings()

    def diagnosis(self, symptom: Symptom | None) -> Diagnosis:
        """Made when first asked for."""
        name = str(symptom)
        if name not in self.found:
            self.found[name] = diagnose(self.measures, self.run, symptom)
        return self.found[name]


def look_at_job(key: Key, view: JobView, queue: Jobs, finder: FaceFinder) -> Seen:
    """A job with what is left of it."""
    with _one_at_a_time:
        try:
            return _look(key, case.of_job(view, queue.photos(view.id)), finder, view.id)
        except FusionError as error:
            return Seen(key, Measures(), case.run_of(view), error=frameless(error))


def look_at_files(key: Key, target: bytes, source: bytes | None, result: bytes | None, finder: FaceFinder) -> Seen:
    """Files of any tool.

    Raises:
        PhotoRejected: one of them cannot be read.
    """
    with _one_at_a_time:
        return _look(key, case.of_files(target, source, result), finder)


def _look(key: Key, what: Case, finder: FaceFinder, job: str = "") -> Seen:
    examined = what.examined(finder)
    pictures = None if what.result is None else _pictures(what.result, examined.marks, job)
    return Seen(key, examined.measures, what.run, pictures)


def _pictures(pixels: np.ndarray, marks: Marks | None, job: str) -> Pictures:
    if marks is None:
        return Pictures(_jpeg(decode.thumbnail(pixels, SIDE_PX), job), None, None, job)
    part = overlay.around(marks, Size(pixels.shape[1], pixels.shape[0]))
    plain, marked = overlay.cut(pixels, part, SIDE_PX), overlay.draw(pixels, marks, part, SIDE_PX)
    return Pictures(_jpeg(plain, job), _jpeg(marked, job), told(marks), job, _faces(marks, part, plain.shape[1]))


def _faces(marks: Marks, part: Rect, width: int) -> tuple[Box, ...]:
    """The face that was fused, px of the part at that width."""
    if not len(marks.contour):
        return ()
    points = (marks.contour - (part.left, part.top)) * (width / part.width)
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (Box(left, top, right, bottom),)


def told(marks: Marks) -> Told:
    """The marks in numbers."""
    jump = marks.jump[~np.isnan(marks.jump)]
    mean, worst = (float(jump.mean()), float(np.quantile(jump, _WORST))) if jump.size else (0.0, 0.0)
    soft = float((marks.soft > _CLEARLY_SOFT).mean()) if marks.soft.size else 0.0
    return Told(mean, worst, soft)


def _jpeg(pixels: np.ndarray, job: str) -> bytes:
    return compared.jpeg(np.ascontiguousarray(pixels), _QUALITY, job=job)
