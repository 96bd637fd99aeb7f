"""What the light step leaves wrong, put right by smooth fields: tone, the border, eye sockets, burnt skin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.regions import Parts
from fusion.faces import mesh
from fusion.ops import color, filters, light, mask, warp

COARSE = 0.5  # of the face width, standard deviation: the tone of the skin as a whole
TONE_HELD = 0.5  # log: the skin as a whole is not made brighter or darker by more in the end
EDGE = 0.15  # of the face width: so far inside its border the face has the target's own shade
EDGE_SIGMA = 0.04  # of the face width, standard deviation: detail finer than this is the source's there too
EDGE_UNSEEN, EDGE_HELD = 0.1, 0.8  # log: a difference of tone that one does not see, and the most that is changed
EDGE_HUE_UNSEEN, EDGE_CHROMA = 1.5, 12.0  # the same for chroma, Lab units
# Skin goes on there beside the border, and the eye compares: so much of these differences it does not see.
ON_FOREHEAD, ABOVE_BROWS = 0.2, 0.1  # and of the face width, over which that begins
CLIPPED = (0.88, 0.97)  # linear light of the second of three channels, from which skin is burnt out, and wholly so
SOCKET_SIGMA = 0.06  # of the face width, standard deviation
WHITE = 0.9  # quantile of an opening's luminance from which it is white
SOCKET_DARKER, SOCKET_MOST = 0.6, 1.2  # log: darker than the target's by the first they may be; raised by at most


def settled(face: torch.Tensor, both: Aligned) -> torch.Tensor:
    """The lit face with what light alone leaves wrong put right by a smooth field on its grid.

    Its skin has the target's tone on the whole; towards the border it has the target's shade, that of hair on a
    forehead too; and its eyes do not lie in a shadow that the target's do not have.

    Args:
        face: (3, H, W) Lab, in the target's light.
        both: the two on the grid.
    """
    height, width = face.shape[-2:]
    parts, px = both.parts, both.parts.width_px
    small = filters.shrink(face, *parts.oval.shape[-2:])
    change = both.target - small
    lights = [color.log_light(color.linear_from_lab(x)) for x in (both.target, small)]
    log_change = color.luminance(lights[0] - lights[1])
    whole = light.held(filters.spread(log_change, both.measured, COARSE * px), TONE_HELD, TONE_HELD)
    shown = both.cover * (1 - parts.features)
    near = _near_border(both)
    edge = filters.spread(torch.cat([log_change, change[1:]]), shown.clamp_min(1e-4), EDGE_SIGMA * px)
    seen = 1 - (1 - ON_FOREHEAD) * _forehead(parts)
    gain = torch.lerp(whole, _beyond(edge[:1], EDGE_UNSEEN * seen, EDGE_HELD), near)
    gain = gain + _socket_light(log_change - whole, [color.luminance(x) for x in lights], whole, parts)
    shift = near * _beyond(edge[1:], EDGE_HUE_UNSEEN * seen, EDGE_CHROMA)
    lit = color.brightened(face, filters.enlarge(gain, height, width))
    return torch.cat([lit[:1], lit[1:] + filters.enlarge(shift, height, width)])


def left_burnt(face: torch.Tensor, both: Aligned) -> torch.Tensor:
    """The face, (3, H, W) Lab, with skin as white as the target's where that is burnt out."""
    white = burnt(color.linear_from_lab(both.target), both.parts)
    if float(white.amax()) == 0:
        return face
    return torch.lerp(face, *(filters.enlarge(x, *face.shape[-2:]) for x in (both.target, white)))


def _near_border(both: Aligned) -> torch.Tensor:
    """(1, gh, gw): 1 at the border of what is shown of the face, 0 well inside it and on features."""
    parts = both.parts
    shown = (both.cover > 0.02).float()[0].cpu().numpy()
    inside = mask.to_tensor(mask.inward(shown, EDGE * parts.width_px), both.cover.device)
    return (1 - mask.smoothstep(inside, 0.0, 1.0)) * (1 - filters.gaussian(parts.features, 0.02 * parts.width_px))


def burnt(light: torch.Tensor, parts: Parts) -> torch.Tensor:
    """(1, gh, gw): where skin in linear light, (3, gh, gw), is clipped to white."""
    second = torch.minimum(
        torch.maximum(light[:1], light[1:2]), torch.maximum(torch.minimum(light[:1], light[1:2]), light[2:])
    )
    white = mask.smoothstep(second, *CLIPPED)
    soft = 0.01 * parts.width_px
    return filters.gaussian(white, soft) * (1 - filters.gaussian(parts.features, soft))


def _socket_light(
    log_change: torch.Tensor, lights: Sequence[torch.Tensor], whole: torch.Tensor, parts: Parts
) -> torch.Tensor:
    """(1, gh, gw): what brightens an eye socket that lies in another shadow than the target's.

    A shadow darkens the white of an eye as well: where that is as bright as the target's, lids are dark by pigment or
    make-up, which stay.

    Args:
        log_change: log of the target's light over the face's.
        lights: both as logs of luminance.
        whole: what the face is brightened by anyway.
    """
    px = parts.width_px
    # lashes and what is painted along the lids are dark in any light
    lashes = filters.gaussian(parts.eyes, 0.02 * px).mul(4).clamp(0, 1)
    lids = (parts.sockets - lashes).clamp(0, 1)
    darker = filters.spread(log_change, lids, SOCKET_SIGMA * px)
    around = filters.gaussian(torch.maximum(parts.sockets, parts.eyes), 0.02 * px)
    raised = (darker - SOCKET_DARKER).clamp(0, SOCKET_MOST)
    return around * torch.minimum(raised, _whites_lack(lights[0], lights[1] + whole, parts))


def _whites_lack(target: torch.Tensor, face: torch.Tensor, parts: Parts) -> torch.Tensor:
    """(1, gh, gw), 0 and more: by how much the white of the nearer eye is darker than the target's; logs."""
    height, width = parts.eyes.shape[-2:]
    where = warp.pixel_centres(height, width, parts.eyes.device)
    irises = torch.tensor(parts.shape[list(mesh.IRISES), :2], dtype=torch.float32, device=where.device)
    first, second = ((where - iris.view(2, 1, 1)).square().sum(0, keepdim=True) for iris in irises)
    is_first = first < second
    openings = parts.eyes > 0.5
    lack = []
    for near in (is_first, ~is_first):
        whites = [filters.quantiles(light, openings & near, (WHITE,)) for light in (target, face)]
        lack.append((whites[0] - whites[1]).clamp_min(0).view(1, 1, 1))
    return torch.where(is_first, lack[0], lack[1])


def _forehead(parts: Parts) -> torch.Tensor:
    """(1, gh, gw): 1 from a little above the brows on, 0 from there down."""
    height, width = parts.oval.shape[-2:]
    brows, up = parts.shape[list(mesh.RIGHT_BROW + mesh.LEFT_BROW)].mean(0), parts.shape[10] - parts.shape[152]
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    across, down = warp.pixel_centres(height, width, parts.oval.device)
    above = (across - float(brows[0])) * float(up[0]) + (down - float(brows[1])) * float(up[1])
    return mask.smoothstep(above.unsqueeze(0) / parts.width_px, 0.0, ABOVE_BROWS)


def _beyond(x: torch.Tensor, unseen: torch.Tensor, most: float) -> torch.Tensor:
    """What of `x` exceeds `unseen` to either side, softly held at `most`."""
    return light.held(torch.sign(x) * (x.abs() - unseen).clamp_min(0), most, most)
