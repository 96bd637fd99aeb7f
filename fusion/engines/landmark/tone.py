"""The source's face in the target's skin tone, where the two tones lie far apart.

Works on the logarithm of linear light, in which a change of light or of skin is a sum. A face is taken apart into
highlights, coarse light (larger than a cheek), bands (of the size of a cheek) and detail. The coarse light becomes the
target's, the bands are held to as much shade as the target has, the detail to its contrast, and the highlights come
back in the colour of the target's own. Everything is measured on the grid and on skin that is bare in both.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from fusion.engines.landmark.aligned import Aligned, Bands, bands
from fusion.engines.landmark.settling import burnt
from fusion.engines.landmark.tones import Tones, between, hue_share
from fusion.ops import color, filters, light, mask
from fusion.types import Mode

VEIL = 0.06  # linear light: haze is no more
BAND_MOST, BAND_LEAST = 1.15, 0.3  # of the target's own shade, and of the source's, that is left of the source's
BAND_BACK = 0.3  # of the target's own shade, where the source has little
BAND_HUE = 0.15  # of the source's hue in its bands, at most: a shadow's blue is its light's
CONTRAST, CHROMA = (0.55, 1.25), (0.3, 1.1)  # limits of the change of the detail's lightness and chroma
PALER = 0.3  # of the detail's chroma that far tones lose: it is the source skin's
BRIGHTER, DARKER = 0.5, 1.4  # log: how far a detail stands out of the skin, softly held
LIKE_ROOM = 1.5  # log: this much more where tones are near
EYES_ROOM, LIPS_ROOM = 0.15, 0.1  # log: how much brighter against skin than the target's eyes and lips may be
OWN_TEETH = 0.9  # how far teeth leave the skin's change for that of the light
GLOSS_LIMITS = (-1.2, 0.4)  # log, of that
GLOSS_MOST = 0.7  # of the skin's own light: a brightened highlight adds no more
GLOSS_HELD = (0.3, 1.0)  # of the source's highlights: no more than the target has, but never none
BURNT_FROM = 0.02  # share of the skin that is burnt out, from which its light is told from what is left
HUE_MOST = 2.5  # of one channel over another in unclipped skin
SHOULDER = 0.75  # linear light from which highlights roll off


def retoned(face: torch.Tensor, both: Aligned, mode: Mode, like: Callable[[], torch.Tensor]) -> torch.Tensor:
    """The source's face in the target's light and tone.

    Args:
        face: (3, H, W) Lab, the source's face in the target's place.
        both: the two on the grid.
        mode: in `overlay` all shade coarser than features is the target's.
        like: makes the same for tones that are alike.
    """
    target, source = (color.linear_from_lab(x) for x in (both.target, both.source))
    veil, mist = _veil(target), _veil(source)
    target, source = _unveiled(target, veil), _unveiled(source, mist)
    white = burnt(target, both.parts)
    target = _unclipped(target, white, both)
    tones = between(source, target, both)
    weight = float(tones.weight)
    if weight == 0:
        return like()
    lit = _Face(both, tones, hue_share(source, target, both)).lit(
        _unveiled(color.linear_from_lab(face), mist), source, target, mode
    )
    lit = lit.clamp_min_(0) * (1 - veil) + veil
    # where the target is burnt out, its highlights are not rolled off
    lit = torch.lerp(_rolled_off(lit), lit, filters.enlarge(white, *lit.shape[-2:]))
    lab = color.lab_from_linear(lit.clamp_(0, 1))
    return lab if weight == 1 else torch.lerp(like(), lab, weight)


class _Face:
    """One face being lit."""

    def __init__(self, both: Aligned, tones: Tones, hue_share: torch.Tensor) -> None:
        self._hue_share = hue_share
        self.parts, self.bare, self.tones = both.parts, both.measured, tones
        self.plain = 1 - filters.gaussian(self.parts.coloured, 0.01 * self.parts.width_px).clamp(0, 1)
        self.own_skin = both.own_skin * self.plain

    def lit(self, face: torch.Tensor, source: torch.Tensor, target: torch.Tensor, mode: Mode) -> torch.Tensor:
        """(3, H, W) linear light of the source's face, given in its own light, and with both faces on the grid."""
        height, width = face.shape[-2:]
        shines, px = self._shines(), self.parts.width_px
        of_target = light.split_highlights(target, target, self.bare, shines, px)
        of_source = light.split_highlights(face, source, self.bare, filters.enlarge(shines, height, width), px)
        theirs = self._bands(of_target.matte)
        ours = self._bands(filters.shrink(of_source.matte, *source.shape[-2:]))
        shading = filters.enlarge(_shading(ours, theirs, self.bare, mode), height, width)
        detail = color.log_light(of_source.matte) - filters.enlarge(ours.fine, height, width)
        matte = torch.exp(shading + self._detail(detail, ours, theirs)) - color.BLACK
        wanted = filters.weighted_mean(of_target.shine, self.bare)
        return matte + self._shine(of_source.shine, theirs, wanted) * of_target.tint

    def _shines(self) -> torch.Tensor:
        parts = self.parts
        wet = torch.stack([parts.eyes, parts.mouth, 0.6 * parts.lips]).amax(0)
        return torch.maximum(parts.oval, parts.wide) * (1 - wet) * self.tones.apart

    def _bands(self, light: torch.Tensor) -> Bands:
        return bands(color.log_light(light), self.bare, self.parts.width_px)

    def _detail(self, detail: torch.Tensor, ours: Bands, theirs: Bands) -> torch.Tensor:
        """(3, H, W): what is finer than the bands, in a contrast that suits the target's skin."""
        parts, apart = self.parts, self.tones.apart
        height, width = detail.shape[-2:]
        both = [each.whole - each.fine for each in (ours, theirs)]
        scale = _ratio([_typical(color.luminance(x), self.bare) for x in both], CONTRAST)
        paler = _ratio([_typical(color.log_hue(x), self.bare) for x in both], CHROMA) * (1 - PALER * apart)
        lightness = color.luminance(detail)
        hue = detail - lightness
        held = light.held(lightness * scale, BRIGHTER + LIKE_ROOM * (1 - apart), DARKER + LIKE_ROOM * (1 - apart))
        on_skin = filters.enlarge(self.own_skin, height, width)
        lightness_on_brow = torch.minimum(lightness, light.held(lightness * scale, BRIGHTER, 9.0))
        brows = filters.enlarge(parts.brows * (1 - parts.eyes), height, width)
        # a brow's bright rim is skin between hairs, not frost
        rim = torch.where(lightness > 0, brows, torch.zeros_like(brows))
        toned = torch.lerp(torch.lerp(lightness, held, on_skin), lightness_on_brow, rim)
        # the grey of a beard on light skin is the light skin's too
        faded = filters.enlarge(torch.maximum(self.own_skin, parts.oval * self.plain * apart), height, width)
        hue = self._as_grey(hue * torch.lerp(torch.ones_like(faded), paler, faded), ours, theirs, lightness)
        toned = torch.lerp(toned, self._dulled(toned, theirs), apart)
        return toned + hue + filters.enlarge(self._own_hues(ours, theirs, lightness), height, width)

    def _as_grey(self, hue: torch.Tensor, ours: Bands, theirs: Bands, lightness: torch.Tensor) -> torch.Tensor:
        """(3, H, W): the detail's hue, so that what is halfway from the hue of its skin to grey is so on the other.

        Lids, creases and hairs are greyer than skin. What they lack of the hue of a brown skin is more than a pale one
        has: they would turn blue. What keeps its own hue is left, and so are lips, which are redder than skin.
        """
        skins = [color.log_hue(filters.weighted_mean(each.coarse, self.bare)) for each in (ours, theirs)]
        strength = filters.length(skins[0]).clamp_min(1e-3)
        way = skins[0] / strength
        kept = ((skins[1] * way).sum(0, keepdim=True) / strength).clamp(0, 1)
        own = torch.maximum((1 - self._hue_share) * self._neutral(lightness), self.parts.lips)
        own = filters.enlarge(own, *hue.shape[-2:])
        return hue - self.tones.apart * (1 - own) * (1 - kept) * (hue * way).sum(0, keepdim=True) * way

    def _neutral(self, lightness: torch.Tensor) -> torch.Tensor:
        """(1, gh, gw): eyes, teeth and the hairs of brows, which no skin colours."""
        small = filters.shrink(lightness, *self.parts.oval.shape[-2:])
        hairs = self.parts.brows * mask.smoothstep(-small, 0.35, 1.0)
        return torch.stack([self.parts.eyes, self.parts.mouth, hairs]).amax(0)

    def _dulled(self, lightness: torch.Tensor, theirs: Bands) -> torch.Tensor:
        """(1, H, W): the lightness with eyes and lips that do not shine out of a face as the target's do not."""
        detail, parts = color.luminance(theirs.whole - theirs.fine), self.parts
        for area, room in ((parts.eyes, EYES_ROOM), ((parts.lips - parts.mouth).clamp(0, 1), LIPS_ROOM)):
            most = (filters.quantiles(detail, area > 0.5, (0.9,)) + room).clamp_min(room)
            least = torch.full_like(most, 9.0)
            wide = filters.enlarge(area, *lightness.shape[-2:])
            lightness = torch.lerp(lightness, light.held(lightness, most, least), wide)
        return lightness

    def _own_hues(self, ours: Bands, theirs: Bands, lightness: torch.Tensor) -> torch.Tensor:
        """(3, gh, gw): what eyes, teeth and brows do not take of the hue and the light of the target's skin."""
        parts, apart = self.parts, self.tones.apart
        small = filters.shrink(lightness, *parts.oval.shape[-2:])
        neutral = self._neutral(lightness)
        # teeth are as bright as the light makes them, whatever the skin
        teeth = OWN_TEETH * parts.mouth * mask.smoothstep(small, -0.3, 0.3) * (self.tones.light_gap - self.tones.gap)
        return apart * (teeth - (1 - self._hue_share) * neutral * color.log_hue(theirs.coarse - ours.coarse))

    def _shine(self, shine: torch.Tensor, theirs: Bands, wanted: torch.Tensor) -> torch.Tensor:
        """(1, H, W): the highlights' luminance in the target's light. Pigment does not darken them."""
        gap = self.tones.gap
        shine = shine * torch.exp(self.tones.light_gap.clamp(*GLOSS_LIMITS))
        small = filters.shrink(shine, *self.bare.shape[-2:])
        more = (wanted / filters.weighted_mean(small, self.bare).clamp_min(1e-5)).clamp(*GLOSS_HELD)
        most = GLOSS_MOST * color.luminance(torch.exp(theirs.coarse)).clamp_min(1e-3)
        most = filters.enlarge(most, *shine.shape[-2:])
        return torch.where(
            gap > 0, most * torch.tanh(shine / most), shine * torch.lerp(torch.ones_like(more), more, self.tones.apart)
        )


