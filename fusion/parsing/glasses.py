"""Glasses: rims around both eyes and a bridge between them, where a bare face is smooth; and what the lenses show."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fusion.faces import mesh
from fusion.parsing import missing, rims, shapes
from fusion.parsing.cutout import Cutout
from fusion.parsing.face_map import GlassesWorn
from fusion.parsing.rims import Rim
from fusion.parsing.skin import Skin

BRIDGE = (55, 8, 285, 417, 351, 419, 197, 196, 122, 193)
FOREHEAD = (9, 107, 66, 105, 104, 103, 67, 109, 10, 338, 297, 332, 333, 334, 296, 336)
IRISES = (mesh.RIGHT_IRIS, mesh.LEFT_IRIS)
AROUND = (mesh.RIGHT_EYE_AROUND, mesh.LEFT_EYE_AROUND)

# CIELAB units of line contrast that rims and bridge all reach. Over 34 faces five pairs with rims scored 4.3 to 8.0,
# the strongest bare face 2.1.
WORN_AT = 3.5
FRAME_AT = 4.0  # a line that may be frame
BUSY = 10.0  # line contrast on a tenth of forehead and cheeks, from which lines are everywhere: text, a veil, noise
EDGED = 2.5  # line contrast below which no rim is seen, but the edge of a dark lens may be
TINT = 0.55  # log lightness by which lenses differ from cheeks, from which they hide the eyes: darker, or a reflection
BLIND = 0.3  # log lightness: iris and white of an eye that is seen are further apart
TURNED = 1.6  # the wider eye's width over the other's, from which the other says nothing
SEEN_AT = 0.08  # of the face width squared: of 49 faces, nine with glasses had 0.13 and more, the others up to 0.03
THIN = 0.025  # of the face width, of a rim with what light and shade it throws
ALIEN = 5.0  # spreads away from skin: dark lenses of a turned head


@dataclass(frozen=True, slots=True, eq=False)
class Glasses:
    """`frame`, `lenses`: (side, side) float32, all 0 on a bare face. `score`: CIELAB units of line contrast.

    `is_outlined`: the frame is no line that was found but a band in which thin rims lie.
    """

    worn: GlassesWorn
    score: float
    frame: np.ndarray
    lenses: np.ndarray
    whole: bool
    is_outlined: bool = False


@dataclass(frozen=True, slots=True)
class _Lens:
    """What is seen around an eye.

    `tint`: log lightness over that of the cheeks. `iris`: by how much the iris is darker than the white, likewise.
    `unlike`: spreads away from skin.
    """

    tint: float
    iris: float
    unlike: float


def find(cutout: Cutout, skin: Skin) -> Glasses:
    """Find rims, bridge, arms and lenses."""
    strength = rims.lines(cutout.lab, cutout.width) * cutout.within  # an edge that is repeated is full of lines
    both = rims.follow(cutout, strength)
    bridge = _crossing(cutout, strength, BRIDGE, 20)
    score = min(bridge, *(rim.strength for rim in both))
    lenses = _lenses(cutout, skin)
    dark = all(abs(lens.tint) > TINT for lens in lenses)
    blind = dark and all(lens.iris < BLIND for lens in lenses)
    hidden = blind and (bridge > WORN_AT or missing.eyes_are_plain(cutout))
    if _is_busy(cutout, strength) or not (score > WORN_AT or hidden or _is_dark_from_aside(cutout, both, lenses)):
        return bare(cutout.side, score)
    worn = GlassesWorn.CLEAR if score > WORN_AT and not dark else GlassesWorn.DARK
    if hidden and min(rim.strength for rim in both) < EDGED:
        both = rims.follow(cutout, np.maximum(strength, cutout.steepness))
    frame, glass = _drawn(cutout, strength, both)
    return Glasses(worn, score, frame, glass, _is_whole(cutout, frame))


def as_seen(found: Glasses, seen: np.ndarray, cutout: Cutout) -> Glasses:
    """What a network that knows glasses makes of those that were found: it tells whether there are any.

    Where their rims are too thin to be found, they are taken for as wide as such rims are, along its outline, and
    joined by what line there is across the nose: a bridge is thinner still, and the network leaves it out.

    Args:
        seen: (side, side) float32, its share of glasses, frame and lenses.
    """
    if float(seen.sum()) < SEEN_AT * cutout.width**2:
        return bare(cutout.side, found.score)
    if found.worn != GlassesWorn.NONE:
        return found
    whole = (seen > 0.5).astype(np.float32)
    lenses = (shapes.away_from(1 - whole) > THIN * cutout.width).astype(np.float32)
    bridge = shapes.grown(_bridge(cutout, rims.lines(cutout.lab, cutout.width)), THIN / 2 * cutout.width)
    frame = shapes.either(shapes.grown(whole, THIN / 2 * cutout.width) * (1 - lenses), bridge)
    frame = shapes.soft(frame, 0.005 * cutout.width)
    return Glasses(
        GlassesWorn.CLEAR, found.score, frame, lenses * (1 - frame), _is_whole(cutout, frame), is_outlined=True
    )


def bare(side: int, score: float) -> Glasses:
    """No glasses, on maps of `side` × `side` px."""
    empty = np.zeros((side, side), np.float32)
    return Glasses(GlassesWorn.NONE, score, empty, empty, False)


def _crossing(cutout: Cutout, strength: np.ndarray, zone: tuple[int, ...], share: float) -> float:
    """The line contrast that all but `share` of the zone's columns reach somewhere."""
    area = cutout.polygon(zone) > 0.5
    columns = area.any(0)
    return float(np.percentile((strength * area).max(0)[columns], share)) if columns.any() else 0.0


