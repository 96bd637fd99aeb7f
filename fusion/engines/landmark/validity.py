"""What of the source was photographed and may be shown, and what of it its own other half has to give."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from fusion.engines.landmark import covers, maps
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.maps import Fields, Way
from fusion.engines.landmark.regions import Parts, hull
from fusion.engines.layers import Patch
from fusion.faces import geometry, mesh
from fusion.ops import filters, light, mask, warp
from fusion.parsing import FaceMap

SMEARED = (0.3, 0.6)  # of the usual source px per output px: below, skin is smeared; above, it is not
FRAME_ROOM = 0.03  # of the face width: how far inside the photo's border a face has faded in
FILL_FROM = 0.01  # of the face that is not valid, from which the other half is asked
FILL_ROOM = 0.03  # of the face width: how far the other half fades into this one
SHADE_ROOM = 0.08  # of the face width: how large a shadow is that darkens a half
SHADED = (0.3, 0.6)  # how much more of one half than of the other lies in it, to begin with, and to be filled whole
EYE_ROOM = 0.05  # of the face width: what is around an eye and its brow
EYE_HIDDEN, EYE_CLEAR = 0.35, 0.6  # likelihood of skin there, below which an eye is hidden, and from which it is seen
SKIN_SEEN = (0.3, 0.7)  # likelihood of skin, from which the other half is begun to be shown, and is shown whole
HIDDEN = 0.15  # of brows or lips under things, from which they are not shown
HIDDEN_ROOM = 0.03  # of the face width: what is around them goes with them
RIM = 0.02  # of the face width: the rim of hair is half hair, half shadow
THING_RIM = 0.035  # of the face width: what lies about a thing is tinted by it, or still it
LIGHT_SIGMA = 0.5  # of the face width: how coarsely the halves' light is made one


@dataclass(frozen=True, slots=True)
class Source:
    """The source's face in the target's place, in its own light.

    `face` (3, H, W) and `small` (3, gh, gw): Lab. `skin`: how likely it is bare skin. `valid`: where it may be shown.
    `filled`: where its other half is seen. Masks are (1, gh, gw). `to_source` (2, gh, gw) leads to what is seen, in px
    of the source's patch; across `seam` it jumps from one half to the other.
    """

    face: torch.Tensor
    small: torch.Tensor
    skin: torch.Tensor
    valid: torch.Tensor
    filled: torch.Tensor
    to_source: torch.Tensor

    @property
    def seam(self) -> torch.Tensor:
        return ((self.filled > 0.02) & (self.filled < 0.98)).float()


def photographed(way: Way, parts: Parts, source: Patch) -> torch.Tensor:
    """(1, gh, gw): 0 where the photo ends, and where it shows skin so narrowly that it would be smeared.

    The latter is the cheek which the source turns away and the target towards the camera. The features and the chin
    are seen from every side from which a face is found at all; narrow is a chin only by a mouth that is open.
    """
    usual = way.stretch[parts.seed > 0.5].median().clamp_min(1e-6)
    reach = max(1, round(0.02 * parts.width_px))
    # a fold has whole skin in its middle
    least = -torch.nn.functional.max_pool2d(-way.stretch, 2 * reach + 1, 1, reach)
    seen = filters.gaussian(mask.smoothstep(least / usual, *SMEARED), 0.02 * parts.width_px)
    return torch.stack([seen, parts.features, parts.core, parts.chin]).amax(0) * _within(way, source)


def _within(way: Way, source: Patch) -> torch.Tensor:
    """(1, gh, gw): 0 beyond the source's patch. Where that is no border of the photo, no face reaches it."""
    height, width = source.pixels.shape[:2]
    x, y = way.to_source
    inside = torch.stack([x, width - x, y, height - y]).amin(0, keepdim=True)
    return mask.smoothstep(inside, 0.0, FRAME_ROOM * geometry.face_width(source.points))


def uncovered(over: Covers, parts: Parts, carried: bool) -> torch.Tensor:
    """(1, gh, gw): 0 under things and glasses that are not `carried`."""
    rims = (
        filters.gaussian(over.things, RIM * parts.width_px).mul(2),
        filters.gaussian(over.cover, THING_RIM * parts.width_px).mul(4),
    )
    free = 1 - torch.maximum(*rims).clamp(0, 1)
    return free if carried else free * (1 - over.spectacles)


def together(source: Source, shown: torch.Tensor, over: Covers, parts: Parts, carried: bool) -> Source:
    """The source with brows, eyes, nose and lips valid as far as they are `shown` in the photo, whatever covers them.

    What covers those is for the verdict on the pair: a mask would make one face of two people. But brows under a fringe
    and lips about a straw are no features of anybody: both brows, or the whole mouth, then stay the target's. Glasses
    that are not `carried` are cut all the same.
    """
    core = parts.core * shown if carried else parts.core * shown * (1 - over.spectacles)
    hidden = _hidden(source, over, parts)
    core = core * (1 - hidden)
    return replace(source, valid=torch.maximum(source.valid, core) * (1 - hidden * parts.features))


def _hidden(source: Source, over: Covers, parts: Parts) -> torch.Tensor:
    """(1, gh, gw): 1 about brows, or about the mouth, of which things hide more than a little in both halves."""
    height, width = over.hair.shape[-2:]
    things = over.things * (1 - source.filled)
    hidden = torch.zeros_like(things)
    lips = torch.maximum(parts.lips, parts.mouth)
    for part, ids in ((parts.brows, mesh.RIGHT_BROW + mesh.LEFT_BROW), (lips, mesh.LIPS_OUTER)):
        if float((things * part).sum() / part.sum().clamp_min(1.0)) > HIDDEN:
            region = mask.grown(mask.polygon(hull(parts.shape[list(ids)]), width, height), HIDDEN_ROOM * parts.width_px)
            soft = filters.gaussian(mask.to_tensor(region, things.device), HIDDEN_ROOM / 2 * parts.width_px)
            hidden = torch.maximum(hidden, soft * (1 - parts.eyes))
    return hidden


