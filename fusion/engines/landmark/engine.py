"""The embedded engine: fuses by landmarks, needs no weights and no GPU.

The source's face is warped onto the target's mesh, given the target's light and grain, and set in where both faces are
bare skin. What is expression or belongs to the target's head stays the target's: the eye openings and their gaze, the
inside of the mouth, hair, hats, glasses, the outline of the jaw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch

from fusion.engines import layers
from fusion.engines.base import Step, Work
from fusion.engines.landmark import beards, covers, eyes_lips, glasses, maps, pigments, validity, whites
from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.glasses import Worn
from fusion.engines.landmark.guide import SourceGuide
from fusion.engines.landmark.maps import Fields
from fusion.engines.landmark.regions import Parts, parts_of
from fusion.engines.landmark.seen import Seen, seen
from fusion.engines.landmark.settling import left_burnt, settled
from fusion.engines.landmark.softening import softened
from fusion.engines.landmark.tone import retoned
from fusion.engines.landmark.tones import hue_share
from fusion.engines.landmark.validity import Source
from fusion.engines.layers import NATIVE_LIMIT, Layers, Patch
from fusion.faces import geometry
from fusion.notices import Notice
from fusion.ops import blend, color, constants, filters, light, mask, warp
from fusion.parsing import FaceMap
from fusion.sizing import Rect
from fusion.types import EngineName, Mode, Role, Size, Stage

LIGHT_SIGMA = 0.5  # of the face width: coarser than this is light and the target's, finer is features and the source's
SHADE_SIGMA = 0.045  # the same for `overlay`, which keeps more of the target's light and shade
LIT_PX = 450  # the longer side at which a face is lit at most
MOUTHS_DIFFER = 0.12  # difference of the gap between the lips over the mouth's width, from which the user is told
COVERED_AT = 0.25  # share of the face under hair or a hat from which the user is told
OBJECT_AT = 0.015  # likewise under a hand, a thing, text
CUT_AT = 0.01  # likewise beyond the edge of the source's photo
STILL = 0.05  # px: a ground that moves by less is not resampled
GRAIN_ROOM = 6  # px of the photo: what is around the face is seen by its border's grain
MOVED = 0.02  # px: a pixel of the ground that moves by less stays the target's


class LandmarkEngine:
    """See the module."""

    name = EngineName.LANDMARK

    def fuse(self, work: Work, step: Step) -> Layers:
        """See `fusion.engines.base.Engine.fuse`."""
        with step(Stage.FUSE, 0.45, networks=False):
            target, region = layers.cut_target(work.frame, work.points)
            face_px = geometry.face_width(target.points)
            source, enlargement = layers.cut_source(work.source, work.source_points, face_px, work.frame.device)
            fused = _fused(target, source, work)
        with step(Stage.BLEND, 0.7, networks=False):
            composed = blend.compose(fused.face, fused.ground, fused.mask, fused.skin, work.mode, face_px)
        enlargement *= work.finer
        notices = fused.notices
        if enlargement > NATIVE_LIMIT:
            native = geometry.face_width(work.source_points)
            notices = (*notices, Notice("source_soft", {"source_px": native, "factor": enlargement}))
        return Layers(
            region, composed, fused.tone, fused.skin, fused.reach, face_px, enlargement,
            layers.strength_at(work.ratio), notices, guide=_guide(work, fused, region, source, face_px),
            ground=fused.ground, shape=fused.fields.shape + np.array([region.left, region.top]),
        )  # fmt: skip


def room(points: np.ndarray, frame: Size) -> Rect:
    """What of a frame the engine looks at or changes for a face. `points`: (478, 3) px of it."""
    return layers.region_of(points, frame, layers.MARGIN_TARGET)


@dataclass(frozen=True, slots=True)
class _Fused:
    """A fused face in the target's patch; all (C, H, W) float32 on the engine's device.

    `face`: Lab, the fused face, its colours matched to the target's light. `ground`: Lab, the target's patch with its
    geometry moved, to be seen where the mask is not. `mask`: (1, H, W), how far the face covers the ground. `skin`:
    (1, H, W), where smoothing may act. `tone`: (1, H, W), how far tone and sharpness act. `reach`: (1, H, W), 0 where
    the output must stay the target bit for bit. `source`: what the face was made of.
    """

    face: torch.Tensor
    ground: torch.Tensor
    mask: torch.Tensor
    skin: torch.Tensor
    tone: torch.Tensor
    reach: torch.Tensor
    notices: tuple[Notice, ...]
    source: Source
    fields: Fields


def _guide(work: Work, fused: _Fused, region: Rect, source: Patch, face_px: float) -> SourceGuide | None:
    """The source's photo for the second stage, cut anew: at the output's scale it may have more to give."""
    if work.finer <= 1:
        return None
    cut, enlargement = layers.cut_source(work.source, work.source_points, face_px * work.finer, work.frame.device)
    per_axis = [cut.pixels.shape[i] / source.pixels.shape[i] for i in (1, 0)]
    to_source = fused.source.to_source.permute(1, 2, 0) * constants.on(work.frame.device, *per_axis)
    size = Size(work.frame.shape[1], work.frame.shape[0])
    coarse = work.frame.clone()
    shown = validity.sampled(source, filters.enlarge(fused.source.to_source, region.height, region.width))
    coarse[layers.slices(region)] = color.bytes_from_lab(shown)
    moved = None
    if fused.fields.shift > STILL:
        moved = layers.laid(filters.enlarge(fused.fields.moved, region.height, region.width), region, size)
    share = fused.mask * (1 - filters.enlarge(fused.source.seam, region.height, region.width))
    return SourceGuide(
        coarse, layers.laid(share, region, size), layers.laid(fused.reach, region, size), moved,
        enlargement, cut.pixels, to_source, region,
    )  # fmt: skip


def _fused(target: Patch, source: Patch, work: Work) -> _Fused:
    height, width = target.pixels.shape[:2]
    fields = maps.make(target.points, source.points, work.ratio, width, height, target.pixels.device)
    parts = parts_of(fields.shape, width, height, target.pixels.device)
    assert work.maps is not None
    kept = covers.kept(work.maps[0], target, work.finer)
    fields = fields.held(kept)
    parsed = covers.laid(work.maps[0], target.points, fields.to_target)
    on_target = parsed.with_things(kept)
    on_source = covers.laid(work.maps[1], source.points, fields.way.to_source)
    on_source = replace(on_source, cover=covers.hidden(work.maps[1], source, fields.way.to_source))
    worn = glasses.worn(on_target, on_source, work.glasses, work.ratio)
    whole = _whole(source, on_source, work.maps[1], fields, parts, worn)
    beard = beards.settled(on_target, on_source, whole.small, parts, work.facial_hair)
    ground = _ground(target, fields, parts)
    small_ground = filters.shrink(ground, *parts.oval.shape[-2:])
    both = seen(ground, small_ground, on_target, on_source, whole, worn, beard, parts)
    carried = filters.enlarge(both.carried, height, width)
    skin, cover, tone = (filters.enlarge(x, height, width) * (1 - kept) for x in (both.bare, both.cover, both.tone))
    face = _in_the_targets_light(whole, both, parts, skin, work.mode)
    place = mask.span_of(cover > 0, math.ceil(GRAIN_ROOM * work.photo_px))
    if place[0].stop > 0:
        face[:, *place] = _mixed(work, *(x[:, *place] for x in (face, ground, skin, carried)))
    face = _features(face, ground, parts, target, source, work.ratio)
    notices = (
        *glasses.notices(on_source, worn), *_covered(parsed, on_source, parts), *_cut(work.maps[1]),
        *_mouths(target, source),
    )  # fmt: skip
    return _Fused(face, ground, cover, skin, tone, _reach(tone, fields), notices, whole, fields)


def _mixed(
    work: Work, face: torch.Tensor, ground: torch.Tensor, skin: torch.Tensor, carried: torch.Tensor
) -> torch.Tensor:
    """The face as far as the ratio wants it, with the ground's grain; arguments where the face is shown alone."""
    # carried glasses are there or not there, never half
    face = torch.lerp(ground, face, carried.clamp_min(work.ratio))
    return light.match_grain(face, ground, skin, work.photo_px)