def _is_busy(cutout: Cutout, strength: np.ndarray) -> bool:
    """Whether forehead and cheeks are full of lines too: then those around the eyes are no frame."""
    bare = shapes.either(*map(cutout.hull, (FOREHEAD, mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK))) * cutout.within > 0.5
    rows = np.arange(cutout.side)[:, None]
    top = rows < cutout.points[[105, 334], 1].min() - 0.06 * cutout.width
    low = rows > cutout.points[[118, 347], 1].max() + 0.02 * cutout.width
    areas = [strength[bare & part] for part in (top, low)]
    return all(len(area) > 0 and float(np.percentile(area, 75)) > BUSY for area in areas)


def _lenses(cutout: Cutout, skin: Skin) -> list[_Lens]:
    smooth = cv2.GaussianBlur(cutout.light, (0, 0), 1.0)
    cheeks = smooth[np.maximum(cutout.hull(mesh.RIGHT_CHEEK), cutout.hull(mesh.LEFT_CHEEK)) > 0.5]
    if not len(cheeks):
        return [_Lens(0.0, 1.0, 0.0)] * 2
    lit = float(np.median(cheeks))
    return [_lens(cutout, skin, which, smooth - lit) for which in (0, 1)]


def _lens(cutout: Cutout, skin: Skin, which: int, light: np.ndarray) -> _Lens:
    """`light`: (side, side) float32, log lightness over that of the cheeks."""
    eye = cutout.polygon(rims.EYES[which])
    lids = (shapes.grown(cutout.polygon(AROUND[which]), 0.03 * cutout.width) > 0.5) & (
        shapes.grown(eye, 0.025 * cutout.width) < 0.5
    )
    if not lids.any():
        return _Lens(0.0, 1.0, 0.0)
    tint = float(np.median(light[lids]))
    return _Lens(tint, _iris(cutout, eye, IRISES[which]), float(np.median(skin.unlike[lids])))


def _iris(cutout: Cutout, eye: np.ndarray, ids: tuple[int, ...]) -> float:
    middle, ring = cutout.points[ids[0]], cutout.points[list(ids[1:])]
    radius = float(np.linalg.norm(ring - middle, axis=1).mean())
    rows, columns = np.nonzero(eye > 0.3)
    away = np.hypot(columns + 0.5 - middle[0], rows + 0.5 - middle[1])
    light = cutout.light[rows, columns]
    iris, white = light[away < 0.8 * radius], light[away > 1.2 * radius]
    if min(len(iris), len(white)) < 4:
        return 1.0  # too small, or nearly shut: it says nothing
    return float(np.median(white) - np.median(iris))


