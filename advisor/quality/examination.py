"""Photos and a result in, everything measured out, with what a page marks on the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from advisor.quality import crops, measure, registration
from advisor.quality.crops import Crop
from advisor.quality.looks import looks, told
from advisor.quality.measure import Views
from advisor.quality.registration import ALIKE, Laid
from advisor.quality.seam import Seam
from advisor.quality.smoothing import skin_kept
from advisor.quality.softness import softness
from advisor.quality.types import Look, Measures, PairQuality, PhotoQuality, ResultQuality
from fusion.errors import WeightsInvalid, WeightsMissing
from fusion.face_setting import LARGEST, FaceChoice, WhichFace
from fusion.faces import Face, FaceFinder, Search, mesh, picked
from fusion.inspected import Inspection
from fusion.likeness import Likeness, recognizer
from fusion.photos import decode
from fusion.sizing import Rect
from fusion.types import Box, Size

SURELY_ALIKE = 0.97  # from where a picture is said to be stretched and not cropped, without further tries
ROUGHLY_ALIKE = 0.4  # below it no refining helps
MOST_FACES = 4  # of a result that are tried
# px, of the copies of a result in which faces are looked for; the detector looks at the first one in one go
SEARCH_SIDES = (640, 1280)
FACE_PX = 420.0  # how wide a face is at most where it is compared with its surroundings


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What a page draws on the result.

    Attributes:
        contour: (N, 2) float32, the border of the fused face, px of the result; empty where there is none.
        jump: (N,) float32, ΔE along it; NaN where an edge of the target's own hides it, as along a hairline.
        soft: (h, w) float32, 0…1, 1 where it is much softer than the target is there.
        soft_box: what of the result `soft` covers, px.
    """

    contour: np.ndarray
    jump: np.ndarray
    soft: np.ndarray
    soft_box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """The numbers, and where; `marks` is None without a result that lies on its target."""

    measures: Measures
    marks: Marks | None = None


def examine(
    target: np.ndarray,
    source: np.ndarray | None,
    result: np.ndarray | None,
    finder: FaceFinder,
    *,
    before: np.ndarray | None = None,
    region: Rect | None = None,
    faces: FaceChoice | None = None,
    target_face: Face | None = None,
    source_face: Face | None = None,
    target_bytes: int | None = None,
    source_bytes: int | None = None,
    likeness: Likeness | None = None,
    inspection: Inspection | None = None,
    searches: tuple[Search | None, Search | None] = (None, None),
    between: Callable[[], object] = lambda: None,
) -> Examined:
    """Measure what is given.

    Args:
        target, source, result: (H, W, 3) uint8 RGB, upright.
        finder: looks for the faces that are not given.
        before: the target at the output's size, as our own jobs keep it.
        region: outside it the result equals `before`.
        faces: which face of each photo was asked for; the largest ones when not given.
        target_face, source_face: the chosen faces, where they are known.
        target_bytes, source_bytes: of the files.
        likeness: of the result, where it is known: the network for it takes 40 MB, which a process that serves pages
            does without.
        inspection: what our own job has seen in the result, which knew the source as it was used; it is looked at anew
            when not given.
        searches: the faces of target and source, where they are known.
        between: called before each step, of which the longest takes a tenth of a second for a picture of 512 px; it may
            wait.
    """
    faces = faces or FaceChoice()
    between()
    ours, face = _photo(target, finder, faces.target, target_face, target_bytes, searches[0])
    between()
    theirs, other = (
        (None, None) if source is None else _photo(source, finder, faces.source, source_face, source_bytes, searches[1])
    )
    pair: PairQuality | None = None
    if face is not None and other is not None and source is not None:
        between()
        pair = measure.measure_pair(target, face, source, other)
    if result is None:
        return Examined(Measures(ours, theirs, pair))
    between()
    found, marks, points, pictures = _result(target, face, result, before, region, finder, between)
    if found is not None and face is not None and source is not None and other is not None:
        between()
        found = replace(found, skin_kept=_skin_kept(result, points, ((target, face), (source, other))))
        between()
        found = _with_likeness(found, result, points, ((target, face), (source, other)), likeness)
        between()
        found = replace(found, looks=_looks(inspection, pictures, (source, other), finder))
    return Examined(Measures(ours, theirs, pair, found), marks)


def _looks(
    inspection: Inspection | None,
    pictures: tuple[Crop, Crop] | None,
    source: tuple[np.ndarray, Face],
    finder: FaceFinder,
) -> tuple[Look, ...] | None:
    """What looks wrong: as the job has seen it, else as it is seen now; None where that cannot be."""
    if inspection is not None:
        return told(inspection.faults)
    return None if pictures is None else looks(*pictures, *source, finder)


def _skin_kept(result: np.ndarray, points: np.ndarray, photos: Sequence[tuple[np.ndarray, Face]]) -> float:
    """See `advisor.quality.smoothing`. 30 ms."""
    apart = _apart(points)
    eyes_px = min(measure.EYES_PX, apart, *(face.inter_eye_px for _, face in photos))
    crop = crops.at_eyes(result, points, apart, eyes_px, measure.FACE_MARGIN)
    return skin_kept(crop, [measure.face_crop(pixels, face, eyes_px) for pixels, face in photos])


def _with_likeness(
    found: ResultQuality,
    result: np.ndarray,
    points: np.ndarray,
    photos: Sequence[tuple[np.ndarray, Face]],
    known: Likeness | None,
) -> ResultQuality:
    """With how much the face is like those of target and source, where that or the network is there. 120 ms."""
    likeness = known or _likeness(result, points, photos)
    return replace(found, like_source=likeness.source, like_target=likeness.target) if likeness else found