def _ground(target: Patch, fields: Fields, parts: Parts) -> torch.Tensor:
    """(3, H, W) Lab: the target with its geometry moved."""
    if fields.shift <= STILL:
        return target.lab
    rows, columns = place = parts.place(*fields.size)
    moved = filters.enlarge(fields.moved, *fields.size)[:, *place]
    height, width = moved.shape[-2:]
    still = warp.pixel_centres(height, width, target.pixels.device)
    still[0] += columns.start
    still[1] += rows.start
    ground = target.lab.clone()
    ground[:, *place] = validity.sampled(target, still + moved)
    return ground


def _whole(patch: Patch, over: Covers, parsed: FaceMap, fields: Fields, parts: Parts, worn: Worn) -> Source:
    """The source's face in the target's place, completed from its other half."""
    way = fields.way
    face = validity.seen_at(patch, way.to_source, fields.size, parts.place(*fields.size))
    small = filters.shrink(face, *parts.oval.shape[-2:])
    shown = validity.photographed(way, parts, patch)
    valid = shown * validity.uncovered(over, parts, worn.carried)
    source = Source(face, small, over.skin, valid, torch.zeros_like(valid), way.to_source)
    source = validity.complete(source, over, patch, parsed, fields, parts, worn.carried)
    return validity.together(source, shown, over, parts, worn.carried)


