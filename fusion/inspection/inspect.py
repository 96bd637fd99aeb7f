"""Look at a result as somebody does who has not seen the photos: what looks wrong, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from fusion.inspected import Fault, FaultKind, Part
from fusion.inspection import edges, ghosts, tone
from fusion.inspection.regions import Regions, regions
from fusion.inspection.skin import skin
from fusion.inspection.views import Views, views
from fusion.types import Box

# Of the face: what is smaller is not seen. Edges are narrow, and of what is unlike its mirror image half counts.
AREA: Mapping[FaultKind, float] = MappingProxyType(
    {FaultKind.PATCH: 0.006, FaultKind.ASYMMETRY: 0.003, FaultKind.EYES: 0.003, FaultKind.EDGE: 0.0025}
)


def faults(
    result: np.ndarray,
    target: np.ndarray,
    source: np.ndarray,
    result_points: np.ndarray,
    target_points: np.ndarray,
    source_points: np.ndarray,
) -> tuple[Fault, ...]:
    """What looks wrong in a result, the worst first. 60 ms, whatever the size.

    Args:
        result: (H, W, 3) uint8 sRGB.
        target: (H, W, 3) uint8, at the result's size.
        source: (h, w, 3) uint8, the source photo.
        result_points, target_points, source_points: (478, 2 or 3) landmarks, px of their pictures.
    """
    seen = views(result, target, source, result_points, target_points, source_points)
    places = regions(seen.shape, seen.face_px)
    found = sorted(_faults(seen, places), key=lambda fault: (-fault.amount, fault.kind, fault.part))
    return tuple(found)


def _faults(seen: Views, places: Regions) -> Iterator[Fault]:
    pictures = (seen.result, seen.target, seen.source)
    skins = [skin(each, places.seed, seen.face_px) for each in pictures]
    far = [each.far for each in skins]
    levels = (
        (FaultKind.PATCH, tone.patches(seen, places, skins[1:])),
        (FaultKind.ASYMMETRY, tone.halves(seen, places, far[1])),
        (FaultKind.EYES, tone.eyes(seen, places)),
        (FaultKind.EDGE, edges.edges(seen, places)),
    )
    for kind, level in levels:
        yield from _by_part(kind, level, seen, places)
    wholes = (
        (FaultKind.GHOST, ghosts.halved(seen, places, far)),
        (FaultKind.GHOST, ghosts.appeared(seen, places, far)),
        (FaultKind.SMEAR, edges.smears(seen, places)),
    )
    for kind, (amount, area) in wholes:
        if amount >= 1:
            yield Fault(kind, _most(area, places), round(amount, 2), _box(area, seen))


def _by_part(kind: FaultKind, level: np.ndarray, seen: Views, places: Regions) -> Iterator[Fault]:
    """A fault for each part in which the level is at least 1 over an area that is seen."""
    least = max(4, round(AREA[kind] * np.count_nonzero(places.oval)))
    for part, area in places.parts.items():
        values = level[area]
        if len(values) < least:
            continue
        amount = float(np.partition(values, len(values) - least)[len(values) - least])
        if amount >= 1:
            yield Fault(kind, part, round(amount, 2), _box(area & (level >= 1), seen))


def _most(area: np.ndarray, places: Regions) -> Part:
    return max(places.parts, key=lambda part: np.count_nonzero(area & places.parts[part]))


def _box(area: np.ndarray, seen: Views) -> Box:
    """Around a place of the frame, px of the result."""
    points = seen.place[area]
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return Box(*(round(float(each), 1) for each in (left, top, right, bottom)))