def _is_dark_from_aside(cutout: Cutout, both: tuple[Rim, Rim], lenses: list[_Lens]) -> bool:
    """Whether a head turned away wears dark lenses: the nearer eye alone tells."""
    right, left = (float(np.ptp(cutout.points[list(ids), 0])) for ids in rims.EYES)
    if max(right, left) < TURNED * min(right, left):
        return False
    near = 0 if right > left else 1
    lens = lenses[near]
    return both[near].strength > WORN_AT and lens.unlike > ALIEN and abs(lens.tint) > TINT and lens.iris < BLIND


def _drawn(cutout: Cutout, strength: np.ndarray, both: tuple[Rim, Rim]) -> tuple[np.ndarray, np.ndarray]:
    """(side, side) float32 twice: the frame with its arms, and the lenses within."""
    face, side = cutout.width, cutout.side
    inside = shapes.either(*(shapes.polygon(rim.outline, side) for rim in both))
    drawn = np.zeros((side, side), np.uint8)
    cv2.polylines(drawn, [np.round(rim.outline - 0.5).astype(np.int32) for rim in both], True, 1)
    near = shapes.grown(drawn.astype(np.float32), 0.035 * face)
    beside = shapes.either(near, shapes.grown(cutout.polygon(BRIDGE), 0.01 * face), _arms(cutout, both))
    eyes = shapes.grown(shapes.either(*map(cutout.polygon, rims.EYES)), 0.02 * face)
    line = (strength > FRAME_AT) & (beside > 0.5) & (eyes < 0.5)
    # a rim breaks where a glint crosses it: pieces that nearly touch are one
    count, labels = shapes.parts(shapes.grown(line.astype(np.float32), 0.012 * face))
    hangs = np.bincount(labels[drawn > 0], minlength=count) > 0
    hangs[0] = False
    frame = shapes.grown((hangs[labels] & line).astype(np.float32), 0.012 * face)
    frame = shapes.soft(frame, 0.005 * face)
    return frame, (inside * (1 - frame)).astype(np.float32)


def _bridge(cutout: Cutout, strength: np.ndarray) -> np.ndarray:
    """(side, side) float32: the strongest line across the bridge of the nose, from rim to rim."""
    canvas = np.zeros((cutout.side, cutout.side), np.uint8)
    rows, columns = np.nonzero(cutout.polygon(BRIDGE) > 0.5)
    if len(rows) == 0:
        return canvas.astype(np.float32)
    top, left = int(rows.min()), int(columns.min())
    seen = np.minimum(strength[top : rows.max() + 1, left : columns.max() + 1], rims.ENOUGH)
    path = top + rims.strongest_path(np.ascontiguousarray(seen.T))
    points = np.stack([left + np.arange(len(path)), path], axis=1).astype(np.int32)
    return cv2.polylines(canvas, [points], False, 1).astype(np.float32)


def _arms(cutout: Cutout, both: tuple[Rim, Rim]) -> np.ndarray:
    """(side, side) float32: where arms may run, from the outer ends of the rims to the ears."""
    canvas = np.zeros((cutout.side, cutout.side), np.float32)
    ends = (both[0].outline[:, 0].min(), cutout.points[234, 0] - 0.12 * cutout.width), (
        both[1].outline[:, 0].max(), cutout.points[454, 0] + 0.12 * cutout.width,
    )  # fmt: skip
    for rim, (rim_end, ear) in zip(both, ends, strict=True):
        top, bottom = rim.outline[:, 1].min(), rim.outline[:, 1].mean() + 0.04 * cutout.width
        left, right = sorted((float(rim_end), float(ear)))
        canvas[max(0, int(top)) : max(0, int(bottom)), max(0, int(left) - 2) : max(0, int(right) + 2)] = 1
    return canvas


def _is_whole(cutout: Cutout, frame: np.ndarray) -> bool:
    """Whether all of what was found, and what is around it, is in the photo."""
    near = shapes.grown(frame, 0.1 * cutout.width) > 0.5
    return bool(cutout.within[near].all())