def _in_the_targets_light(source: Source, seen: Seen, parts: Parts, skin: torch.Tensor, mode: Mode) -> torch.Tensor:
    """(3, H, W) Lab: the source's face in the target's light, and the target where none of it is shown.

    Light is given at `LIT_PX` at most; what is finer is carried over.
    """
    own_skin = filters.gaussian(source.skin, 0.01 * parts.width_px) * seen.plain
    both = Aligned(source.small, seen.small_ground, seen.bare, own_skin, seen.uncovered, seen.shadow, seen.cover, parts)
    both, place = both.cut(*skin.shape[-2:])
    factor = math.ceil(max(skin[:, *place].shape[-2:]) / LIT_PX)
    rows, columns = (slice(span.start, span.stop - (span.stop - span.start) % factor) for span in place)
    place = rows, columns
    face, ground, skin = (x[:, *place] for x in (source.face, seen.ground, skin))
    small, small_ground, skin = (filters.reduce(x, factor) for x in (face, ground, skin))
    soft, both = softened(small, both)
    lit = retoned(soft, both, mode, lambda: _alike(soft, small_ground, both, skin, mode))
    lit = whites.lit(pigments.kept(settled(lit, both), soft, both), small, both)
    answer = seen.ground.clone()
    answer[:, *place] = left_burnt(light.refined(face, small, lit), both)
    return answer


def _alike(face: torch.Tensor, ground: torch.Tensor, both: Aligned, skin: torch.Tensor, mode: Mode) -> torch.Tensor:
    """The source's face with the target's low frequencies, and a contrast that suits them."""
    sigma = (SHADE_SIGMA if mode == Mode.OVERLAY else LIGHT_SIGMA) * both.parts.width_px
    height, width = face.shape[-2:]
    wanted = filters.spread(both.target, both.bare, sigma)
    lights = [color.linear_from_lab(x) for x in (both.source, both.target)]
    tinted = 1 - (1 - hue_share(lights[0], lights[1], both)) * torch.maximum(both.parts.eyes, both.parts.mouth)
    relit = light.relight(face, filters.spread(both.source, both.bare, sigma), wanted, tinted)
    area = both.parts.oval * (1 - both.parts.coloured) * both.own_skin
    low, area = (filters.enlarge(x, height, width) for x in (wanted, area))
    return light.match_contrast(relit, ground, low, skin, area)


def _features(
    face: torch.Tensor, ground: torch.Tensor, parts: Parts, target: Patch, source: Patch, ratio: float
) -> torch.Tensor:
    """The face, written over, with lips, eyes and teeth that fit the target's expression."""
    face = eyes_lips.lips(face, ground, parts, target, source, ratio)
    face = eyes_lips.eyes(face, ground, parts, target, source, ratio)
    return eyes_lips.teeth(face, ground, parts, target, source)


def _reach(changed: torch.Tensor, fields: Fields) -> torch.Tensor:
    """(1, H, W): 1 where the face covers or tone acts, and where the ground moved."""
    height, width = changed.shape[-2:]
    reach = changed > 0
    if fields.shift > STILL:
        moved = fields.moved.abs().amax(0, keepdim=True)
        reach |= filters.enlarge(moved, height, width) > MOVED
    return reach.float()


def _covered(on_target: Covers, on_source: Covers, parts: Parts) -> list[Notice]:
    told = []
    for role, over in ((Role.TARGET, on_target), (Role.SOURCE, on_source)):
        share, of_objects = over.shares(parts)
        if share > COVERED_AT or of_objects > OBJECT_AT:
            told.append(Notice("covered", {"role": role, "percent": 100 * share}))
    return told


def _cut(source: FaceMap) -> list[Notice]:
    share = source.share(1 - source.within)
    return [Notice("source_cut", {"percent": 100 * share})] if share > CUT_AT else []


def _mouths(target: Patch, source: Patch) -> list[Notice]:
    apart = abs(maps.mouth_opening(target.points) - maps.mouth_opening(source.points))
    return [Notice("mouths_differ")] if apart > MOUTHS_DIFFER else []