def complete(
    source: Source, over: Covers, patch: Patch, parsed: FaceMap, fields: Fields, parts: Parts, carried: bool
) -> Source:
    """The source with what it does not show well taken from the mirrored other half of its own face.

    That is what is not valid here and is there, and what lies in a hard shadow here and in the light there.

    Args:
        source: as it was photographed; its `face` is written over.
        over: what lies over it.
        patch, parsed: it is cut from, and what is where in its photo.
        fields, parts: of the fused face.
        carried: its glasses come along.
    """
    lacking = torch.maximum(1 - source.valid, over.shadow) * parts.oval
    if float(lacking.sum() / parts.oval.sum().clamp_min(1.0)) < FILL_FROM:
        return source
    height, width = fields.size
    way = maps.mirrored_way(
        fields.shape, parts.width_px, patch.points, patch.pixels.shape[1], width, height, source.face.device
    )
    over_other = covers.laid(parsed, patch.points, way.to_source)
    valid = photographed(way, parts, patch) * uncovered(over_other, parts, carried)
    # what parsing is in doubt of is not shown twice
    valid = valid * torch.maximum(mask.smoothstep(over_other.skin, *SKIN_SEEN), parts.features)
    wanted = filters.gaussian(1 - source.valid, FILL_ROOM * parts.width_px).mul(1.6).clamp(0, 1)
    share = torch.maximum(wanted, _shaded(over, over_other, parts)) * valid
    share = torch.maximum(share, _hidden_eye(over, over_other, parts))
    if float(share.amax()) < 0.02:
        return source
    place = parts.place(height, width)
    other = seen_at(patch, way.to_source, fields.size, place)
    other[:, *place] = _in_its_light(other, over_other.skin * valid, source, parts, place)
    small = torch.lerp(source.small, filters.shrink(other, *source.small.shape[-2:]), share)
    # after `small`, which is the face itself where that is no larger than the grid
    source.face[:, *place].lerp_(other[:, *place], filters.enlarge(share, height, width)[:, *place])
    return Source(
        source.face,
        small,
        torch.lerp(source.skin, over_other.skin, share),
        torch.maximum(source.valid, share),
        share,
        torch.where(share > 0.5, way.to_source, source.to_source),
    )


def _shaded(over: Covers, other: Covers, parts: Parts) -> torch.Tensor:
    """(1, gh, gw): where this half as a whole lies in a shadow that the other half is free of.

    A patch of shade alone is no reason: half of what a face shows of itself is shade.
    """
    here, there = (filters.gaussian(x.shadow, SHADE_ROOM * parts.width_px) for x in (over, other))
    return filters.gaussian(mask.smoothstep(here - there, *SHADED), SHADE_ROOM / 2 * parts.width_px)


def _hidden_eye(over: Covers, other: Covers, parts: Parts) -> torch.Tensor:
    """(1, gh, gw): an eye with its brow, around which hair or the dark leaves no skin, and the other eye is clear."""
    height, width = over.skin.shape[-2:]
    hidden = torch.zeros_like(over.skin)
    for brow, around in ((mesh.RIGHT_BROW, mesh.RIGHT_EYE_AROUND), (mesh.LEFT_BROW, mesh.LEFT_EYE_AROUND)):
        region = mask.polygon(hull(parts.shape[list(brow + around)]), width, height)
        region_ = mask.to_tensor(mask.grown(region, EYE_ROOM * parts.width_px), over.skin.device)
        ring = region_ * (1 - parts.brows) * (1 - parts.eyes)
        here, there = (float((x.skin * ring).sum() / ring.sum().clamp_min(1.0)) for x in (over, other))
        if here < EYE_HIDDEN and there > EYE_CLEAR:
            hidden = torch.maximum(hidden, filters.gaussian(region_, EYE_ROOM / 2 * parts.width_px))
    return hidden


def _in_its_light(
    other: torch.Tensor, bare: torch.Tensor, source: Source, parts: Parts, place: tuple[slice, slice]
) -> torch.Tensor:
    """The other half in the light of this one, as bare skin tells it; at the `place` alone."""
    plain = parts.oval * (1 - parts.features)
    sigma = LIGHT_SIGMA * parts.width_px
    low = filters.spread(filters.shrink(other, *bare.shape[-2:]), bare * plain, sigma)
    wanted = filters.spread(source.small, source.skin * source.valid * plain, sigma)
    return light.relight(other, low, wanted, place=place)


def seen_at(patch: Patch, way: torch.Tensor, size: tuple[int, int], place: tuple[slice, slice]) -> torch.Tensor:
    """(3, H, W) Lab: the patch read along a `way` (2, gh, gw) at a `place` of a picture of `size`; black beside it."""
    answer = torch.zeros(3, *size, device=way.device)
    answer[:, *place] = sampled(patch, filters.enlarge(way, *size)[:, *place])
    return answer


def sampled(patch: Patch, where: torch.Tensor) -> torch.Tensor:
    """(3, H, W) Lab: the patch read at the px of `where` (2, H, W)."""
    return warp.sample(patch.lab, where, "bicubic")