def _likeness(result: np.ndarray, points: np.ndarray, photos: Sequence[tuple[np.ndarray, Face]]) -> Likeness | None:
    try:
        network = recognizer()
    except (WeightsMissing, WeightsInvalid):  # then the causes that need it are not among those looked for
        return None
    who = network.embed_at(result, points)
    target, source = (float(who @ network.embed(*photo)) for photo in photos)
    return Likeness(source, target)


def _apart(points: np.ndarray) -> float:
    """Between the middles of the eyes, px."""
    left, right = (points[list(corners)].mean(0) for corners in (mesh.RIGHT_EYE_CORNERS, mesh.LEFT_EYE_CORNERS))
    return float(np.linalg.norm(right - left))


def _photo(
    pixels: np.ndarray,
    finder: FaceFinder,
    chosen: WhichFace,
    face: Face | None,
    file_bytes: int | None,
    known: Search | None,
) -> tuple[PhotoQuality, Face | None]:
    search = Search((face,)) if face is not None else known or finder.find(pixels)
    which = chosen if face is None else LARGEST
    return measure.measure_photo(pixels, search, which, file_bytes), picked(search.faces, which)


def _result(
    target: np.ndarray,
    face: Face | None,
    result: np.ndarray,
    before: np.ndarray | None,
    region: Rect | None,
    finder: FaceFinder,
    between: Callable[[], object],
) -> tuple[ResultQuality | None, Marks | None, np.ndarray, tuple[Crop, Crop] | None]:
    """What is measured and marked, the (478, 2) landmarks in the result, px; result and target there, where they agree.

    None of them without a face.
    """
    own = before if before is not None and before.shape == result.shape else None
    laid = _lay(target, face, result if own is None else own, finder)
    if laid is not None and face is not None:
        points = laid.points(face.landmarks.astype(np.float64))
    else:
        found = _largest(result if own is None else own, finder)
        if not found:
            return None, None, np.zeros((0, 2)), None
        points = _within(found, region)
    size = Size(result.shape[1], result.shape[0])
    crop = crops.around(result, points, FACE_PX)
    room = measure.native(size, crop.box.centre)
    views = Views(crop, measure.cut(result, room))
    if own is not None:
        under: Views | None = Views(crops.around(own, points, FACE_PX), measure.cut(own, room))
    else:
        under = None if laid is None else _laid_under(target, laid, crop, room)
    between()
    measured, border = measure.measure_result(size, views, under, laid.stretch if laid else 1.0, _apart(points))
    if under is None:
        return measured, None, points, None
    return measured, _marks(crop, under.crop, border), points, (crop, under.crop)


def _laid_under(target: np.ndarray, laid: Laid, crop: Crop, room: Rect) -> Views:
    """The target where the result's face is: as large as `crop`, and in `room` of the result, px."""
    box = Box(room.left, room.top, room.left + room.width, room.top + room.height)
    part = registration.onto(target, laid, box, room.width, room.height)
    return Views(replace(crop, pixels=registration.onto(target, laid, crop.box, *crop.pixels.shape[1::-1])), part)


def _lay(target: np.ndarray, face: Face | None, result: np.ndarray, finder: FaceFinder) -> Laid | None:
    """How the target lies on the result, None where it does not."""
    points = face.landmarks.astype(np.float64) if face is not None else None
    plain = registration.resized(target, result, points)
    if plain.alike >= (ALIKE if plain.stretch == 1.0 else SURELY_ALIKE):
        return plain
    for side in SEARCH_SIDES:
        small = decode.thumbnail(result, side)
        per_axis = np.array(small.shape[1::-1]) / result.shape[1::-1]
        best = plain.on(per_axis)
        if points is not None:
            found = _faces(small, finder)[:MOST_FACES]
            best = max((best, *(registration.by_faces(target, small, points, each) for each in found)), key=_alike)
        if best.alike >= ROUGHLY_ALIKE:
            better = registration.refined(target, small, best, points)
            return better.on(1 / per_axis) if better is not None else None
    return None


def _alike(laid: Laid) -> float:
    return laid.alike


def _faces(pixels: np.ndarray, finder: FaceFinder) -> list[np.ndarray]:
    """(478, 2) landmarks of each face, px, the largest first."""
    found = sorted(finder.find(pixels).faces, key=lambda face: face.width_px, reverse=True)
    return [face.landmarks.astype(np.float64) for face in found]


def _largest(pixels: np.ndarray, finder: FaceFinder) -> list[np.ndarray]:
    """The same, looked for in small copies of a large picture."""
    for side in SEARCH_SIDES:
        small = decode.thumbnail(pixels, side)
        found = _faces(small, finder)
        if found:
            per_axis = np.array(pixels.shape[1::-1]) / small.shape[1::-1]
            return [points * per_axis for points in found]
    return []


def _within(found: list[np.ndarray], region: Rect | None) -> np.ndarray:
    """The face in the middle of what may differ; the largest where that is not known."""
    if region is None or region.width == 0:
        return found[0]
    middle = np.array([region.left + region.width / 2, region.top + region.height / 2])
    return min(found, key=lambda points: float(np.linalg.norm(points.mean(0) - middle)))


def _marks(crop: Crop, target: Crop, border: Seam | None) -> Marks:
    contour, jump = np.zeros((0, 2), np.float32), np.zeros(0, np.float32)
    if border is not None:
        per_axis = np.array([crop.box.width, crop.box.height]) / crop.pixels.shape[1::-1]
        contour = (border.contour * per_axis + (crop.box.left, crop.box.top)).astype(np.float32)
        jump = np.where(border.plain, np.linalg.norm(border.jump, axis=1), np.nan).astype(np.float32)
    return Marks(contour, jump, softness(crop.light, target.light, crop.oval), crop.box)
