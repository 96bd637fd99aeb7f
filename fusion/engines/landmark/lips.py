"""Lips against their skin: how dark and how red they are, and what of that is paint.

Paint is worn and lies on a face as glasses do: what the target does not wear the source's lips do not bring, and what
the target wears no bare lips take on. Paint darkens lips as well as it colours them, so of painted lips neither is
asked of. Works on the logarithm of linear light.
"""

from __future__ import annotations

import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.ops import color, filters, mask

LIP_LIGHT, LIP_HUE = 0.6, 0.5  # of the way from the source's lips against its skin to the target's
LIPS_BRIGHTER = (-1.0, -0.15)  # log: lips are darker than skin, within these limits
# Log: how far the hue of lips is from that of skin, from which they are painted, and surely so. Of 32 people 26 had up
# to 0.35; of the others, all painted, one 0.40 in burnt light, and five 0.5 to 1.4.
PAINTED = (0.38, 0.52)
ALL_PAINT = 0.6  # of the mean hue of painted lips, from which a pixel is paint and nothing else
PAINT_ROOM = 0.02  # of the face width: paint goes beyond the landmarks' line by so much
EVENER = 0.5  # paint is of more hues than lips: so much of what differs from their mean goes with it
OPEN = (0.2, 0.4)  # of the lips' area: the mouth between them, from which teeth are seen


def against_skin(log: torch.Tensor, lips: torch.Tensor, skin: torch.Tensor) -> torch.Tensor:
    """(3, 1, 1): what lips differ from skin by. `log` (3, H, W); where they are (1, H, W)."""
    return filters.weighted_mean(log, lips) - filters.weighted_mean(log, skin)


def paint(lips: torch.Tensor) -> torch.Tensor:
    """0-dim, 0…1: how surely lips are painted that differ from their skin by (3, 1, 1)."""
    return mask.smoothstep(color.log_hue(lips).norm(), *PAINTED)


def of_paint(log: torch.Tensor, skin: torch.Tensor, lips: torch.Tensor) -> torch.Tensor:
    """(1, H, W), 0…1: how far the hue of each pixel of `log` (3, H, W) goes from that of skin to that of painted lips.

    Args:
        skin: (3, 1, 1), a skin's mean.
        lips: (3, 1, 1), what the lips differ from it by.
    """
    way = color.log_hue(lips)
    along = (color.log_hue(log - skin) * way).sum(0, keepdim=True) / way.square().sum().clamp_min(1e-4)
    return (along / ALL_PAINT).clamp(0, 1)


def is_open(both: Aligned) -> torch.Tensor:
    """0-dim, 0…1: how far the mouth is open."""
    return mask.smoothstep(both.parts.mouth.sum() / both.parts.lips.sum().clamp_min(1), *OPEN)


class Lips:
    """Those of both faces. `put_off`: 0-dim, 0…1, how surely the source's are painted and the target's are not."""

    def __init__(self, both: Aligned) -> None:
        self._both = both
        self._area = (both.parts.lips - both.parts.mouth).clamp(0, 1)
        own, theirs = (color.log_light(color.linear_from_lab(x)) for x in (both.source, both.target))
        self._skin = filters.weighted_mean(own, both.measured)
        self._source, self._target = (against_skin(x, self._area, both.measured) for x in (own, theirs))
        self._theirs = paint(self._target)
        self.put_off = paint(self._source) * (1 - self._theirs)

    def change(self, lit: torch.Tensor, own: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """(3, H, W): what lips change by.

        Args:
            lit, own: (3, H, W), the source's face in the target's light and in its own.
            weight: 0-dim, 0…1, how far they change that are not painted.
        """
        both, height, width = self._both, *lit.shape[-2:]
        small = filters.shrink(lit, *self._area.shape[-2:])
        change = self._wanted() - against_skin(small, self._area, both.measured)
        around = filters.gaussian(both.parts.lips, PAINT_ROOM * both.parts.width_px).mul(4).clamp(0, 1)
        around = around * (1 - is_open(both) * both.parts.mouth)
        bare, around = (filters.enlarge(x, height, width) for x in (self._area, around))
        painted = self.put_off * around * of_paint(own, self._skin, self._source)
        even = EVENER * color.log_hue(filters.weighted_mean(small, self._area) - lit)
        return torch.addcmul(weight * (1 - self.put_off) * bare * change, painted, change + even)

    def _wanted(self) -> torch.Tensor:
        """(3, 1, 1): what they shall differ from skin by."""
        ours = paint(self._source)
        hue = color.log_hue(self._target)
        hue = hue * (PAINTED[0] / hue.norm().clamp_min(PAINTED[0]))
        light, theirs = (color.luminance(x) for x in (self._source, self._target))
        light = torch.lerp(light, theirs, LIP_LIGHT * (1 - ours) * (1 - self._theirs) + self.put_off)
        hue = torch.lerp(color.log_hue(self._source), hue, LIP_HUE * (1 - ours) + self.put_off)
        return hue + light.clamp(*LIPS_BRIGHTER)
