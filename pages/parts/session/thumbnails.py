"""Small square pictures of results, around the face: made once, and the oldest forgotten. No Streamlit."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection

import cv2
import numpy as np

from fusion.compared import frame, jpeg, small
from fusion.facts import Facts
from fusion.jobs import JobView, Outcome
from fusion.newest import Newest
from fusion.sizing import Rect
from fusion.types import Size

SIDE_PX = 320
MOST = 400  # some 20 kB each
FACE_ROOM = 1.7  # the side of a picture, in extents of the face in it


class Thumbnails:
    """Of results, for all sessions; whether somebody may see one is asked before."""

    def __init__(self, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._made = Newest[tuple[str, float | None], bytes](most)

    def of(self, view: JobView) -> bytes | None:
        """A JPEG; None where there is no result or its file is gone."""
        if view.outcome is None:
            return None
        key = (view.id, view.ended)  # a job that is run again has another end
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        try:
            made = square(view.id, view.outcome, SIDE_PX)
        except OSError:
            return None
        with self._lock:
            self._made[key] = made
        return made

    def drop(self, ids: Collection[str] | None) -> None:
        """Forget those of jobs that were deleted, or of all for None."""
        with self._lock:
            for key in [key for key in self._made if ids is None or key[0] in ids]:
                del self._made[key]


def square(job: str, outcome: Outcome, side: int) -> bytes:
    """The face of a result as a small square JPEG, `side` px; where that is not known, the middle of the picture.

    Raises:
        OSError: its file is missing or damaged.
    """
    pixels, whole = small(outcome.output)
    area = _around_face(outcome.facts, whole)
    if area.width * pixels.shape[1] < side * whole.width:  # a small face in a large picture
        pixels = frame(outcome.output)
    across, down = pixels.shape[1] / whole.width, pixels.shape[0] / whole.height
    rows = slice(round(area.top * down), round((area.top + area.height) * down))
    part = pixels[rows, round(area.left * across) : round((area.left + area.width) * across)]
    square = cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA)
    return jpeg(np.asarray(square, np.uint8), 82, job=job)


def _around_face(facts: Facts, whole: Size) -> Rect:
    """A square within the whole around the face that was fused; where no face is known, around all that may have been.

    Of several faces that is the one in the middle of what was fused.
    """
    fused = facts.region if facts.region.width else Rect(0, 0, whole.width, whole.height)
    x, y = fused.left + fused.width / 2, fused.top + fused.height / 2
    extent, room = float(max(fused.width, fused.height)), 1.0
    if facts.heads:
        head = min(facts.heads, key=lambda each: math.dist(each.centre, (x, y)))
        (x, y), extent, room = head.centre, max(head.width, head.height), FACE_ROOM
    side = min(round(room * extent), whole.width, whole.height)
    return Rect(_within(x, side, whole.width), _within(y, side, whole.height), side, side)


def _within(middle: float, length: int, most: int) -> int:
    """Where a stretch around a middle begins, moved so that it lies within 0 and `most`."""
    return min(max(round(middle - length / 2), 0), most - length)
