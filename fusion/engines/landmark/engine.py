"""The embedded engine: fuses by landmarks, needs no weights and no GPU.

The source's face is warped onto the target's mesh, given the target's light and grain, and set in where both faces are
bare skin. What is expression or belongs to the target's head stays the target's: the eye openings and their gaze, the
inside of the mouth, hair, hats, glasses, the outline of the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion.engines import layers
from fusion.engines.base import Step, Work
from fusion.engines.landmark import eyes_lips, maps, occluders, tone
from fusion.engines.landmark.guide import SourceGuide
from fusion.engines.landmark.maps import Fields
from fusion.engines.landmark.occluders import Seen
from fusion.engines.landmark.regions import Parts, parts_of
from fusion.engines.layers import NATIVE_LIMIT, Layers, Patch
from fusion.faces import geometry
from fusion.notices import Notice
from fusion.ops import blend, color, filters, light, warp
from fusion.sizing import Rect
from fusion.types import EngineName, Mode, Size, Stage

LIGHT_SIGMA = 0.5  # of the face width: coarser than this is light and the target's, finer is features and the source's
SHADE_SIGMA = 0.045  # the same for `overlay`, which keeps more of the target's light and shade
MOUTHS_DIFFER = 0.12  # difference of the gap between the lips over the mouth's width, from which the user is told
STILL = 0.05  # px: a ground that moves by less is not resampled
MOVED = 0.02  # px: a pixel of the ground that moves by less stays the target's


class LandmarkEngine:
    """See the module."""

    name = EngineName.LANDMARK

    def fuse(self, work: Work, step: Step) -> Layers:
        """See `fusion.engines.base.Engine.fuse`."""
        with step(Stage.FUSE, 0.45):
            target, region = layers.cut_target(work.frame, work.points)
            face_px = geometry.face_width(target.points)
            source, enlargement = layers.cut_source(work.source, work.source_points, face_px, work.frame.device)
            fused = _fused(target, source, work)
        with step(Stage.BLEND, 0.7):
            composed = blend.compose(fused.face, fused.ground, fused.mask, fused.skin, work.mode, face_px)
        enlargement *= work.finer
        notices = fused.notices
        if enlargement > NATIVE_LIMIT:
            native = geometry.face_width(work.source_points)
            notices = (*notices, Notice("source_soft", {"source_px": native, "factor": enlargement}))
        return Layers(
            region, composed, fused.mask, fused.skin, fused.reach, face_px, enlargement,
            layers.strength_at(work.ratio), notices, guide=_guide(work, fused, region, source, face_px),
        )  # fmt: skip


def room(points: np.ndarray, frame: Size) -> Rect:
    """What of a frame the engine looks at or changes for a face. `points`: (478, 3) px of it."""
    return layers.region_of(points, frame, layers.MARGIN_TARGET)


@dataclass(frozen=True, slots=True)
class _Fused:
    """A fused face in the target's patch; all (C, H, W) float32 on the engine's device.

    `face`: Lab, the fused face, its colours matched to the target's light. `ground`: Lab, the target's patch with its
    geometry moved, to be seen where the mask is not. `mask`: (1, H, W), how far the face covers the ground. `skin`:
    (1, H, W), where smoothing may act. `reach`: (1, H, W), 0 where the output must stay the target bit for bit.
    `warped`: Lab, the source's face in the target's place and its own light, as `fields` lead to it.
    """

    face: torch.Tensor
    ground: torch.Tensor
    mask: torch.Tensor
    skin: torch.Tensor
    reach: torch.Tensor
    notices: tuple[Notice, ...]
    warped: torch.Tensor
    fields: Fields


def _guide(work: Work, fused: _Fused, region: Rect, source: Patch, face_px: float) -> SourceGuide | None:
    """The source's photo for the second stage, cut anew: at the output's scale it may have more to give."""
    if work.finer <= 1:
        return None
    wanted_px = face_px * work.finer
    cut, enlargement = layers.cut_source(work.source, work.source_points, wanted_px, work.frame.device)
    per_axis = [cut.pixels.shape[i] / source.pixels.shape[i] for i in (1, 0)]
    to_source = fused.fields.to_source.permute(1, 2, 0) * torch.tensor(per_axis, device=work.frame.device)
    size = Size(work.frame.shape[1], work.frame.shape[0])
    coarse = work.frame.clone()
    coarse[layers.slices(region)] = color.bytes_from_lab(fused.warped)
    moved = None
    if fused.fields.shift > STILL:
        moved = layers.laid(filters.enlarge(fused.fields.moved, region.height, region.width), region, size)
    return SourceGuide(
        coarse, layers.laid(fused.mask, region, size), layers.laid(fused.reach, region, size), moved,
        enlargement, cut.pixels, to_source, region,
    )  # fmt: skip


def _fused(target: Patch, source: Patch, work: Work) -> _Fused:
    ratio = work.ratio
    height, width = target.pixels.shape[:2]
    fields = maps.make(target.points, source.points, ratio, width, height, target.pixels.device)
    parts = parts_of(fields.shape, width, height, target.pixels.device)
    warped = _sampled(source, filters.enlarge(fields.to_source, height, width))
    ground = color.lab_from_bytes(target.pixels)
    if fields.shift > STILL:
        still = warp.pixel_centres(height, width, target.pixels.device)
        ground = _sampled(target, still + filters.enlarge(fields.moved, height, width))
    seen = occluders.look(ground, warped, parts, ratio)
    free = seen.free * torch.maximum(eyes_lips.seen(fields, parts), parts.features)
    skin = filters.enlarge(seen.bare, height, width)
    face = _in_the_targets_light(warped, seen, parts, skin, work.mode)
    # glasses are there or not there, never half
    face = torch.lerp(seen.ground, face, filters.enlarge(seen.worn, height, width).clamp_min(ratio))
    face = light.match_grain(face, seen.ground, skin, work.photo_px)
    face = eyes_lips.lips(face, seen.ground, parts, target, source, ratio)
    face = eyes_lips.eyes(face, seen.ground, parts, target, source, ratio)
    face = torch.lerp(face, seen.ground, filters.enlarge(parts.mouth, height, width))
    cover = parts.face * free
    if seen.carried:
        cover = torch.maximum(cover, seen.worn * (1 - seen.on_target.mask))
    cover = filters.enlarge(cover, height, width)
    reach = _reach(cover, seen, fields)
    notices = (*seen.notices, *_mouths(target, source))
    return _Fused(face, seen.ground, cover, skin, reach, notices, warped, fields)


def _sampled(patch: Patch, where: torch.Tensor) -> torch.Tensor:
    """(3, H, W) Lab: the patch read at the px of `where` (2, H, W)."""
    return warp.sample(color.lab_from_bytes(patch.pixels), where, "bicubic")


def _in_the_targets_light(
    warped: torch.Tensor, seen: Seen, parts: Parts, skin: torch.Tensor, mode: Mode
) -> torch.Tensor:
    """The source's face with the target's low frequencies, and a contrast that suits them."""
    height, width = warped.shape[-2:]

    def alike() -> torch.Tensor:
        sigma = (SHADE_SIGMA if mode == Mode.OVERLAY else LIGHT_SIGMA) * parts.width_px
        wanted = filters.spread(seen.small_ground, seen.bare, sigma)
        face = light.relight(warped, filters.spread(seen.small_warped, seen.bare, sigma), wanted)
        area = filters.enlarge(parts.oval * (1 - parts.coloured) * seen.plain, height, width)
        return light.match_contrast(face, seen.ground, filters.enlarge(wanted, height, width), skin, area)

    return tone.settled(tone.retoned(warped, seen, parts, mode, alike), seen, parts)


def _reach(cover: torch.Tensor, seen: Seen, fields: Fields) -> torch.Tensor:
    """(1, H, W): 1 where the face covers, where glasses were taken away, and where the ground moved."""
    height, width = cover.shape[-2:]
    reach = cover > 0
    if seen.removed:
        reach |= filters.enlarge(seen.worn, height, width) > 0
    if fields.shift > STILL:
        moved = fields.moved.abs().amax(0, keepdim=True)
        reach |= filters.enlarge(moved, height, width) > MOVED
    return reach.float()


def _mouths(target: Patch, source: Patch) -> list[Notice]:
    apart = abs(maps.mouth_opening(target.points) - maps.mouth_opening(source.points))
    return [Notice("mouths_differ")] if apart > MOUTHS_DIFFER else []
