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
GAIN = (0.15, 4.0)  # limits of the change of a white; but the skin may have got more
HELD = 1.0  # log, softly: the light of the skin about an eye, and how far its white may leave that
GREYEST = 0.5  # of what is bright beside an iris, so much is white; the rest is tinged by lids and corners
TINGED = 0.9  # quantile of what is bright beside the target's irises: no more tinged is the source's
TINTED = (0.08, 0.3)  # log: how far the hue of the source's whites is from that of the target's, for this to act
LID = (0.5, 0.85)  # of the way from grey to the hue of skin, from which what is bright there may be lid, and is
SEEN = (0.08, 0.2)  # share of an opening that is beside its iris, from which the white is told, and told surely


@dataclass(frozen=True, slots=True)
class _Range:
    """From the darkest to the white of one eye: (3, 1, 1) linear RGB each; `glint` 0-dim, the luminance of its
    brightest; `tinge` and `chill` 0-dim, the logs by which what is bright beside its iris goes further to the hue of
    skin than the white, and further away from it."""

    black: torch.Tensor
    white: torch.Tensor
    glint: torch.Tensor
    tinge: torch.Tensor
    chill: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Eye:
    """Where one eye is on the grid, (1, gh, gw) bool each: what is nearer to it than to the other, its `opening`, what
    of that is beside the iris; and how far that tells the white, 0-dim."""

    near: torch.Tensor
    opening: torch.Tensor
    white: torch.Tensor
    seen: torch.Tensor


def lit(face: torch.Tensor, source: torch.Tensor, both: Aligned) -> torch.Tensor:
    """The lit face with each eye's opening between the black and the white of the target's.

    As far as the two skins differ in lightness, or as the whites have come out in another hue.

    Args:
        face: (3, H, W) Lab, in the target's light.
        source: (3, H, W) Lab, the same in its own light.
        both: the two on the grid.
    """
    openings = both.parts.eyes
    pictures = (both.target, *(filters.shrink(x, *openings.shape[-2:]) for x in (source, face)))
    lights = [color.linear_from_lab(x) for x in pictures]
    eyes = _eyes(both)
    ways = [_way(x, both) for x in lights]
    theirs, ours, made = ([_range(x, eye, way) for eye in eyes] for x, way in zip(lights, ways, strict=True))
    off = (_hue(theirs, eyes) - _hue(made, eyes)).norm()
    tinted = mask.smoothstep(off, *TINTED) * _telling(ours, eyes, lights[1], both)
    needed = torch.maximum(between(lights[1], lights[0], both).weight, tinted)
    hue = _hue(theirs, eyes) - _hue(ours, eyes)
    own = color.linear_from_lab(source)
    for eye, their, our, now in zip(eyes, theirs, ours, made, strict=True):
        beside = filters.enlarge(eye.white.float(), *face.shape[-2:])
        changed = color.linear_from_lab(face)
        if float(needed) > 0:
            most = (color.luminance(now.white) / color.luminance(our.white)).clamp_min(GAIN[1])
            mapped = _changed(own, our, _told(their, now), hue, most)
            changed = torch.lerp(changed, _untinged(mapped, beside, our, their, hue, ways[0]), needed)
        changed = color.lab_from_linear(_unchilled(changed, beside, their, ways[0]))
        face = torch.lerp(face, changed, filters.enlarge(openings * eye.near * eye.seen, *face.shape[-2:]))
    return face


def _hue(ranges: list[_Range], eyes: list[_Eye]) -> torch.Tensor:
    """(3, 1, 1): the log of the colour of both whites together, without its lightness.

    Both eyes are of one person and mostly in one light: told apart, their irises would differ. The one in more light
    tells more: what looks white in the shade of a nose may be lid.
    """
    right, left = (eye.seen * each.white for each, eye in zip(ranges, eyes, strict=True))
    both = right + left + color.BLACK
    return torch.log(both / color.luminance(both))


def _telling(ranges: list[_Range], eyes: list[_Eye], picture: torch.Tensor, both: Aligned) -> torch.Tensor:
    """0-dim, 0…1: how surely the hue of both whites, as `_hue` has it, is that of whites and not of lids."""
    way = _way(picture, both)
    skin = _along(filters.weighted_mean(picture, both.measured), way)
    white = (_hue(ranges, eyes) * way).sum()
    return 1 - mask.smoothstep(white / skin.reshape(()).clamp_min(1e-3), *LID)


def _told(theirs: _Range, made: _Range) -> _Range:
    """The target's range as far as it is told: no white leaves the light that its skin has got by more than `HELD`."""
    change = torch.log(color.luminance(theirs.white) / color.luminance(made.white))
    back = torch.exp(light.held(change, HELD, HELD) - change)
    return _Range(theirs.black * back, theirs.white * back, theirs.glint * back.reshape(()), theirs.tinge, theirs.chill)


