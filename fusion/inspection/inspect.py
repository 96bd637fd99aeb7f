"""Look at a result as somebody does who has not seen the photos: what looks wrong, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from fusion.inspected import Fault, FaultKind, Part
from fusion.inspection import edges, ghosts, light, tone
from fusion.inspection.scene import Picture, Scene
from fusion.types import Box

# Of the face: what is smaller is not seen. Edges are narrow, and of what is unlike its mirror image half counts.
AREA: Mapping[FaultKind, float] = MappingProxyType(
    {
        FaultKind.PATCH: 0.006,
        FaultKind.ASYMMETRY: 0.003,
        FaultKind.EYES: 0.003,
        FaultKind.EDGE: 0.0025,
        FaultKind.GHOST: 0.003,
    }
)
_SMALL = 0.003  # likewise of patches that stand out much


def faults(scene: Scene, result: np.ndarray, *, carried: bool | None = None) -> tuple[Fault, ...]:
    """What looks wrong in a result, the worst first. 30 ms, whatever the size.

    Args:
        result: (H, W, 3) uint8 sRGB.
        carried: whether it wears the source's glasses; None where only the pictures tell.
    """
    picture = scene.picture(result)
    glasses = ghosts.carried(scene, picture, carried)
    found = sorted(_faults(scene, picture, glasses), key=lambda fault: (-fault.amount, fault.kind, fault.part))
    worst: dict[tuple[FaultKind, Part], Fault] = {}
    for fault in found:
        worst.setdefault((fault.kind, fault.part), fault)
    return tuple(worst.values())


def _faults(scene: Scene, result: Picture, glasses: np.ndarray) -> Iterator[Fault]:
    levels = (
        (FaultKind.PATCH, AREA[FaultKind.PATCH], np.where(glasses, 0, tone.patches(scene, result))),
        (FaultKind.PATCH, _SMALL, np.where(glasses, 0, light.islands(scene, result))),
        (FaultKind.PATCH, _SMALL, np.where(glasses, 0, light.stains(scene, result))),
        (FaultKind.ASYMMETRY, AREA[FaultKind.ASYMMETRY], tone.halves(scene, result)),
        (FaultKind.EYES, AREA[FaultKind.EYES], tone.eyes(scene, result)),
        (FaultKind.EDGE, AREA[FaultKind.EDGE], edges.edges(scene, result, glasses)),
        (FaultKind.GHOST, AREA[FaultKind.GHOST], np.where(glasses, 0, ghosts.tufts(scene, result))),
    )
    for kind, share, level in levels:
        yield from _by_part(kind, share, level, scene)
    wholes = (
        (FaultKind.GHOST, ghosts.halved(scene, result, glasses)),
        (FaultKind.GHOST, ghosts.appeared(scene, result, glasses)),
        (FaultKind.SMEAR, edges.smears(scene, result)),
        (FaultKind.ASHEN, light.ashen(scene, result, glasses)),
    )
    for kind, (amount, area) in wholes:
        if amount >= 1:
            yield Fault(kind, _most(area, scene), round(amount, 2), _box(area, scene))


def _by_part(kind: FaultKind, share: float, level: np.ndarray, scene: Scene) -> Iterator[Fault]:
    """A fault for each part in which the level is at least 1 over an area that is seen."""
    least = max(4, round(share * np.count_nonzero(scene.places.oval)))
    seen = level >= 1
    for part, area in scene.places.parts.items():
        there = area & seen
        if np.count_nonzero(there) >= least:
            values = level[there]
            amount = float(np.partition(values, len(values) - least)[len(values) - least])
            yield Fault(kind, part, round(amount, 2), _box(there, scene))


def _most(area: np.ndarray, scene: Scene) -> Part:
    parts = scene.places.parts
    return max(parts, key=lambda part: np.count_nonzero(area & parts[part]))


def _box(area: np.ndarray, scene: Scene) -> Box:
    """Around a place of the frame, px of the result."""
    points = scene.views.place[area]
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return Box(*(round(float(each), 1) for each in (left, top, right, bottom)))
