"""Hard shadows and burnt highlights."""

from __future__ import annotations

import cv2
import numpy as np

from fusion.parsing import shapes
from fusion.parsing.cutout import Cutout

STOPS = 3 / float(np.log(2))  # in one of log lightness, which is a cube root of light
CLIPPED_FROM, CLIPPED_AT = 250, 254  # of 255, the least channel
DIM, DARK = 1.2, 2.0  # stops below lit skin, from which skin is in shade, and as good as dark
LIT = 70  # per cent of skin that is as dark or darker: lit, and no highlight
PIECE_AT = 1.5  # likewise, from which it is a piece of shadow
SMALL = 0.01  # of the face width squared: a smaller piece is a crease
# Mean stops of a piece: shade that light from aside makes on a round face comes to 2.0, lost parts to 2.4 and more.
SHADE, LOST = 1.9, 2.8
# Stops over 0.03 of the face width, along most of a piece's border: an edge, be the piece as light as 1.6 stops.
SOFT_EDGE, HARD_EDGE = 0.9, 1.6
_SMOOTH = 0.015  # of the face width: pores and stubble are no light
_ACROSS = 0.05  # of the face width, over which brows, eyes and lips take the light of the skin beside them


def burnt(cutout: Cutout) -> np.ndarray:
    """(side, side) float32: where all channels are at their end."""
    clipped = shapes.rising(cutout.least.astype(np.float32), CLIPPED_FROM, CLIPPED_AT)
    return shapes.soft(clipped, 0.005 * cutout.width)


def hard_shadow(cutout: Cutout, skin: np.ndarray, features: np.ndarray) -> np.ndarray:
    """(side, side) float32: pieces of the face that are far darker than the lit ones, or dark with a hard edge.

    A face that is lit from aside has a dark side too, which a smooth light explains.

    Args:
        skin: (side, side) likelihood of bare skin, in the shade too.
        features: (side, side), 1 on brows, eyes, nostrils and lips, whose own color is no shade.
    """
    face = cutout.width
    plain = ((skin > 0.5) & (cutout.oval > 0.5) & (features < 0.5)).astype(np.float32)
    if not plain.any():
        return np.zeros_like(skin)
    light = cv2.GaussianBlur(STOPS * cutout.light, (0, 0), _SMOOTH * face)
    below = float(np.percentile(light[plain > 0], LIT)) - light
    count, labels = shapes.parts(plain * (below > PIECE_AT))
    depth, edge = _pieces(labels, count, below, _steps(light, face), plain)
    depth_share = shapes.rising(depth, SHADE, LOST)
    edge_share = 0.5 * shapes.rising(edge, SOFT_EDGE, HARD_EDGE) * shapes.rising(depth, 1.6, 2.2)
    sure = np.clip(depth_share + edge_share, 0, 1) * (np.bincount(labels.ravel(), minlength=count) > SMALL * face**2)
    sure[0] = 0
    near = cv2.dilate(sure[labels].astype(np.float32), np.ones((5, 5), np.uint8))
    map_ = shapes.rising(below, DIM, DARK) * near * plain
    return _carried_across(map_, plain, cutout.oval * features, face)


def _steps(light: np.ndarray, face: float) -> np.ndarray:
    """(side, side) float32: how much light changes over 0.03 of the face width, stops; the most within two px."""
    across, down = (cv2.Sobel(light, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    return cv2.dilate(np.hypot(across, down) * 0.03 * face, np.ones((5, 5), np.uint8))


def _pieces(
    labels: np.ndarray, count: int, below: np.ndarray, steps: np.ndarray, plain: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Of each piece, how many stops it lies below lit skin, and the mean step along its border with skin."""
    size = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    wide = cv2.dilate(labels.astype(np.float32), np.ones((5, 5), np.uint8)).astype(np.int32)
    ring = (labels == 0) & (wide > 0) & (plain > 0)
    length = np.maximum(np.bincount(wide[ring], minlength=count), 1)
    depth = np.bincount(labels.ravel(), below.ravel(), count) / size
    return depth, np.bincount(wide[ring], steps[ring], count) / length


def _carried_across(map_: np.ndarray, plain: np.ndarray, features: np.ndarray, face: float) -> np.ndarray:
    """The map over the features too, as it is on the skin beside them."""
    share = cv2.GaussianBlur(map_, (0, 0), _ACROSS * face) / np.maximum(
        cv2.GaussianBlur(plain, (0, 0), _ACROSS * face), 0.05
    )
    filled = np.where(plain > 0, map_, np.minimum(share, 1) * (features > 0.5))
    return shapes.soft(filled, 0.01 * face)