def _changed(
    picture: torch.Tensor, ours: _Range, theirs: _Range, hue: torch.Tensor, most_gain: torch.Tensor
) -> torch.Tensor:
    """(3, H, W): an eye's light, its black and the lightness of its white brought to another's, and its hue by `hue`.

    The black is no brighter than the other's, nor than its own would be in that light: else an eye is milky. Glints
    are as bright as the other's. `most_gain`: an eye that got less than its skin would be a dark hole.
    """
    gains = torch.full_like(most_gain, GAIN[0]), most_gain
    white = color.luminance(theirs.white) / color.luminance(ours.white) * torch.exp(hue) * ours.white
    black = torch.minimum(theirs.black, ours.black * (white / ours.white).clamp(*gains))
    gain = ((white - black).clamp_min(0) / (ours.white - ours.black)).clamp(*gains)
    picture = (picture - ours.black).clamp_min(0) * gain + black
    y, most = color.luminance(picture), color.luminance(theirs.white)
    room = torch.maximum(theirs.glint - most, GLINT_ROOM * most)
    held = torch.where(y > most, most + room * (1 - torch.exp((most - y) / room)), y)
    return (picture * held / y.clamp_min(color.BLACK)).clamp(0, 1)


def _untinged(
    picture: torch.Tensor, beside: torch.Tensor, ours: _Range, theirs: _Range, hue: torch.Tensor, way: torch.Tensor
) -> torch.Tensor:
    """(3, H, W): an eye whose white and corners are no nearer to the hue of skin than the target's.

    What is red or brown there has the colour of skin and blood: brought to another light it would turn yellow.

    Args:
        picture: (3, H, W) linear light, the eye with its light changed.
        beside: (1, H, W), 1 beside its iris.
        ours: of the source's eye, `theirs`: of the target's.
        hue: (3, 1, 1), the change of the log of a white's colour.
        way: (3, 1, 1), as from `_way`.
    """
    white = _along(torch.exp(hue) * ours.white, way)
    over = (_along(picture, way) - white - theirs.tinge).clamp_min(0) * beside
    changed = picture * torch.exp(-over * way)
    return changed * color.luminance(picture) / color.luminance(changed).clamp_min(color.BLACK)


def _unchilled(picture: torch.Tensor, beside: torch.Tensor, theirs: _Range, way: torch.Tensor) -> torch.Tensor:
    """(3, H, W): an eye whose white is nowhere bluer than the target's; arguments as of `_untinged`.

    Light from the sky or from a window tints one side of an eye, which beside other light looks painted.
    """
    least = _along(theirs.white, way) - theirs.chill
    changed = picture * torch.exp((least - _along(picture, way)).clamp_min(0) * beside * way)
    return changed * color.luminance(picture) / color.luminance(changed).clamp_min(color.BLACK)


def _way(picture: torch.Tensor, both: Aligned) -> torch.Tensor:
    """(3, 1, 1), length 1: where the hue of skin lies from grey, of the log of light."""
    log = torch.log(filters.weighted_mean(picture, both.measured).clamp_min(color.BLACK))
    hue = color.log_hue(log)
    return hue / hue.norm().clamp_min(1e-3)


def _along(picture: torch.Tensor, way: torch.Tensor) -> torch.Tensor:
    """(1, H, W): how far a picture goes that way, log."""
    log = color.log_light(picture)
    return (color.log_hue(log) * way).sum(0, keepdim=True)


def _range(picture: torch.Tensor, eye: _Eye, way: torch.Tensor) -> _Range:
    y, along = color.luminance(picture), _along(picture, way)
    low, high = filters.quantiles(y, eye.white, WHITE)
    bright = eye.white & (y >= low) & (y <= high)
    (middle,) = filters.quantiles(along, bright, (GREYEST,))
    colour = filters.weighted_mean(picture, (bright & (along <= middle)).float()).clamp_min(color.BLACK)
    dark, glint = filters.quantiles(y, eye.opening, (BLACK, GLINT))
    black = filters.weighted_mean(picture, (eye.opening & (y <= dark)).float())
    least, most = filters.quantiles(along, eye.white & (y >= low), (1 - TINGED, TINGED))
    white = _along(colour, way)
    tinge, chill = ((x - y).clamp_min(0).reshape(()) for x, y in ((most, white), (white, least)))
    return _Range(torch.minimum(black, BLACK_MOST * colour), colour, glint, tinge, chill)


def _eyes(both: Aligned) -> list[_Eye]:
    height, width = both.parts.eyes.shape[-2:]
    where = warp.pixel_centres(height, width, both.parts.eyes.device)
    irises = torch.tensor(both.parts.shape[list(mesh.IRISES)], dtype=torch.float32, device=where.device)
    away = [filters.length(where - iris.view(2, 1, 1)) for iris in irises]
    eyes = []
    for (here, there), iris in zip((away, away[::-1]), (mesh.RIGHT_IRIS, mesh.LEFT_IRIS), strict=True):
        near = here < there
        radius = float(np.linalg.norm(both.parts.shape[list(iris[1:])] - both.parts.shape[iris[0]], axis=1).mean())
        opening = near & (both.parts.eyes > 0.5)
        white = opening & (here > IRIS_ROOM * radius)
        eyes.append(_Eye(near, opening, white, mask.smoothstep(white.sum() / opening.sum().clamp_min(1), *SEEN)))
    return eyes