def _shading(ours: Bands, theirs: Bands, bare: torch.Tensor, mode: Mode) -> torch.Tensor:
    """(3, gh, gw): the target's coarse light with bands of both, no stronger than the target's."""
    if mode == Mode.OVERLAY:
        return theirs.fine
    own, wanted = (color.luminance(each.band) for each in (ours, theirs))
    have, want = (_deviation(x, bare).clamp_min(1e-4) for x in (own, wanted))
    kept = (BAND_MOST * want / have).clamp(BAND_LEAST, 1)
    back = BAND_BACK * (1 - (kept * have / want).square()).clamp_min(0).sqrt()
    have_hue, want_hue = (_deviation(color.log_hue(each.band), bare).clamp_min(1e-4) for each in (ours, theirs))
    own_hue = BAND_HUE * (want_hue / have_hue).clamp_max(1) * color.log_hue(ours.band)
    return theirs.coarse + kept * own + back * wanted + own_hue + (1 - BAND_HUE) * color.log_hue(theirs.band)


def _ratio(amounts: list[torch.Tensor], limits: tuple[float, float]) -> torch.Tensor:
    """0-dim: what takes the first amount to the second, within limits."""
    have, want = amounts
    return (want / have.clamp_min(1e-3)).clamp(*limits)


def _typical(values: torch.Tensor, bare: torch.Tensor) -> torch.Tensor:
    """0-dim: the median amount of `values` (C, H, W) on skin."""
    amount = values.abs().mean(0, keepdim=True)
    return filters.quantiles(amount, bare > 0.5, (0.5,))[0]


