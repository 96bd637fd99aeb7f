"""What of the source was photographed and may be shown, and what of it its own other half has to give."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.engines.landmark import covers, maps
from fusion.engines.landmark.covers import Covers
from fusion.engines.landmark.maps import Fields, Way
from fusion.engines.landmark.regions import Parts
from fusion.engines.layers import Patch
from fusion.faces import geometry
from fusion.ops import color, filters, light, mask, warp
from fusion.parsing import FaceMap

SMEARED = (0.3, 0.6)  # of the usual source px per output px: below, skin is smeared; above, it is not
FRAME_ROOM = 0.03  # of the face width: how far inside the photo's border a face has faded in
FILL_FROM = 0.01  # of the face that is not valid, from which the other half is asked
FILL_ROOM = 0.03  # of the face width: how far the other half fades into this one
RIM = 0.02  # of the face width: the rim of hair is half hair, half shadow
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

    The latter is the cheek which the source turns away and the target towards the camera. The features are seen from
    every side from which a face is found at all.
    """
    usual = way.stretch[parts.seed > 0.5].median().clamp_min(1e-6)
    seen = filters.gaussian(mask.smoothstep(way.stretch / usual, *SMEARED), 0.02 * parts.width_px)
    return torch.maximum(seen, torch.maximum(parts.features, parts.core)) * _within(way, source)


def _within(way: Way, source: Patch) -> torch.Tensor:
    """(1, gh, gw): 0 beyond the source's patch. Where that is no border of the photo, no face reaches it."""
    height, width = source.pixels.shape[:2]
    x, y = way.to_source
    inside = torch.stack([x, width - x, y, height - y]).amin(0, keepdim=True)
    return mask.smoothstep(inside, 0.0, FRAME_ROOM * geometry.face_width(source.points))


def uncovered(over: Covers, parts: Parts, carried: bool) -> torch.Tensor:
    """(1, gh, gw): 0 under things and glasses that are not `carried`, and in hard shadow.

    But no cut goes through brows, eyes, nose and lips: what covers those is for the verdict on the pair, since a mask
    would make one face of two people.
    """
    rim = parts.width_px * RIM
    things = filters.gaussian(over.things, rim).mul(2).clamp(0, 1)
    free = torch.maximum((1 - things) * (1 - over.shadow), parts.core)
    return free if carried else free * (1 - over.spectacles)


def complete(source: Source, patch: Patch, parsed: FaceMap, fields: Fields, parts: Parts, carried: bool) -> Source:
    """The source with what is not valid taken from the mirrored other half of its own face, where that is.

    `patch` and `parsed` are the source's.
    """
    lacking = float(((1 - source.valid) * parts.oval).sum() / parts.oval.sum().clamp_min(1.0))
    if lacking < FILL_FROM:
        return source
    height, width = source.face.shape[-2:]
    way = maps.mirrored_way(
        fields.shape, parts.width_px, patch.points, patch.pixels.shape[1], width, height, source.face.device
    )
    other = sampled(patch, filters.enlarge(way.to_source, height, width))
    small = filters.shrink(other, *source.small.shape[-2:])
    over = covers.laid(parsed, patch.points, way.to_source)
    valid = photographed(way, parts, patch) * uncovered(over, parts, carried)
    wanted = filters.gaussian(1 - source.valid, FILL_ROOM * parts.width_px).mul(1.6).clamp(0, 1)
    share = wanted * valid
    other = _in_its_light(other, small, over.skin * valid, source, parts)
    return Source(
        torch.lerp(source.face, other, filters.enlarge(share, height, width)),
        torch.lerp(source.small, filters.shrink(other, *source.small.shape[-2:]), share),
        torch.lerp(source.skin, over.skin, share),
        torch.maximum(source.valid, share),
        share,
        torch.where(share > 0.5, way.to_source, source.to_source),
    )


def _in_its_light(
    other: torch.Tensor, small: torch.Tensor, bare: torch.Tensor, source: Source, parts: Parts
) -> torch.Tensor:
    """The other half in the light of this one, as bare skin tells it."""
    plain = parts.oval * (1 - parts.features)
    sigma = LIGHT_SIGMA * parts.width_px
    low = filters.spread(small, bare * plain, sigma)
    return light.relight(other, low, filters.spread(source.small, source.skin * source.valid * plain, sigma))


def sampled(patch: Patch, where: torch.Tensor) -> torch.Tensor:
    """(3, H, W) Lab: the patch read at the px of `where` (2, H, W)."""
    return warp.sample(color.lab_from_bytes(patch.pixels), where, "bicubic")
