"""A look at the fused face before it is given out: what looks wrong is given back to the target, or told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from fusion.engines import layers
from fusion.inspected import CORE, Fault, FaultKind, Inspection, Part
from fusion.inspection import Scene, faults, part_mask, scene
from fusion.notices import Notice
from fusion.ops import mask
from fusion.parsing import Maps
from fusion.pipeline.placement import Placed
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.sizing import Plan

MENDABLE = frozenset({FaultKind.PATCH, FaultKind.ASYMMETRY, FaultKind.EDGE, FaultKind.SMEAR})
MOST_PARTS = 2  # that are given back: of a face of which more goes, little is the source's
TOLD = 2  # faults that are told


@dataclass(frozen=True, slots=True, eq=False)
class _Looker:
    """Sees the finished face as it will be: a border that a setting makes is to be seen, too."""

    scene: Scene
    settings: Settings

    def faults(self, placed: Placed) -> tuple[Fault, ...]:
        wished = placed.look(self.settings)
        look = replace(wished, sharpen=0.0)
        seen = layers.finished(placed.frame, placed.layers, look, again=wished.sharpen > 0).cpu().numpy()
        carried = any(notice.code == "glasses_carried" for notice in placed.layers.notices)
        found = faults(self.scene, seen, carried=carried)
        is_toned = self.settings.brightness or self.settings.contrast
        return tuple(fault for fault in found if not (is_toned and fault.kind == FaultKind.ASHEN))


def inspected(
    placed: Placed | None, pair: Pair, plan: Plan, settings: Settings, maps: Maps
) -> tuple[Placed | None, Inspection | None]:
    """The face as it may be given out, and what was seen; None and None where nothing was fused.

    Args:
        maps: tells whether the source has a beard.
    """
    if placed is None:
        return None, None
    points = placed.on_frame(np.stack(plan.to_output(*pair.target_face.landmarks.T), axis=1))
    shape = points if placed.layers.shape is None else placed.layers.shape
    target, source = placed.frame.cpu().numpy(), pair.source.pixels
    looker = _Looker(scene(target, source, shape, points, pair.source_face.landmarks), settings)
    found = looker.faults(placed)
    bearded = any(fault.part == Part.CHIN for fault in found) and _bearded(pair, maps)
    parts = _mendable(found, CORE | {Part.CHIN} if bearded else CORE)
    if parts:
        mended = _without(placed, points, parts)
        left = looker.faults(mended)
        if len(left) < len(found):  # else it was not the fused face, or the new border is no better
            return mended, Inspection(left, parts)
    return placed, Inspection(found)


def notices(found: Inspection | None) -> list[Notice]:
    """What the user should know of it."""
    if found is None:
        return []
    told = [Notice(f"looks_{fault.kind}", {"part": fault.part.phrase}) for fault in found.faults[:TOLD]]
    return [*(Notice("given_back", {"part": part.phrase}) for part in found.given_back), *told]


def _bearded(pair: Pair, maps: Maps) -> bool:
    """Whether the source may have a beard: half of it is worse than an edge."""
    return maps.of(pair.source, pair.source_face).beard_sure > 0


def _mendable(found: Sequence[Fault], kept: Collection[Part]) -> tuple[Part, ...]:
    """The parts to be given back, none of those that are kept; none at all where too much would go."""
    parts = tuple(dict.fromkeys(fault.part for fault in found if _is_of_skin(fault) and fault.part not in kept))
    return parts if len(parts) <= MOST_PARTS else ()


def _is_of_skin(fault: Fault) -> bool:
    """Glasses that are there in part and eyes that are unlike do not get better by halves; strands on a forehead do."""
    return fault.kind in MENDABLE or (fault.kind == FaultKind.GHOST and fault.part == Part.FOREHEAD)


def _without(placed: Placed, points: np.ndarray, parts: Sequence[Part]) -> Placed:
    height, width = placed.frame.shape[:2]
    share = mask.to_tensor(part_mask(points, parts, width, height), placed.frame.device)
    return replace(placed, layers=placed.layers.given_back(placed.frame, share))
