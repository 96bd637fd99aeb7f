"""What looks wrong in a result, as `fusion.inspection` sees it: whoever made it, and with whatever settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from advisor.quality.crops import Crop
from advisor.quality.near_search import find_near
from advisor.quality.types import Look
from fusion.faces import Face, Finder
from fusion.inspection import Fault, Part, faults, scene
from fusion.types import Box

# Parts are the person's own; places are said as somebody sees the picture.
PLACES = {
    Part.RIGHT_EYE: "left_eye",
    Part.LEFT_EYE: "right_eye",
    Part.RIGHT_CHEEK: "left_cheek",
    Part.LEFT_CHEEK: "right_cheek",
}


def looks(result: Crop, target: Crop, source: np.ndarray, source_face: Face, finder: Finder) -> tuple[Look, ...]:
    """What looks wrong. 150 ms: the face is looked for again, since a fusion moves its landmarks.

    Args:
        result, target: the same part of the result and of the target laid onto it, with the target's landmarks.
        source: (H, W, 3) uint8, the source photo.
    """
    points = target.points
    found = find_near(finder, result.pixels, Box(*map(float, (*points.min(0), *points.max(0)))))
    own = points if found is None else found.landmarks.astype(np.float64)
    return told(faults(scene(target.pixels, source, own, points, source_face.landmarks), result.pixels))


def told(found: Sequence[Fault]) -> tuple[Look, ...]:
    """One of each kind, the worst first.

    Args:
        found: likewise in order.
    """
    worst = {fault.kind: fault for fault in reversed(found)}
    return tuple(
        Look(str(fault.kind), PLACES.get(fault.part, str(fault.part)), fault.amount)
        for fault in found
        if worst[fault.kind] is fault
    )
