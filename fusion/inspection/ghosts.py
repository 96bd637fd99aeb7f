"""Lines that are there in part: half a pair of glasses, strands of another's hair, a fringe that was cut at the brows.

A line is what stands out from skin and is thinner than a few hundredths of the face. Glasses that are there whole or
gone whole are no fault, whoever's they are; so what counts is which share of a photo's lines is left.
"""

from __future__ import annotations

import cv2
import numpy as np

from fusion.inspection.regions import disc, grown, shrunk
from fusion.inspection.scene import FACE_PX, Picture, Scene
from fusion.inspection.skin import SKIN, lengths

HALF = 0.028  # of where rims may be: lines that are half there, those kept times four times those lost
NEW = 0.0105  # of where rims may be, or of skin: lines that the target has not
TUFT_L = 11.5  # of lightness, that a place between or above the brows is darker below its skin than the target's is
_THIN_TUFT = 0.015  # of the face width: what is finer is a wrinkle
_NEARBY = 0.02
_MOVED = 0.03  # of the face width: what brows may have moved by
_BESIDE = 0.08  # of the face width: how far the shadow and the sheen of rims fall
_LINE, _CLEAR, _NONE = 1.5, 1.2, 0.8  # how far from skin a line is: surely one; so that it shows; and none
_SAME = 10.0  # ΔE: nobody sees that a line has changed
_KEPT = 0.5  # of its contrast that is left of a line that is kept
_SOME = 0.02  # of where rims may be, below which there are no glasses
FRAME = 16.0  # ΔE from which a line of the source's is one of a frame
_BARE = 0.6  # of it, below which there is none in the target
_PAIR = 0.028  # of where the front may lie, from which lines are a pair
_WHOLE = 0.75  # of a pair's lines, from which it is there whole


def carried(scene: Scene, result: Picture, known: bool | None) -> np.ndarray:
    """(SIDE, SIDE) bool: where glasses of the source lie that came along whole, with their shadow; no place without.

    A whole pair that the target did not wear is no fault, whatever lines and edges it brings.

    Args:
        known: whether there are such glasses; None where only the pictures tell.
    """
    worn = _came_along(scene, result) if known is None else known
    front = scene.places.front
    return grown(front, _BESIDE * FACE_PX) if worn else np.zeros_like(front)


def frame_of_source(scene: Scene) -> np.ndarray | None:
    """(SIDE, SIDE) bool: lines of a frame that the source wears where the target wears none; None without one."""
    front = scene.places.front & ~scene.views.narrow
    frame = front & (scene.source.relief > FRAME)
    if _share(frame, front) < _PAIR:
        return None
    before = cv2.dilate(np.maximum(scene.target.relief, scene.still.relief), disc(_NEARBY * FACE_PX))
    frame &= before < _BARE * FRAME
    return frame if _share(frame, front) >= _PAIR else None


def _came_along(scene: Scene, result: Picture) -> bool:
    frame = frame_of_source(scene)
    if frame is None:
        return False
    kept = cv2.dilate(result.relief, disc(_NEARBY * FACE_PX)) > _KEPT * scene.source.relief
    return bool(kept[frame].mean() >= _WHOLE)


def halved(scene: Scene, result: Picture, glasses: np.ndarray) -> tuple[float, np.ndarray]:
    """How much of a pair of glasses is there in part, over its limit, and where.

    Args:
        glasses: (SIDE, SIDE) bool, where glasses are that came along whole.
    """
    left = cv2.dilate(result.lines, disc(_NEARBY * FACE_PX))
    rims = _rims(scene) & ~glasses
    # glasses that stay are moved with the face, or left where they were
    ways = []
    for picture in (scene.target, scene.still):
        worn = rims & (picture.lines > _LINE)
        same = lengths(result.lab - picture.lab) < _SAME
        ways.append((_partly(worn, (left > _KEPT * picture.lines) | same, rims), worn))
    of_target = min(ways, key=lambda each: each[0])
    brought = rims & (scene.source.lines > _LINE) & (_before(scene) < 1)
    of_source = _partly(brought, left > _KEPT * scene.source.lines, rims), brought
    level, where = max(of_target, of_source, key=lambda each: each[0])
    return level / HALF, where


def _rims(scene: Scene) -> np.ndarray:
    rims: np.ndarray = scene.places.rims & ~scene.views.narrow
    return rims


def _before(scene: Scene) -> np.ndarray:
    """(SIDE, SIDE): the target's lines with what they may have moved by."""
    lines: np.ndarray = cv2.dilate(np.maximum(scene.target.lines, scene.still.lines), disc(_NEARBY * FACE_PX))
    return lines


def _partly(lines: np.ndarray, kept: np.ndarray, rims: np.ndarray) -> float:
    """0 where the lines are kept whole or lost whole; at most their share of where rims may be."""
    share = _share(lines, rims)
    if share < _SOME:
        return 0.0
    whole = float(kept[lines].mean())
    return share * 4 * whole * (1 - whole)


def appeared(scene: Scene, result: Picture, glasses: np.ndarray) -> tuple[float, np.ndarray]:
    """How many lines there are that the target has not, over its limit, and where.

    Beside the eyes the source's own are none: those of glasses are looked at by `halved`.

    Args:
        glasses: (SIDE, SIDE) bool, where glasses are that came along whole, with what they throw on the skin.
    """
    places = scene.places
    near = disc(_NEARBY * FACE_PX)
    new = (result.lines > _CLEAR) & (_before(scene) < _NONE) & ~scene.views.narrow & ~glasses
    bare = shrunk(places.oval, 0.03 * FACE_PX) & ~places.core & ~places.folds & (scene.target.skin.far < SKIN)
    rims = places.rims & (cv2.dilate(scene.source.lines, near) < _NONE)
    found = [(_share(new & area, area), new & area) for area in (rims, bare & ~grown(places.rims, _BESIDE * FACE_PX))]
    level, where = max(found, key=lambda each: each[0])
    return level / NEW, where


def tufts(scene: Scene, result: Picture) -> np.ndarray:
    """(SIDE, SIDE): how much darker than skin it is between and above the brows, over its limit; 0 elsewhere.

    A fringe of the source's that ends there makes one bar of the brows, or stands on the forehead without its hair.
    """
    dark, before = (each.skin.expected[..., 0] - each.smooth(_THIN_TUFT)[..., 0] for each in (result, scene.target))
    before = cv2.dilate(np.maximum(before, 0), disc(_MOVED * FACE_PX))
    area = scene.places.above_eyes & shrunk(scene.places.oval, 0.03 * FACE_PX) & ~scene.views.narrow
    return np.where(area, (dark - before) / TUFT_L, 0)


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return int(np.count_nonzero(part)) / max(int(np.count_nonzero(whole)), 1)
