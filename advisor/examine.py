"""Photos and a result in, everything measured out, with what a page marks on the result."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from advisor import crops, quality, register
from advisor.crops import Crop
from advisor.measures import Measures, PairQuality, PhotoQuality, ResultQuality
from advisor.quality import Views
from advisor.register import Laid
from advisor.seam import Seam
from advisor.soft import softness
from fusion.faces import Face, FaceFinder, Search
from fusion.sizing import Rect
from fusion.spec import Box, FaceChoice, FaceIndex, Size

FACE_PX = 420.0  # how wide a face is at most where it is compared with its surroundings


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What a page draws on the result.

    Attributes:
        contour: (N, 2) float32, the border of the fused face, px of the result; empty where there is none.
        jump: (N,) float32, ΔE along it.
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
    """
    faces = faces or FaceChoice()
    ours, face = _photo(target, finder, faces.target, target_face, target_bytes)
    theirs, other = (
        _photo(source, finder, faces.source, source_face, source_bytes) if source is not None else (None, None)
    )
    pair: PairQuality | None = None
    if face is not None and other is not None and source is not None:
        pair = quality.measure_pair(target, face, source, other)
    found, marks = _result(target, face, result, before, finder) if result is not None else (None, None)
    return Examined(Measures(ours, theirs, pair, found), marks)


def _photo(
    pixels: np.ndarray, finder: FaceFinder, chosen: FaceIndex, face: Face | None, file_bytes: int | None
) -> tuple[PhotoQuality, Face | None]:
    search = Search((face,)) if face is not None else finder.find(pixels)
    index = chosen if isinstance(chosen, int) and face is None else 0
    measured = quality.measure_photo(pixels, search, index, file_bytes)
    return measured, search.faces[index] if measured.face is not None else None


def _result(
    target: np.ndarray, face: Face | None, result: np.ndarray, before: np.ndarray | None, finder: FaceFinder
) -> tuple[ResultQuality | None, Marks | None]:
    own = before is not None and before.shape == result.shape
    laid = _lay(target, face, before if own and before is not None else result, finder)
    if face is None or laid is None:
        points = _found(result, finder)
        if points is None:
            return None, None
    else:
        points = laid.points(face.landmarks.astype(np.float64))
    size = Size(result.shape[1], result.shape[0])
    crop = crops.around(result, points, FACE_PX)
    room = quality.native(size, crop.box.centre)
    views = Views(crop, quality.cut(result, room))
    under: Views | None = None
    if own and before is not None:
        under = Views(crops.around(before, points, FACE_PX), quality.cut(before, room))
    elif laid is not None and laid.is_aligned:
        box = Box(room.left, room.top, room.left + room.width, room.top + room.height)
        part, _ = register.onto(target, laid, box, room.width, room.height)
        cut, _ = register.onto(target, laid, crop.box, *crop.pixels.shape[1::-1])
        under = Views(replace(crop, pixels=cut), part)
    apart = float(np.linalg.norm(points[[33, 133]].mean(0) - points[[362, 263]].mean(0)))
    measured, border = quality.measure_result(size, views, under, laid.stretch if laid else 1.0, apart)
    return measured, _marks(crop, under.crop, border) if under is not None else None


def _lay(target: np.ndarray, face: Face | None, result: np.ndarray, finder: FaceFinder) -> Laid | None:
    """How the target lies on the result, None where that cannot be told."""
    points = face.landmarks.astype(np.float64) if face is not None else None
    plain = register.resized(target, result, points)
    if points is None or (plain.stretch == 1.0 and plain.is_aligned):
        return plain
    found = _found(result, finder)
    if found is None:
        return plain
    turned = register.by_faces(target, result, points, found)
    return max((plain, turned), key=lambda laid: laid.alike)


def _found(pixels: np.ndarray, finder: FaceFinder) -> np.ndarray | None:
    faces = finder.find(pixels).faces
    return faces[0].landmarks.astype(np.float64) if faces else None


def _marks(crop: Crop, target: Crop, border: Seam | None) -> Marks:
    contour, jump = np.zeros((0, 2), np.float32), np.zeros(0, np.float32)
    if border is not None:
        per_axis = np.array([crop.box.width, crop.box.height]) / crop.pixels.shape[1::-1]
        contour = (border.contour * per_axis + (crop.box.left, crop.box.top)).astype(np.float32)
        jump = np.linalg.norm(border.jump, axis=1).astype(np.float32)
    return Marks(contour, jump, softness(crop.light, target.light, crop.oval), crop.box)
