"""What is done to the fused face after the fusion: smoothing, tone, sharpness. Cheap, so it can be shown live."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from fusion.ops import filters, interrupt
from fusion.ops import mask as masks
from fusion.settings import Settings

AUTO_FROM, AUTO_FULL = 1.2, 3.0  # enlargement of the source face at which `auto` begins to sharpen, and is strongest
AUTO_MOST = 0.7
_HELD = 0.09  # of the range of lightness: no pixel is sharpened by more


@dataclass(frozen=True, slots=True)
class Look:
    """The finishing of one face; see `Settings` for the meaning and the ranges."""

    smoothing: float
    brightness: float
    contrast: float
    saturation: float
    sharpen: float

    @classmethod
    def of(cls, settings: Settings, enlargement: float) -> Look:
        """`enlargement`: output px per px that the source face really has."""
        sharpen = auto_sharpen(enlargement) if settings.sharpen is None else settings.sharpen
        return cls(settings.skin_smoothing, settings.brightness, settings.contrast, settings.saturation, sharpen)

    @property
    def is_plain(self) -> bool:
        """Nothing is asked for."""
        return not any((self.smoothing, self.brightness, self.contrast, self.saturation, self.sharpen))


def auto_sharpen(enlargement: float) -> float:
    """The strength that `auto` stands for: none until the face is enlarged 1.2 times."""
    return AUTO_MOST * min(max((enlargement - AUTO_FROM) / (AUTO_FULL - AUTO_FROM), 0.0), 1.0)


def finish(lab: torch.Tensor, mask: torch.Tensor, look: Look, enlargement: float) -> torch.Tensor:
    """The face as crisp and in the tone that it shall have. It may have been smoothed before, see `smooth`.

    Args:
        lab: (3, H, W), the composed picture.
        mask: (1, H, W), how far each step may act.
        look: what to do.
        enlargement: what the strength of sharpening follows.
    """
    interrupt.heed()
    if look.sharpen > 0:
        lab = sharpen(lab, mask, look.sharpen, enlargement)
    if look.brightness or look.contrast or look.saturation:
        lab = adjust(lab, mask, look)
    return lab


def smooth(lab: torch.Tensor, skin: torch.Tensor, amount: float, face_px: float) -> torch.Tensor:
    """Even out blotches and lines of the skin; edges stay, and so does part of the finest grain.

    Args:
        lab: (3, H, W), the composed picture.
        skin: (1, H, W), where it may act.
        amount: more than 0.
        face_px: width of the face here; radii follow it.
    """
    radius = max(2, round(0.03 * face_px))
    step = max(1, radius // 4)
    # each window of the filter and those that it is made of; else the border would be seen
    place = masks.span_of(skin > 0, 2 * radius + 2 * step, step)
    if place[0] == slice(0, 0):
        return lab
    answer = lab.clone()
    answer[:, *place] = _smooth(lab[:, *place], skin[:, *place], amount, face_px, radius, step)
    return answer


def _smooth(
    lab: torch.Tensor, skin: torch.Tensor, amount: float, face_px: float, radius: int, step: int
) -> torch.Tensor:
    lightness = lab[:1]
    even = filters.guided(lightness, lightness, radius, (2.0 + 9.0 * amount) ** 2, step)
    grain = lightness - filters.gaussian(lightness, max(0.8, 0.004 * face_px))
    even = even + (0.55 - 0.35 * amount) * grain
    chroma = filters.guided(lightness, lab[1:], radius, 6.0**2, step)
    weight = skin * min(1.0, 1.25 * amount)
    return torch.cat([torch.lerp(lightness, even, weight), torch.lerp(lab[1:], chroma, 0.6 * weight)])


def sharpen(lab: torch.Tensor, mask: torch.Tensor, amount: float, enlargement: float) -> torch.Tensor:
    """The lightness made crisp, see `crispness`."""
    return torch.cat([lab[:1] + crispness(lab[:1], amount, enlargement) * mask, lab[1:]])


def crispness(lightness: torch.Tensor, amount: float, enlargement: float, span: float = 100.0) -> torch.Tensor:
    """What sharpening adds to a lightness (1, H, W) of range 0…`span`, its overshoot held.

    The kernel [[0, -1, 0], [-1, 5 + s, -1], [0, -1, 0]] / (1 + s), which keeps brightness; `strength` is 1 / (1 + s).
    At equal sharpness it leaves less of a halo than an unsharp mask as wide as the enlargement, most so where a face
    is enlarged far (`benchmarks/resolution --sharpening`); it needs to be stronger there, up to s = 0.
    """
    interrupt.heed()
    strength = amount * min(max(0.5 * enlargement, 0.5), 1.0)
    wide = torch.nn.functional.pad(lightness.unsqueeze(0), (1, 1, 1, 1), mode="replicate")[0]
    around = wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1] + wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:]
    limit = _HELD * span
    return (strength * (4 * lightness - around)).clamp(-limit, limit)


def adjust(lab: torch.Tensor, mask: torch.Tensor, look: Look) -> torch.Tensor:
    """Brightness lifts L (0.1 is 5 of its 100), contrast turns it about the face's own mean, saturation scales a, b."""
    interrupt.heed()
    lightness = lab[:1]
    mean = (lightness * mask).sum() / mask.sum().clamp_min(1e-6)
    toned = mean + (lightness - mean) * (1 + look.contrast) + 50 * look.brightness
    # the ends of the scale are approached, not hit: a brightened cheek keeps its highlight
    toned = torch.where(toned > 90, 90 + 10 * torch.tanh((toned - 90) / 10), toned).clamp_min(0)
    chroma = lab[1:] * (1 + look.saturation)
    return torch.cat([torch.lerp(lightness, toned, mask), torch.lerp(lab[1:], chroma, mask)])
