"""Results, target and source seen in one frame, in which a face is upright and its halves are mirror images.

Each picture is read through the face mesh, so that the same place of the frame shows the same place of the face in all
of them, whoever's it is and however it is turned; and the frame flipped from left to right shows each place's opposite.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import geometry, mesh, mirror

SIDE = 224  # px of the frame
FACE = 0.66  # of the frame's side: the width of a face in it
COARSE = 2  # px of the frame for each px of the map by which it is read
_TIP, _SIDES = 1, (234, 454)  # of the nose; the outermost of the cheeks
FINER = 1.5  # px of a cut for each px of the frame, where the picture has them
SMEARED = 0.25  # of the usual px of a picture for each px of the frame
TURNED = 0.3  # of one half's width, below which the other half is too narrow to be compared with it
ROOM = 0.25  # of the face width, around it, that is cut from a picture


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Target and source in the frame, (SIDE, SIDE, 3) float32 CIELAB, the target twice, and how a result gets there.

    Attributes:
        still: the target at the result's own px: what the fusion left where it was lies here as it lies in the result.
        points: (478, 2) px of the result, of the fused face.
        shape: (478, 2) the landmarks in the frame.
        even: whether the face's halves are mirror images; not of a face that is turned far.
        narrow: (SIDE, SIDE) bool, where the source shows so little of the face that its pixels are smeared.
        place: (SIDE, SIDE, 2) float32, the px of the result that each px of the frame shows.
    """

    target: np.ndarray
    source: np.ndarray
    still: np.ndarray
    points: np.ndarray
    shape: np.ndarray
    even: bool
    narrow: np.ndarray
    place: np.ndarray

    def of(self, result: np.ndarray) -> np.ndarray:
        """(SIDE, SIDE, 3): a result, (H, W, 3) uint8 sRGB, in the frame."""
        cut = _cut(result, self.points)
        return _read(cut.pixels, cut.of_photo(self.place))


def views(
    target: np.ndarray,
    source: np.ndarray,
    result_points: np.ndarray,
    target_points: np.ndarray,
    source_points: np.ndarray,
) -> Views:
    """Read both photos, (H, W, 3) uint8 sRGB, through their landmarks, (478, 2 or 3) px."""
    points = result_points[:, :2]
    shape, even = _laid(points)
    cuts = [_cut(target, target_points[:, :2]), _cut(source, source_points[:, :2])]
    place, *places = _places(shape, [points, *(cut.points for cut in cuts)])
    ours, theirs = (_read(cut.pixels, there) for cut, there in zip(cuts, places, strict=True))
    still = _read(cuts[0].pixels, cuts[0].of_photo(place))
    return Views(ours, theirs, still, points, shape, even, _narrow(places[1]), place)


def _laid(points: np.ndarray) -> tuple[np.ndarray, bool]:
    """The landmarks upright in the frame, and whether they could be made even: the mean of face and mirror image."""
    across, down = geometry.axes(points)
    scale = FACE * SIDE / geometry.face_width(points)
    upright = np.column_stack([points @ across, points @ down]) * scale
    halves = [abs(float(upright[_TIP, 0] - upright[side, 0])) for side in _SIDES]
    even = min(halves) >= TURNED * max(halves)
    middle = upright[list(mesh.OVAL)]
    upright -= (middle.max(0) + middle.min(0)) / 2
    shape = (upright + upright[mirror.pairing()] * [-1, 1]) / 2 if even else upright
    return shape + SIDE / 2, even


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """The surroundings of a face: `pixels` of them, its `points` there; `low` and `scale` lead there from the photo."""

    pixels: np.ndarray
    points: np.ndarray
    low: np.ndarray
    scale: float

    def of_photo(self, place: np.ndarray) -> np.ndarray:
        answer: np.ndarray = (place - self.low.astype(np.float32)) * np.float32(self.scale)
        return answer


def _cut(pixels: np.ndarray, points: np.ndarray) -> _Cut:
    """Reduced by area to about the frame's scale."""
    width = geometry.face_width(points)
    edge = np.array(pixels.shape[1::-1])
    low = np.floor(points.min(0) - ROOM * width).astype(int).clip(0, edge - 1)
    high = np.ceil(points.max(0) + ROOM * width).astype(int).clip(low + 1, edge)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    times = min(max(1, round(width / (FINER * FACE * SIDE))), *(high - low).tolist())
    if times > 1:  # by a whole number: several times as fast
        columns, rows = (int(side) // times for side in high - low)
        part = cv2.resize(part[: rows * times, : columns * times], (columns, rows), interpolation=cv2.INTER_AREA)
    return _Cut(part, (points - low) / times, low, 1 / times)


def _places(shape: np.ndarray, points: list[np.ndarray]) -> list[np.ndarray]:
    """For each picture (SIDE, SIDE, 2) float32: the px that each px of the frame shows."""
    side = SIDE // COARSE
    fits = [geometry.affine(shape, each) for each in points]
    offsets = [each - (shape @ fit[:2] + fit[2]) for each, fit in zip(points, fits, strict=True)]
    raster, inside = geometry.rasterize(shape / COARSE, np.column_stack(offsets), side, side)
    # beyond the mesh a place keeps the offset of the nearest place on it, fading
    distance, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.zeros(labels.max() + 1, np.int64)
    index[labels[inside]] = np.flatnonzero(inside)
    raster = raster.reshape(len(raster), -1)[:, index[labels]].reshape(-1, side, side)
    raster *= np.exp(-distance / (0.15 * FACE * side)).astype(np.float32)
    moved = raster.reshape(len(points), 2, side, side).transpose(0, 2, 3, 1)
    return [_full(fit.astype(np.float32), offset) for fit, offset in zip(fits, moved, strict=True)]


def _full(fit: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 2): an affine map (3, 2) with the offsets, (SIDE / COARSE, SIDE / COARSE, 2), from it."""
    rows, columns = (np.mgrid[: len(offset), : len(offset)].astype(np.float32) + 0.5) * COARSE
    coarse = columns[..., None] * fit[0] + rows[..., None] * fit[1] + fit[2] + offset
    full: np.ndarray = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return full


def _read(pixels: np.ndarray, place: np.ndarray) -> np.ndarray:
    x, y = (np.ascontiguousarray(place[..., i] - 0.5) for i in (0, 1))
    seen = cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lab: np.ndarray = cv2.cvtColor(seen.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    return lab


def _narrow(place: np.ndarray) -> np.ndarray:
    dx, dy = np.gradient(place, axis=1), np.gradient(place, axis=0)
    area = dx[..., 0] * dy[..., 1] - dx[..., 1] * dy[..., 0]  # negative where the mesh is folded
    middle = np.median(area[SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4])
    narrow: np.ndarray = area < SMEARED * middle
    return narrow
