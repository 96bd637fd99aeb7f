"""The source's eyes in the light that falls on the target's, as the whites of both tell it.

No pigment colours or darkens the white of an eye, so what a white looks like is the light that reaches it. Where two
skins differ by more than their light, what changes the one into the other makes whites yellow, grey or black and pupils
milky. Where they are alike, skin tells the light better: there is more of it than of a white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.tones import between
from fusion.faces import mesh
from fusion.ops import color, filters, light, mask, warp

IRIS_ROOM = 1.15  # of its radius: what is nearer to the middle of an iris is no white
WHITE = (0.6, 0.95)  # quantiles of the luminance beside an iris between which it is white and no glint
BLACK = 0.05  # quantile of the luminance of an opening below which it is pupil or lash
BLACK_MOST = 0.4  # of the white: no black is brighter
GLINT, GLINT_ROOM = 0.99, 0.5  # quantile of the luminance from which it is glint; at least so far above the white
GAIN = (0.15, 4.0)  # limits of the change of a white
HELD = 1.0  # log, softly: the light of the skin about an eye, and how far its white may leave that
SEEN = (0.08, 0.2)  # share of an opening that is beside its iris, from which the white is told, and told surely


@dataclass(frozen=True, slots=True)
class _Range:
    """From the darkest to the white of one eye: (3, 1, 1) linear RGB each; `glint` 0-dim, the luminance of its
    brightest."""

    black: torch.Tensor
    white: torch.Tensor
    glint: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Eye:
    """Where one eye is on the grid, (1, gh, gw) bool each: what is nearer to it than to the other, its `opening`, what
    of that is beside the iris; and how far that tells the white, 0-dim."""

    near: torch.Tensor
    opening: torch.Tensor
    white: torch.Tensor
    seen: torch.Tensor


def lit(face: torch.Tensor, source: torch.Tensor, both: Aligned) -> torch.Tensor:
    """The lit face with each eye's opening between the black and the white of the target's, as far as skins differ.

    Args:
        face: (3, H, W) Lab, in the target's light.
        source: (3, H, W) Lab, the same in its own light.
        both: the two on the grid.
    """
    openings = both.parts.eyes
    needed = between(color.linear_from_lab(both.source), color.linear_from_lab(both.target), both).weight
    if float(needed) == 0:
        return face
    pictures = (both.target, *(filters.shrink(x, *openings.shape[-2:]) for x in (source, face)))
    lights = [color.linear_from_lab(x) for x in pictures]
    eyes = _eyes(both)
    theirs, ours, made = ([_range(x, eye) for eye in eyes] for x in lights)
    own = color.linear_from_lab(source)
    hue = _hue(theirs, eyes) - _hue(ours, eyes)
    for eye, their, our, now in zip(eyes, theirs, ours, made, strict=True):
        changed = color.lab_from_linear(_changed(own, our, _told(their, now), hue))
        share = filters.enlarge(openings * eye.near * eye.seen * needed, *face.shape[-2:])
        face = torch.lerp(face, changed, share)
    return face


def _hue(ranges: list[_Range], eyes: list[_Eye]) -> torch.Tensor:
    """(3, 1, 1): the log of the colour of both whites together, without its lightness.

    Both eyes are of one person and mostly in one light: told apart, their irises would differ.
    """
    logs = [
        eye.seen * torch.log(each.white / color.luminance(each.white)) for each, eye in zip(ranges, eyes, strict=True)
    ]
    return (logs[0] + logs[1]) / (eyes[0].seen + eyes[1].seen).clamp_min(1e-3)


def _told(theirs: _Range, made: _Range) -> _Range:
    """The target's range as far as it is told: no white leaves the light that its skin has got by more than `HELD`."""
    change = torch.log(color.luminance(theirs.white) / color.luminance(made.white))
    back = torch.exp(light.held(change, HELD, HELD) - change)
    return _Range(theirs.black * back, theirs.white * back, theirs.glint * back.reshape(()))


def _changed(picture: torch.Tensor, ours: _Range, theirs: _Range, hue: torch.Tensor) -> torch.Tensor:
    """(3, H, W): an eye's light, its black and the lightness of its white brought to another's, and its hue by `hue`.

    The black is no brighter than the other's, nor than its own would be in that light: else an eye is milky. Glints
    are as bright as the other's.
    """
    white = color.luminance(theirs.white) / color.luminance(ours.white) * torch.exp(hue) * ours.white
    black = torch.minimum(theirs.black, ours.black * (white / ours.white).clamp(*GAIN))
    gain = ((white - black).clamp_min(0) / (ours.white - ours.black)).clamp(*GAIN)
    picture = (picture - ours.black).clamp_min(0) * gain + black
    y, most = color.luminance(picture), color.luminance(theirs.white)
    room = torch.maximum(theirs.glint - most, GLINT_ROOM * most)
    held = torch.where(y > most, most + room * (1 - torch.exp((most - y) / room)), y)
    return (picture * held / y.clamp_min(color.BLACK)).clamp(0, 1)


def _range(picture: torch.Tensor, eye: _Eye) -> _Range:
    y = color.luminance(picture)
    low, high = filters.quantiles(y, eye.white, WHITE)
    colour = filters.weighted_mean(picture, (eye.white & (y >= low) & (y <= high)).float()).clamp_min(color.BLACK)
    dark, glint = filters.quantiles(y, eye.opening, (BLACK, GLINT))
    black = filters.weighted_mean(picture, (eye.opening & (y <= dark)).float())
    return _Range(torch.minimum(black, BLACK_MOST * colour), colour, glint)


def _eyes(both: Aligned) -> list[_Eye]:
    height, width = both.parts.eyes.shape[-2:]
    where = warp.pixel_centres(height, width, both.parts.eyes.device)
    irises = torch.tensor(both.parts.shape[list(mesh.IRISES)], dtype=torch.float32, device=where.device)
    away = [(where - iris.view(2, 1, 1)).norm(dim=0, keepdim=True) for iris in irises]
    eyes = []
    for (here, there), iris in zip((away, away[::-1]), (mesh.RIGHT_IRIS, mesh.LEFT_IRIS), strict=True):
        near = here < there
        radius = float(np.linalg.norm(both.parts.shape[list(iris[1:])] - both.parts.shape[iris[0]], axis=1).mean())
        opening = near & (both.parts.eyes > 0.5)
        white = opening & (here > IRIS_ROOM * radius)
        eyes.append(_Eye(near, opening, white, mask.smoothstep(white.sum() / opening.sum().clamp_min(1), *SEEN)))
    return eyes