def _deviation(values: torch.Tensor, bare: torch.Tensor) -> torch.Tensor:
    """0-dim: the standard deviation of `values` (C, H, W) over skin, all channels together."""
    mean = filters.weighted_mean(values, bare)
    return filters.weighted_mean((values - mean).square(), bare).sum().sqrt()


def _unclipped(light: torch.Tensor, white: torch.Tensor, both: Aligned) -> torch.Tensor:
    """Light of which nothing is clipped: where it is `white` its hue is that of the rest of the skin.

    What lies darker on burnt skin then has a hue, and skin stays white.
    """
    if float(filters.weighted_mean(white, both.measured)) < BURNT_FROM:
        return light
    skin = filters.weighted_mean(light, both.measured * (1 - white)).clamp_min(color.BLACK)
    hue = (skin / skin.amin(0, keepdim=True)).clamp_max(HUE_MOST)
    return torch.lerp(light, torch.maximum(light, hue * light.amin(0, keepdim=True)), white)


def _veil(light: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): the haze over a picture, which is light added to all of it."""
    everywhere = torch.ones_like(light[:1], dtype=torch.bool)
    darkest = torch.stack([filters.quantiles(channel.unsqueeze(0), everywhere, (0.003,)) for channel in light])
    return darkest.clamp_max(VEIL).view(3, 1, 1)


def _unveiled(light: torch.Tensor, veil: torch.Tensor) -> torch.Tensor:
    return (light - veil).clamp_min(0) / (1 - veil)


def _rolled_off(light: torch.Tensor) -> torch.Tensor:
    """Light whose highlights approach white and do not clip."""
    y = color.luminance(light)
    room = 1 - SHOULDER
    soft = torch.where(y > SHOULDER, SHOULDER + room * (1 - torch.exp(-(y - SHOULDER) / room)), y)
    return light * (soft / y.clamp_min(1e-4))
