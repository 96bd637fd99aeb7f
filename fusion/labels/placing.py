"""Where in a picture its label goes: at a corner, else at an edge, and over nobody's face. Numpy alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fusion.labels.label import Label
from fusion.labels.lettering import lettering
from fusion.notices import Notice
from fusion.sizing import Rect
from fusion.types import Box, Size

MARGIN = 0.02  # between the label and the picture's edge, of the shorter side
STEP = 0.25  # between two places at an edge that are tried, of the label's height
# From the box of a face's landmarks, brow to chin, to the head: of the box's width and height.
HEAD_ASIDE, HEAD_ABOVE, HEAD_BELOW = 0.25, 0.45, 0.15


@dataclass(frozen=True, slots=True)
class Placed:
    """A label in its place.

    Attributes:
        box: the plate, px of the picture.
        covered: how much of the face that it covers most is under it, 0…1.
    """

    label: Label
    box: Rect
    covered: float = 0.0

    @property
    def notice(self) -> Notice | None:
        """What is to be told of the place: that no other was free. None where there is nothing to tell."""
        if not self.covered:
            return None
        return Notice("label_over_face", {"percent": max(1.0, 100 * self.covered)})

    def to_json(self) -> dict[str, Any]:
        """What the recipe says of it, in plain JSON types: the text, and left, top, width and height of the plate.

        Where no place was free, how much of a face is under it, too: 0.001…1.
        """
        box = self.box
        told = {"text": self.label.text, "box": [box.left, box.top, box.width, box.height]}
        return told | ({"covers_face": max(0.001, round(self.covered, 3))} if self.covered else {})


def place(label: Label, size: Size, faces: Sequence[Box] = (), opaque: Rect | None = None) -> Placed:
    """Where the label goes.

    The first of the four corners, beginning at the bottom right, that no head reaches; else the first place at an edge.
    Where heads are everywhere, the first that no face reaches; where faces are, that which covers least of one.

    Args:
        size: of the picture.
        faces: boxes of all that are in it, px.
        opaque: the part of the picture that is to be seen, px; None where that is all of it. The label stays within.
    """
    within = opaque or Rect(0, 0, size.width, size.height)
    wanted = lettering(label, size, opaque).plate
    # In a strip of less than thirty pixels no label is legible: what there is room for is drawn.
    plate = Size(min(wanted.width, within.width), min(wanted.height, within.height))
    places = _places(within, plate)
    shown = np.array([(face.left, face.top, face.right, face.bottom) for face in faces]).reshape(-1, 4)
    for taken in (_heads(shown), shown):
        free = np.flatnonzero(~_shares(places, taken).any(axis=1))
        if free.size:
            return Placed(label, _rect(places[free[0]]))
    shares = _shares(places, shown)
    best = int(shares.sum(axis=1).argmin())
    return Placed(label, _rect(places[best]), float(shares[best].max()))


def _places(within: Rect, plate: Size) -> np.ndarray:
    """(N, 4) int: left, top, right, bottom of the plate in every place that is tried, the best first."""
    margin = round(MARGIN * min(within.width, within.height))
    across, down = within.width - plate.width, within.height - plate.height
    left, top = within.left + min(margin, across // 2), within.top + min(margin, down // 2)
    right, bottom = within.left + across - min(margin, across // 2), within.top + down - min(margin, down // 2)
    step = max(1, round(STEP * plate.height))
    corners = [(right, bottom), (left, bottom), (right, top), (left, top)]
    level = [(x, y) for y in (bottom, top) for x in range(right, left, -step)]
    upright = [(x, y) for x in (right, left) for y in range(bottom, top, -step)]
    at = np.array([*corners, *level, *upright])
    return np.hstack([at, at + np.array([plate.width, plate.height])])


def _heads(faces: np.ndarray) -> np.ndarray:
    """(M, 4): the boxes of faces, as large as the heads."""
    left, top, right, bottom = faces.T
    wide, high = right - left, bottom - top
    above, below = top - HEAD_ABOVE * high, bottom + HEAD_BELOW * high
    return np.stack([left - HEAD_ASIDE * wide, above, right + HEAD_ASIDE * wide, below], axis=1)


def _shares(places: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """(N, M): how much of each box each place covers, 0…1."""
    low, high = np.maximum(places[:, None, :2], boxes[:, :2]), np.minimum(places[:, None, 2:], boxes[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    return shared / np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-9)


def _rect(place: np.ndarray) -> Rect:
    left, top, right, bottom = map(int, place)
    return Rect(left, top, right - left, bottom - top)
