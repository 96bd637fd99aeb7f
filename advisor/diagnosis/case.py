"""What is to be diagnosed: a job of ours, or three files of whatever tool, as pictures and as facts of the run.

Of a large result only what lies around its face takes memory: that is all that is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from advisor.diagnosis.run_rules import diagnose
from advisor.diagnosis.types import Diagnosis, Symptom
from advisor.quality import NATIVE_SIDE, Examined, Run, examine, find_near
from fusion import config, provenance
from fusion.errors import FusionError, Reason, SettingsInvalid
from fusion.face_facts import MappedFacts
from fusion.face_setting import FaceChoice
from fusion.faces import Face, FaceFinder, Search, known, picked
from fusion.inspected import Inspection
from fusion.jobs import JobView, Outcome
from fusion.memory import Step
from fusion.photos import Limits, decode, stored
from fusion.settings import MAX_SIDE, Settings, settings_in
from fusion.sizing import Rect
from fusion.types import Box, EngineName, Likeness, Role
from fusion.units import GIB

WHOLE_PX = 2048 * 2048  # up to so many pixels a result is kept whole
RING = 0.5  # of the region's longer side: how much around it is kept of a larger one
MOST_BYTES = GIB  # of a file; a PNG of 8192² px has about 200 MB


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Pictures are (H, W, 3) uint8 RGB; None for what was not given.

    Attributes:
        target, source: whole photos.
        result: of a large one of ours all but the surroundings of the face is black.
        before: the target at the result's size; only of our own jobs.
        region: px outside which the result equals `before`.
        faces: which were chosen.
        target_bytes, source_bytes: of the photos' files.
        run: how it was made, where that is known.
        boxes: of the faces that a job of ours has used, px of target and source.
        likeness: as that job has measured it.
        inspection: what a job of ours has seen in its result; None where nobody looked.
        searches: the faces of target and source, where this process has looked for them already.
    """

    target: np.ndarray
    source: np.ndarray | None = None
    result: np.ndarray | None = None
    before: np.ndarray | None = None
    region: Rect | None = None
    faces: FaceChoice = field(default_factory=FaceChoice)
    target_bytes: int | None = None
    source_bytes: int | None = None
    run: Run | None = None
    boxes: tuple[Box, Box] | None = None
    likeness: Likeness | None = None
    inspection: Inspection | None = None
    searches: tuple[Search | None, Search | None] = (None, None)

    def examined(
        self, finder: FaceFinder, *, others: bool = True, between: Callable[[], object] = lambda: None
    ) -> Examined:
        """Everything that can be measured of it.

        Args:
            others: whether other faces of the photos are looked for as well, which takes longest where those are large.
            between: called before each step; it may wait.
        """
        faces: tuple[Face | None, Face | None] = (None, None)
        if not others and self.boxes is not None and self.source is not None:
            between()
            first = _face(self.searches[0], finder, self.target, self.boxes[0])
            between()
            faces = first, _face(self.searches[1], finder, self.source, self.boxes[1])
        return examine(
            self.target,
            self.source,
            self.result,
            finder,
            before=self.before,
            region=self.region,
            faces=self.faces,
            target_face=faces[0],
            source_face=faces[1],
            searches=self.searches,
            target_bytes=self.target_bytes,
            source_bytes=self.source_bytes,
            likeness=self.likeness,
            inspection=self.inspection,
            between=between,
        )

    def diagnosed(
        self,
        finder: FaceFinder,
        symptom: Symptom | None = None,
        *,
        others: bool = True,
        between: Callable[[], object] = lambda: None,
    ) -> Diagnosis:
        """What is wrong with it; all symptoms for None. `others` and `between` as in `examined`."""
        measures = self.examined(finder, others=others, between=between).measures
        return diagnose(measures, self.run, symptom, config.load().max_upload_bytes)


def of_job(view: JobView, photos: tuple[bytes, bytes]) -> Case:
    """A job of the history, with a result or without one; of several faces the one that is least like its source.

    Args:
        photos: files of the target and of the source.

    Raises:
        PhotoRejected: a photo cannot be read.
        FusionError: "result_gone".
    """
    case = _of_photos(photos[0], photos[1])
    case = replace(case, faces=view.settings.faces, run=run_of(view))
    if view.outcome is None:
        return case
    facts = view.outcome.facts
    told = facts.told_face
    result, before = _pictures(view.outcome)
    case = replace(case, result=result, before=before, region=facts.region)
    if told is not None:
        return _of_face(case, told)
    boxes = facts.target_face.box, facts.source_face.box
    return replace(case, boxes=boxes, likeness=facts.likeness, inspection=facts.inspection)


