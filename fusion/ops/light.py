"""Light, colour and grain of one face given to another."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.ops import color, constants, filters

_FINEST = 0.9  # px, standard deviation: what is finer is grain
_GAIN = (0.35, 2.6)  # limits of the change of lightness: beyond, noise or posterisation shows
MATTE = (0.15, 0.6)  # quantiles of the luminance of skin between which it does not shine
BRIGHTEST = 0.97  # quantile of the luminance of skin from which it shows the light's colour
PURER = 0.6  # what is brightest still holds some skin: its colour is pushed this far away from the skin's
WHITER = 0.4  # and this far towards white
SMOOTH = 0.2  # of the face width, standard deviation: what stands above the matte skin's mean of this width may shine
TELLS = (0.15, 0.5)  # difference of the two colours: below the first, colour tells nothing; from the second, all
LEFT = 0.15  # of a pixel's light at least is skin


def relight(
    lab: torch.Tensor,
    low: torch.Tensor,
    wanted: torch.Tensor,
    tinted: torch.Tensor | None = None,
    place: tuple[slice, slice] = (slice(None), slice(None)),
) -> torch.Tensor:
    """Replace the low frequencies of a face by another's.

    Lightness is scaled (a face in half the light has half the contrast, so brows stay dark and lips stay lips), the
    chroma is shifted.

    Args:
        lab: (3, H, W) the face.
        low: (3, h, w) its own low frequencies.
        wanted: (3, h, w) those it shall have.
        tinted: (1, h, w), how far their hue counts; everywhere if not given.
        place: the rows and columns of the face that are wanted, and given back.
    """
    height, width = lab.shape[-2:]
    gain = ((wanted[:1] + 4) / (low[:1] + 4)).clamp(*_GAIN)
    shift = wanted[1:] - low[1:]
    if tinted is not None:
        shift = shift * tinted
    lit, gain, shift = (filters.enlarge(x, height, width)[:, *place] for x in (low[:1], gain, shift))
    lit, lab = lit.clamp_min(8), lab[:, *place]
    # light tints what reflects it: a black brow or frame stays black
    shift = shift * (lab[:1] / lit).clamp(0, 1)
    lightness = (lab[:1] + 4) * gain - 4
    # a soft shoulder: highlights of a brightened face roll off instead of clipping to white
    over = (lightness - 88).clamp_min(0)
    lightness = lightness.clamp_max(88) + 12 * (1 - torch.exp(-over / 12))
    return torch.cat([lightness, lab[1:] + shift])


def refined(face: torch.Tensor, small: torch.Tensor, lit: torch.Tensor) -> torch.Tensor:
    """What has been done to the light of a face at a small size, done to the face.

    Detail finer than that size grows and shrinks as the light does: Lab is made of cube roots of light.

    Args:
        face: (3, H, W) Lab.
        small: (3, h, w), the same face, reduced.
        lit: (3, h, w), that in another light.
    """
    if small.shape == face.shape:
        return lit
    gain = ((lit[:1].clamp_min(0) + 16) / (small[:1].clamp_min(0) + 16)).clamp(*_GAIN)
    small, lit, gain = (filters.enlarge(x, *face.shape[-2:]) for x in (small, lit, gain))
    return torch.addcmul(lit, face - small, gain)


def match_contrast(
    face: torch.Tensor, ground: torch.Tensor, low: torch.Tensor, skin: torch.Tensor, area: torch.Tensor
) -> torch.Tensor:
    """Bring the contrast of a relit face's skin towards that of the skin it replaces.

    Film, flash and saturation make blotches that read as dirt in another light. Lightness may keep most of its own
    contrast, since lines and pores are part of who one is; chroma follows the target closely.

    Args:
        face, ground: (3, H, W) Lab.
        low: (3, H, W), the low frequencies that both now share.
        skin: (1, H, W), where both are bare skin: what is measured.
        area: (1, H, W), where it acts.
    """
    chosen = skin[0] > 0.5
    if int(chosen.sum()) < 64:
        return face
    detail = face - low
    have = detail[:, chosen].abs().median(1).values
    want = (ground - low)[:, chosen].abs().median(1).values
    least, most = (constants.on(face.device, *x) for x in ((0.65, 0.3, 0.3), (1.25, 1.1, 1.1)))
    scale = torch.clamp(want / have.clamp_min(0.05), least, most).view(3, 1, 1)
    return low + detail * torch.lerp(torch.ones_like(area), scale, area)


def grain_of(lightness: torch.Tensor, weight: torch.Tensor, px: float = 1.0) -> torch.Tensor:
    """Robust amplitude of the finest detail (below about 2 `px`) where `weight` is, in L units. Scalar tensor."""
    return _amplitude(lightness - filters.gaussian(lightness, _FINEST * px), weight)


def _amplitude(fine: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    chosen = fine[weight > 0.5].abs()
    if chosen.numel() < 64:
        return fine.new_zeros(())
    return chosen.median() * 1.4826


def match_grain(face: torch.Tensor, ground: torch.Tensor, skin: torch.Tensor, px: float = 1.0) -> torch.Tensor:
    """Give the face the grain and sharpness of the picture it is set into.

    A face that is finer than its surroundings is softened; one that is smoother takes the missing part of the
    ground's own finest detail, which lies on the same skin.

    Args:
        face, ground: (3, H, W) Lab, aligned.
        skin: (1, H, W), where both are skin.
        px: width of a pixel of the ground's photo here: where that photo is enlarged, its grain is too.
    """
    have, want = (float(grain_of(picture[:1], skin)) for picture in (face, ground))
    if want > 0 and have / want > 1.1:
        return torch.lerp(filters.gaussian(face, 0.8), face, want / have)
    return add_grain(face, ground, skin, px)


def add_grain(face: torch.Tensor, ground: torch.Tensor, skin: torch.Tensor, px: float = 1.0) -> torch.Tensor:
    """A face that is smoother than its surroundings with their grain; see `match_grain`."""
    bands = [_bands(lightness, px) for lightness in (face[:1], ground[:1])]
    lightness = face[:1]
    for mine, its in zip(*bands, strict=True):
        have, want = (float(_amplitude(band, skin)) for band in (mine, its))
        if want > 0 and have / want < 0.9:
            missing = (1 - (have / want) ** 2) ** 0.5
            lightness = lightness + missing * its.clamp(-4 * want, 4 * want) * skin
    return torch.cat([lightness, face[1:]])


def _bands(lightness: torch.Tensor, px: float) -> list[torch.Tensor]:
    """What is as fine as the pixels of a photo, and what is a little coarser: grain is seldom of one size."""
    fine, coarse = (filters.gaussian(lightness, _FINEST * max(px, 1.0) * size) for size in (1, 1.5))
    return [lightness - fine, fine - coarse]


@dataclass(frozen=True, slots=True)
class Split:
    """Linear light taken apart. `matte` (3, H, W); `shine` (1, H, W), the luminance of the highlights, whose colour
    is `tint` (3, 1, 1), of luminance 1."""

    matte: torch.Tensor
    shine: torch.Tensor
    tint: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Skin:
    """The colours of skin and of what shines on it, (3, 1, 1) of luminance 1; `base` (1, gh, gw), matte luminance."""

    color: torch.Tensor
    tint: torch.Tensor
    base: torch.Tensor


def split_highlights(
    light: torch.Tensor, small: torch.Tensor, skin: torch.Tensor, area: torch.Tensor, face_px: float
) -> Split:
    """Take the highlights off a face, by the dichromatic model (Shafer 1985): what shines has the light's colour.

    Args:
        light: (3, H, W) linear RGB.
        small: (3, gh, gw), the same on a grid.
        skin: (1, gh, gw), where it is bare skin.
        area: (1, H, W), how far it acts.
        face_px: width of the face, px of the grid.
    """
    found = _skin_of(small, skin, face_px)
    base = filters.enlarge(found.base, *light.shape[-2:])
    y = color.luminance(light)
    basis = torch.cat([found.color.view(3, 1), found.tint.view(3, 1)], 1)
    by_color = torch.tensordot(torch.linalg.pinv(basis)[1], light, 1).unsqueeze(0).clamp_min_(0)
    apart = (found.color - found.tint).abs().amax()
    trust = ((apart - TELLS[0]) / (TELLS[1] - TELLS[0])).clamp(0, 1)
    # whatever the colour says, only what is brighter than the matte skin about it shines
    by_color = torch.minimum(by_color, (y - 1.1 * base).clamp_min(0))
    shine = torch.lerp(0.7 * (y - 1.25 * base).clamp_min(0), by_color, trust)
    shine = filters.gaussian(shine, 0.7) * area
    return Split(torch.maximum(light - shine * found.tint, LEFT * light), shine, found.tint)


def _skin_of(small: torch.Tensor, skin: torch.Tensor, face_px: float) -> _Skin:
    y = color.luminance(small)
    low, high, top = filters.quantiles(y, skin > 0.5, (*MATTE, BRIGHTEST))
    matte = skin * ((y >= low) & (y <= high))
    own = _color_of(small, matte)
    bright = _color_of(small, skin * (y >= top))
    tint = (bright + PURER * (bright - own)).clamp(0.3, 2.2)
    tint = torch.lerp(tint / color.luminance(tint), torch.ones_like(tint), WHITER)
    return _Skin(own, tint, filters.spread(y, matte, SMOOTH * face_px))


def _color_of(light: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the mean colour where `weight` is, of luminance 1."""
    total = (light * weight).sum((-2, -1), keepdim=True) + 1e-6
    return total / color.luminance(total)


def held(x: torch.Tensor, up: torch.Tensor | float, down: torch.Tensor | float) -> torch.Tensor:
    """`x` between −`down` and `up`, softly."""
    limit = torch.where(x > 0, up, down)
    return limit * torch.tanh(x / limit)
