"""How much of two pictures a third one shows: the guided filter's question (He and Sun 2010), with two guides."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from fusion.ops import interrupt

RADIUS = 4  # px: the neighbourhood in which gains are fitted
NOISE = 1.5  # of 255: variation below it says nothing about gains, they stay at what the mask says
FACE_MOST, GROUND_MOST = 1.5, 1.2  # limits of the gains: beyond, compression artefacts of a photo would be amplified


def fitted(fused: torch.Tensor, face: torch.Tensor, ground: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """(2, H, W): the gains of `face` and of `ground` in `fused`, all (1, H, W) in 0…255.

    Least squares in a window around each pixel, drawn towards `share` (1, H, W) and its complement where there is
    little to see.
    """
    interrupt.heed()
    rest = fused - share * face - (1 - share) * ground
    of, on, off = ((picture, _around(picture)) for picture in (face, ground, rest))
    var_face, var_ground = _covariance(of, of) + NOISE**2, _covariance(on, on) + NOISE**2
    both, with_face, with_ground = _covariance(of, on), _covariance(of, off), _covariance(on, off)
    scale = (var_face * var_ground - both * both).clamp_min(NOISE**4)
    of_face = share + (var_ground * with_face - both * with_ground) / scale
    of_ground = 1 - share + (var_face * with_ground - both * with_face) / scale
    return _around(torch.cat([of_face.clamp(0, FACE_MOST), of_ground.clamp(0, GROUND_MOST)]))


def _covariance(one: tuple[torch.Tensor, torch.Tensor], other: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Around each pixel, of two pictures given with their means."""
    return _around(one[0] * other[0]) - one[1] * other[1]


def _around(image: torch.Tensor) -> torch.Tensor:
    """(C, H, W): the mean of the neighbourhood of each pixel.

    Summed exactly: `filters.box` subtracts running sums, and the squares of a megapixel leave those too few digits.
    """
    if image.device.type != "cpu":
        return _pooled(image)
    side = 2 * RADIUS + 1
    planes = [cv2.blur(plane.contiguous().numpy(), (side, side), borderType=cv2.BORDER_REFLECT) for plane in image]
    return torch.from_numpy(np.stack(planes))


def _pooled(image: torch.Tensor) -> torch.Tensor:
    """The same on any device, but for the border."""
    return torch.nn.functional.avg_pool2d(image, 2 * RADIUS + 1, 1, RADIUS, count_include_pad=False)
