"""A look at the fused face before it is given out: what looks wrong is given back to the target, or told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fusion.engines import layers
from fusion.inspected import CORE, Fault, FaultKind, Inspection, Part
from fusion.inspection import faults, part_mask
from fusion.notices import Notice
from fusion.ops import mask
from fusion.pipeline.placement import Placed
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.sizing import Plan

# What is of the skin alone. Glasses that are there in part and eyes that are unlike do not get better by halves.
MENDABLE = frozenset({FaultKind.PATCH, FaultKind.ASYMMETRY, FaultKind.EDGE, FaultKind.SMEAR})
MOST_PARTS = 2  # that are given back: of a face of which more goes, little is the source's
TOLD = 2  # faults that are told


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What the face is compared with; `points` (478, 2) are the target's landmarks, px of the frame."""

    pair: Pair
    points: np.ndarray
    settings: Settings

    def faults(self, placed: Placed) -> tuple[Fault, ...]:
        """Of the finished face: a border that a setting makes is to be seen, too."""
        look = replace(placed.look(self.settings), sharpen=0.0)
        seen = layers.finished(placed.frame, placed.layers, look).cpu().numpy()
        shape = self.points if placed.layers.shape is None else placed.layers.shape
        source = self.pair.source.pixels, self.pair.source_face.landmarks
        return faults(seen, placed.frame.cpu().numpy(), source[0], shape, self.points, source[1])


def inspected(
    placed: Placed | None, pair: Pair, plan: Plan, settings: Settings
) -> tuple[Placed | None, Inspection | None]:
    """The face as it may be given out, and what was seen; None and None where nothing was fused."""
    if placed is None:
        return None, None
    points = placed.on_frame(np.stack(plan.to_output(*pair.target_face.landmarks.T), axis=1))
    scene = _Scene(pair, points, settings)
    found = scene.faults(placed)
    parts = _mendable(found)
    if parts:
        mended = _without(placed, points, parts)
        left = scene.faults(mended)
        if len(left) < len(found):  # else it was not the fused face, or the new border is no better
            return mended, Inspection(left, parts)
    return placed, Inspection(found)


def notices(found: Inspection | None) -> list[Notice]:
    """What the user should know of it."""
    if found is None:
        return []
    told = [Notice(f"looks_{fault.kind}", {"part": fault.part.phrase}) for fault in found.faults[:TOLD]]
    return [*(Notice("given_back", {"part": part.phrase}) for part in found.given_back), *told]


def _mendable(found: Sequence[Fault]) -> tuple[Part, ...]:
    """The parts to be given back; none where that would not mend the picture."""
    parts = tuple(dict.fromkeys(fault.part for fault in found))
    whole = all(fault.kind in MENDABLE for fault in found) and not CORE.intersection(parts)
    return parts if whole and len(parts) <= MOST_PARTS else ()


def _without(placed: Placed, points: np.ndarray, parts: Sequence[Part]) -> Placed:
    height, width = placed.frame.shape[:2]
    share = mask.to_tensor(part_mask(points, parts, width, height), placed.frame.device)
    return replace(placed, layers=placed.layers.given_back(placed.frame, share))