def of_each(view: JobView, target: bytes, sources: Sequence[bytes]) -> Iterator[Case]:
    """Each face that a map named, of a job with a result.

    Args:
        target, sources: files of all its photos.

    Raises:
        PhotoRejected: a photo cannot be read.
        FusionError: "result_gone".
    """
    assert view.outcome is not None
    facts = view.outcome.facts
    case = of_job(view, (target, sources[facts.source_index]))
    for face in facts.mapped:
        data = sources[face.photo]
        own = case
        if face.photo != facts.source_index:
            other = _of_photos(data, None)
            searches = case.searches[0], other.searches[0]
            own = replace(case, source=other.target, source_bytes=len(data), searches=searches)
        yield _of_face(own, face)


def _of_face(case: Case, face: MappedFacts) -> Case:
    """The case of one of several faces."""
    boxes = face.target_face.box, face.source_face.box
    return replace(
        case,
        faces=FaceChoice(*boxes),
        region=face.region,
        boxes=boxes,
        likeness=face.likeness,
        inspection=face.inspection,
    )


def of_files(target: bytes, source: bytes | None, result: bytes | None) -> Case:
    """Files of any tool; a result of ours says itself how it was made.

    Raises:
        PhotoRejected: one of them cannot be read.
    """
    case = _of_photos(target, source)
    return case if result is None else with_result(case, result)


def with_result(case: Case, result: bytes) -> Case:
    """The case with another file for its result, of which nothing more is known than it says itself.

    Raises:
        PhotoRejected: it cannot be read.
    """
    limits = Limits(MOST_BYTES, MAX_SIDE * MAX_SIDE)
    pixels = decode.read(result, Role.TARGET, limits).pixels
    told = case.run or run_in(result)
    faces = told.settings.faces if told is not None else case.faces
    return replace(case, result=pixels, before=None, region=None, faces=faces, run=told, likeness=None, inspection=None)


def run_of(view: JobView) -> Run:
    """What is known of a job's run."""
    facts = None if view.outcome is None else view.outcome.facts
    return Run(
        settings=view.settings,
        engine=None if facts is None else facts.engine,
        used=None if facts is None else facts.settings,
        steps=view.steps,
        seconds=None if facts is None else facts.seconds,
        expected_s=view.expected_s,
        error="" if view.error is None else view.error.reason,
        deaths=view.deaths,
    )


def run_in(result: bytes) -> Run | None:
    """What a picture of ours says of how it was made; None for any other."""
    recipe = provenance.recipe_in(result)
    if recipe is None:
        return None
    try:
        settings = Settings.from_json(settings_in(recipe))
        steps = tuple(Step.from_json(step) for step in recipe.get("steps", ()))
        return Run(settings, EngineName(recipe["engine"]), settings, steps)
    except (SettingsInvalid, KeyError, TypeError, ValueError, AttributeError):  # anybody may have written it
        return None


def _of_photos(target: bytes, source: bytes | None) -> Case:
    limits = Limits(max_bytes=MOST_BYTES)
    ours = decode.read(target, Role.TARGET, limits)
    theirs = None if source is None else decode.read(source, Role.SOURCE, limits)
    return Case(
        target=ours.pixels,
        source=None if theirs is None else theirs.pixels,
        target_bytes=len(target),
        source_bytes=None if source is None else len(source),
        searches=(known.of(ours.sha256), None if theirs is None else known.of(theirs.sha256)),
    )


def _face(search: Search | None, finder: FaceFinder, pixels: np.ndarray, box: Box) -> Face | None:
    """The face that a job has used, as it is known or where it was."""
    found = picked(search.faces, box) if search is not None else None
    return find_near(finder, pixels, box) if found is None else found


def _pictures(made: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """A result, of a large one what lies around its face; and its target at that size. Two frames are held at most."""
    room = made.facts.region
    with _there(made.output):
        whole, _ = stored.frame(made.output)
    result = _around(room, whole)
    with _there(made.before):
        return result, stored.before(made.before, whole.copy() if result is whole else whole, room)


@contextmanager
def _there(path: Path) -> Iterator[None]:
    """A file of a result that is missing or damaged is told of by its name."""
    try:
        yield
    except OSError as error:
        raise FusionError(Reason.RESULT_GONE, file=path.name) from error


def _around(region: Rect, pixels: np.ndarray) -> np.ndarray:
    """The picture; a large one black but for the region and its surroundings. What is never written takes no memory."""
    if pixels.size <= 3 * WHOLE_PX:
        return pixels
    ring = max(round(RING * max(region.width, region.height)), NATIVE_SIDE)
    rows = slice(max(0, region.top - ring), region.top + region.height + ring)
    columns = slice(max(0, region.left - ring), region.left + region.width + ring)
    kept = np.zeros(pixels.shape, np.uint8)
    kept[rows, columns] = pixels[rows, columns]
    return kept
