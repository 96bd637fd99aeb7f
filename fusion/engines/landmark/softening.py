"""A source in harder light than the target's, made as soft: what is lit and what lies in shade come together.

Shade is what stands on a face between its light as a whole and the fineness of features. It is measured on the
logarithm of light and on bare skin. The edge of a cast shadow belongs to the shadow: a guided filter (He, Sun and Tang
2013) keeps large steps in the shade, so that they go with it, and leaves lines and pores in the detail, which stays.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from fusion.engines.landmark.aligned import Aligned, Bands, bands
from fusion.ops import color, filters, light, mask

HARDER = (1.7, 4.5)  # amount of shade over the target's, from which light is harder, and wholly so
SHADOWED = (0.02, 0.12)  # share of the skin in a hard shadow that the target's has not, for the same
LEAST = 0.08  # log: no light is softer
WINDOW = 0.1  # of the face width: in which a step is told from lines
LINES = 0.15  # log squared: the variance of lines
ENDS = (0.03, 0.97)  # quantiles between which the target's shade lies
KEPT, BACK = 1.0, 0.5  # of the target's amount: what is left of the source's shade, and what of its own comes back
OF_SHADOW = 0.5  # of what would be left, where shade is hard shadow
HUE, HUES = 0.04, 0.01  # the same for the hue that goes with light, which may have finer edges
HUE_LOST = 0.85  # of that hue, that is lost


def softened(face: torch.Tensor, both: Aligned) -> tuple[torch.Tensor, Aligned]:
    """The source's face, (3, H, W) Lab, and the two on the grid, in a light no harder than the target's."""
    ours, theirs = (_shade(x, both) for x in (both.source, both.target))
    have, want = (_amount(x, both).clamp_min(LEAST) for x in (ours, theirs))
    shadowed = mask.smoothstep(filters.weighted_mean(both.shadow, _skin(both)), *SHADOWED)
    hard = float(torch.maximum(mask.smoothstep((have / want).log(), *(math.log(x) for x in HARDER)), shadowed))
    if hard == 0:
        return face, both
    kept = KEPT * (want / have).clamp_max(1) * (1 - (1 - OF_SHADOW) * shadowed)
    change = _Change(ours, theirs, both, kept, hard)
    return change.of(face), replace(both, source=change.of(both.source))


class _Change:
    """What softens a face, fitted on the grid: a step of the face's own light tells how much of it is shade."""

    def __init__(self, ours: Bands, theirs: Bands, both: Aligned, kept: torch.Tensor, hard: float) -> None:
        radius = max(1, round(WINDOW * both.parts.width_px))
        self._ours, self._kept, self._hard = ours, kept, hard
        self._line = _line(ours.whole, ours.whole, radius, LINES)
        low, high = filters.quantiles(theirs.band, both.measured > 0.5, ENDS)
        self._least, self._most = (-low).clamp_min(LEAST), high.clamp_min(LEAST)
        self._theirs = BACK * theirs.band
        self._skin = both.uncovered
        self._hue = [hard * (1 - torch.maximum(both.parts.eyes, both.parts.mouth)) * x for x in _hue_line(ours, both)]

    def of(self, face: torch.Tensor) -> torch.Tensor:
        """`face` (3, H, W) Lab, at any size."""
        small = torch.cat([*self._line, self._ours.coarse, self._ours.fine, self._theirs, self._skin, *self._hue])
        maps = filters.enlarge(small, *face.shape[-2:])
        slope, offset, coarse, fine, theirs, skin = torch.split(maps[:6], 1)
        log = light_of(face)
        # where there is no skin, the shade is that of the skin beside it
        own = torch.lerp(fine, slope * log + offset, skin) - coarse
        new = light.held(self._kept * own, self._most, self._least) + theirs
        even = torch.cat([face[:1], face[1:] - maps[6:8] * log - maps[8:]])
        return color.brightened(even, self._hard * (new - own))


def _hue_line(ours: Bands, both: Aligned) -> tuple[torch.Tensor, torch.Tensor]:
    """Slope and offset, (2, gh, gw) each, that make of a log light the chroma of its shade, less the target's."""
    px, skin = both.parts.width_px, both.uncovered
    own, theirs = both.source[1:], both.target[1:]
    hues = [bands(x, both.measured, px) for x in (own, theirs)]
    fine, coarse = hues[0].fine, hues[0].coarse
    lights = [filters.weighted_mean(x[:1], both.measured) + 16 for x in (both.source, both.target)]
    slope, offset = _line(ours.whole, torch.lerp(fine, own, skin), max(1, round(HUE * px)), HUES)
    back = BACK * hues[1].band * lights[0] / lights[1]
    return HUE_LOST * skin * slope, HUE_LOST * (torch.lerp(fine, offset, skin) - coarse) - back


def light_of(lab: torch.Tensor) -> torch.Tensor:
    """(1, H, W): the logarithm of the light of a Lab picture."""
    return 3 * torch.log((lab[:1].clamp_min(0) + 16) / 116)


def _line(log: torch.Tensor, image: torch.Tensor, radius: int, lines: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Slope and offset, (C, gh, gw) each, that make of a `log` light (1, gh, gw) an `image` (C, gh, gw) less its lines.

    `lines`: the variance of these in `log`.
    """
    count = len(image)
    means = filters.box(torch.cat([image, log * image, log, log * log]), radius)
    mean, product, mean_log, square = means[:count], means[count:-2], means[-2:-1], means[-1:]
    slope = (product - mean_log * mean) / ((square - mean_log * mean_log).clamp_min(0) + lines)
    smooth = filters.box(torch.cat([slope, mean - slope * mean_log]), radius)
    return smooth[:count], smooth[count:]


def _skin(both: Aligned) -> torch.Tensor:
    """(1, gh, gw): the skin of the face, in whatever shade."""
    return both.parts.oval * (1 - both.parts.features)


def _shade(lab: torch.Tensor, both: Aligned) -> Bands:
    """Of the log of a face's light; where no skin is seen its whole is that of the skin beside it."""
    found = bands(light_of(lab), both.measured, both.parts.width_px)
    return replace(found, whole=torch.lerp(found.fine, found.whole, both.uncovered))


def _amount(shade: Bands, both: Aligned) -> torch.Tensor:
    """0-dim: the standard deviation of the shade over skin."""
    mean = filters.weighted_mean(shade.band, both.measured)
    return filters.weighted_mean((shade.band - mean).square(), both.measured).sqrt().reshape(())
