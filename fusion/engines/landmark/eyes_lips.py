"""The parts of a face that need a rule of their own: eyes, lips and teeth. Faces are written over where these are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from fusion.engines.landmark import lips as colours
from fusion.engines.landmark import maps
from fusion.engines.landmark.regions import Parts
from fusion.engines.layers import Patch
from fusion.faces import mesh
from fusion.ops import color, constants, filters, mask

EYES_UNLIKE = (1.7, 2.4)  # one opening over the other: up to the first the source's eyes fit, from the second not
LIPS_KEPT = 0.6  # of the target's own lips at most, where the mouths differ
# difference of the gap between the lips over the mouth's width:
LIPS_DIFFER = (0.1, 0.4)  # from the first on, part of the target's lips is kept; from the second, most
TEETH_DIFFER = 0.06  # up to here the source's teeth fit,
SMILES_DIFFER = 1.2  # unless one mouth is this much wider than the other
_ROOM = 0.05  # of the face width: farther from its landmarks the soft mask of a part is 0


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
    mine, its, both = _cut(face, ground, _mouth(parts), parts, mesh.LIPS_OUTER)
    lips = both[:1]
    its = _in_its_paint(its, mine, both)
    colour_of = [filters.weighted_mean(x, lips) for x in (mine, its)]
    mine.lerp_(its + (colour_of[0] - colour_of[1]), lips * share)
    return face


def teeth(face: torch.Tensor, ground: torch.Tensor, parts: Parts, target: Patch, source: Patch) -> torch.Tensor:
    """The inside of the mouth: the target's, but the source's where its mouth is as wide and as wide open."""
    apart = abs(maps.mouth_opening(target.points) - maps.mouth_opening(source.points))
    widths = [maps.mouth_width(patch.points) for patch in (target, source)]
    if apart <= TEETH_DIFFER and max(widths) < SMILES_DIFFER * min(widths):
        return face
    mine, its, both = _cut(face, ground, _mouth(parts), parts, mesh.LIPS_OUTER)
    mine.lerp_(_in_its_paint(its, mine, both), both[1:])
    return face


def _mouth(parts: Parts) -> torch.Tensor:
    """(2, gh, gw): the lips, and what is between them."""
    return torch.cat([(parts.lips - parts.mouth).clamp(0, 1), parts.mouth])


def _in_its_paint(its: torch.Tensor, mine: torch.Tensor, mouth: torch.Tensor) -> torch.Tensor:
    """The target's mouth, (3, H, W) Lab, with paint of its lips in the colour of the fused lips.

    Of closed lips a line of paint is between them, which would stay red on lips that are not.

    Args:
        its, mine: (3, H, W) Lab, the target and the fused face.
        mouth: (2, H, W), as from `_mouth`.
    """
    lips, skin = mouth[:1], 1 - mouth.sum(0, keepdim=True).clamp(0, 1)
    log, log_mine = (color.log_light(color.linear_from_lab(x)) for x in (its, mine))
    against = colours.against_skin(log, lips, skin)
    painted = colours.paint(against) * colours.of_paint(log, filters.weighted_mean(log, skin), against)
    change = painted * (filters.weighted_mean(log_mine, lips) - filters.weighted_mean(log, lips))
    return torch.where(painted > 0, color.lab_from_linear((torch.exp(log + change) - color.BLACK).clamp(0, 1)), its)


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
    irises = parts.irises * parts.eyes
    shift = _shift(ground, face, irises)
    mine, its, openings = _cut(face, ground, parts.eyes, parts, mesh.RIGHT_EYE + mesh.LEFT_EYE)
    if shift is not None:
        its = _recoloured(its, _cut(face, ground, irises, parts, mesh.RIGHT_EYE + mesh.LEFT_EYE)[2], shift, ratio)
    mine.lerp_(torch.lerp(its, mine, alike), openings)
    return face


def _cut(
    face: torch.Tensor, ground: torch.Tensor, area: torch.Tensor, parts: Parts, ids: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Face, ground and a mask (1, gh, gw) of a part, all at full size and cut about that part's landmarks."""
    height, width = face.shape[-2:]
    room = _ROOM * parts.width_px + 4
    points = parts.shape[list(ids), :2]
    per_axis = np.array([width, height]) / area.shape[:0:-1]
    left, top = np.floor((points.min(0) - room) * per_axis).astype(int).clip(0, (width - 1, height - 1)).tolist()
    right, bottom = np.ceil((points.max(0) + room) * per_axis).astype(int).clip(1, (width, height)).tolist()
    place = slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))
    mine, its, there = (x[:, *place] for x in (face, ground, filters.enlarge(area, height, width)))
    return mine, its, there


def _eyes_alike(target: Patch, source: Patch) -> float:
    """1 where both pairs of eyes are about as wide open, 0 where an iris would be stretched or squeezed."""
    openings = maps.eye_opening(target.points), maps.eye_opening(source.points)
    unlike = max(openings) / max(min(openings), 1e-6)
    return float(np.clip((EYES_UNLIKE[1] - unlike) / (EYES_UNLIKE[1] - EYES_UNLIKE[0]), 0, 1))


def _shift(ground: torch.Tensor, warped: torch.Tensor, irises: torch.Tensor) -> torch.Tensor | None:
    """(3, 1, 1): from the target's irises to the source's; None where they are closed, or too small to have a colour.

    Args:
        ground, warped: (3, H, W) Lab.
        irises: (1, gh, gw).
    """
    if float(irises.sum()) < 12:  # px of the grid
        return None
    small_ground, small_warped = (filters.shrink(x, *irises.shape[-2:]) for x in (ground, warped))
    shift = _iris_colour(small_warped, irises) - _iris_colour(small_ground, irises)
    # chroma moves whole, lightness half: how bright an iris looks is mostly the light that falls into the eye
    return shift * constants.on(ground.device, 0.5, 1.0, 1.0).view(3, 1, 1)


def _recoloured(ground: torch.Tensor, irises: torch.Tensor, shift: torch.Tensor, ratio: float) -> torch.Tensor:
    """The target's eyes with irises of the source's colour: the gaze and the lids are not identity, the colour is."""
    # the pupil and the glint keep theirs
    middle = mask.smoothstep(ground[:1], 8, 22) * (1 - mask.smoothstep(ground[:1], 60, 75))
    return ground + ratio * irises * middle * shift.clamp(-25, 25)


def _iris_colour(lab: torch.Tensor, irises: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the median Lab of the irises without their darkest and brightest quarter."""
    chosen = lab[:, irises[0] > 0.5]
    if chosen.shape[1] < 4:
        return lab.new_zeros(3, 1, 1)
    order = chosen[0].argsort()
    middle = chosen[:, order[len(order) // 4 : max(len(order) // 4 + 1, 3 * len(order) // 4)]]
    return middle.median(1).values.view(3, 1, 1)
