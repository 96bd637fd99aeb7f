"""The parts of a face that need a rule of their own: eyes, lips and teeth."""

from __future__ import annotations

import numpy as np
import torch

from fusion.engines.landmark import maps
from fusion.engines.landmark.regions import Parts
from fusion.engines.layers import Patch
from fusion.ops import constants, filters, mask

EYES_UNLIKE = (1.7, 2.4)  # one opening over the other: up to the first the source's eyes fit, from the second not
LIPS_KEPT = 0.6  # of the target's own lips at most, where the mouths differ
# difference of the gap between the lips over the mouth's width:
LIPS_DIFFER = (0.1, 0.4)  # from the first on, part of the target's lips is kept; from the second, most
TEETH_DIFFER = 0.06  # up to here the source's teeth fit,
SMILES_DIFFER = 1.2  # unless one mouth is this much wider than the other


def lips(
    face: torch.Tensor, ground: torch.Tensor, parts: Parts, target: Patch, source: Patch, ratio: float
) -> torch.Tensor:
    """Where one mouth is open and the other closed, part of the target's own lips, in the source's colour.

    Lips that are stretched or squeezed to another opening show it.
    """
    apart = abs(maps.mouth_opening(target.points) - maps.mouth_opening(source.points))
    share = float(np.clip((apart - LIPS_DIFFER[0]) / (LIPS_DIFFER[1] - LIPS_DIFFER[0]), 0, 1)) * LIPS_KEPT * ratio
    if share == 0:
        return face
    height, width = face.shape[-2:]
    lips = filters.enlarge((parts.lips - parts.mouth).clamp(0, 1), height, width)
    total = lips.sum().clamp_min(1e-3)
    colour_of = [(x * lips).sum((-2, -1), keepdim=True) / total for x in (face, ground)]
    recoloured = ground + (colour_of[0] - colour_of[1])
    return torch.lerp(face, recoloured, lips * share)


def teeth(face: torch.Tensor, ground: torch.Tensor, parts: Parts, target: Patch, source: Patch) -> torch.Tensor:
    """The inside of the mouth: the target's, but the source's where its mouth is as wide and as wide open."""
    apart = abs(maps.mouth_opening(target.points) - maps.mouth_opening(source.points))
    widths = [maps.mouth_width(patch.points) for patch in (target, source)]
    if apart <= TEETH_DIFFER and max(widths) < SMILES_DIFFER * min(widths):
        return face
    return torch.lerp(face, ground, filters.enlarge(parts.mouth, *face.shape[-2:]))


def eyes(
    face: torch.Tensor, ground: torch.Tensor, parts: Parts, target: Patch, source: Patch, ratio: float
) -> torch.Tensor:
    """The face with its eyes between the target's lids, looking where the target looks.

    Where both are about as wide open they are the source's, its irises laid onto the target's; else they are the
    target's with irises of the source's colour.
    """
    alike = _eyes_alike(target, source)
    if alike == 1:
        return face
    openings = filters.enlarge(parts.eyes, *face.shape[-2:])
    own = torch.lerp(_recoloured(ground, face, parts, ratio), face, alike)
    return torch.lerp(face, own, openings)


def _eyes_alike(target: Patch, source: Patch) -> float:
    """1 where both pairs of eyes are about as wide open, 0 where an iris would be stretched or squeezed."""
    openings = maps.eye_opening(target.points), maps.eye_opening(source.points)
    unlike = max(openings) / max(min(openings), 1e-6)
    return float(np.clip((EYES_UNLIKE[1] - unlike) / (EYES_UNLIKE[1] - EYES_UNLIKE[0]), 0, 1))


def _recoloured(ground: torch.Tensor, warped: torch.Tensor, parts: Parts, ratio: float) -> torch.Tensor:
    """The target's eyes with irises of the source's colour: the gaze and the lids are not identity, the colour is."""
    height, width = ground.shape[-2:]
    irises = parts.irises * parts.eyes
    if float(irises.sum()) < 12:  # px of the grid: closed, or too small to have a colour
        return ground
    small_ground, small_warped = (filters.shrink(x, *irises.shape[-2:]) for x in (ground, warped))
    shift = _iris_colour(small_warped, irises) - _iris_colour(small_ground, irises)
    # chroma moves whole, lightness half: how bright an iris looks is mostly the light that falls into the eye
    shift = shift * constants.on(ground.device, 0.5, 1.0, 1.0).view(3, 1, 1)
    area = filters.enlarge(irises, height, width)
    # the pupil and the glint keep theirs
    middle = mask.smoothstep(ground[:1], 8, 22) * (1 - mask.smoothstep(ground[:1], 60, 75))
    return ground + ratio * area * middle * shift.clamp(-25, 25)


def _iris_colour(lab: torch.Tensor, irises: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the median Lab of the irises without their darkest and brightest quarter."""
    chosen = lab[:, irises[0] > 0.5]
    if chosen.shape[1] < 4:
        return lab.new_zeros(3, 1, 1)
    order = chosen[0].argsort()
    middle = chosen[:, order[len(order) // 4 : max(len(order) // 4 + 1, 3 * len(order) // 4)]]
    return middle.median(1).values.view(3, 1, 1)
