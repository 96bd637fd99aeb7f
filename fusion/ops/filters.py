"""Smoothing filters on (C, H, W) float32 tensors."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from fusion.ops import constants, interrupt, on_host

# Beyond this standard deviation (px) a blur runs on a reduced copy: the error stays under 1 % of the range.
_DIRECT_SIGMA = 4.0


def gaussian(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """Gaussian blur with standard deviation `sigma` px, edges repeated. (C, H, W) → (C, H, W)."""
    interrupt.heed()
    if sigma < 0.15:
        return image
    height, width = image.shape[-2:]
    kernel, factor = _blur(sigma, min(height, width))
    if on_host.is_for(image):
        return on_host.blurred(image, kernel, factor)
    return enlarge(_separable(reduce(image, factor), kernel), height, width)


def _separable(image: torch.Tensor, kernel: np.ndarray) -> torch.Tensor:
    radius, weights = len(kernel) // 2, constants.on(image.device, *kernel.tolist())
    planes = image.unsqueeze(1)
    planes = F.conv2d(F.pad(planes, (radius, radius, 0, 0), mode="replicate"), weights.view(1, 1, 1, -1))
    planes = F.conv2d(F.pad(planes, (0, 0, radius, radius), mode="replicate"), weights.view(1, 1, -1, 1))
    return planes.squeeze(1)


@lru_cache(maxsize=256)
def _blur(sigma: float, side: int) -> tuple[np.ndarray, int]:
    """How a picture of `side` px is blurred: with which kernel (K,) float32, on a copy reduced by which factor."""
    factor = 1
    while sigma / factor > _DIRECT_SIGMA and side // (factor * 2) >= 4:
        factor *= 2
    if factor > 1:
        # averaging over factor px has variance (factor² − 1) / 12 of its own, bilinear enlargement about the same
        sigma = math.sqrt(max(sigma * sigma - (factor * factor - 1) / 6, 0.25)) / factor
        sigma = min(sigma, _DIRECT_SIGMA)
    radius = max(1, math.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return (kernel / kernel.sum()).astype(np.float32), factor


def box(image: torch.Tensor, radius: int) -> torch.Tensor:
    """Mean over the (2 radius + 1)² window, the window clipped at the border. (C, H, W) → (C, H, W)."""
    interrupt.heed()
    if radius < 1:
        return image
    if on_host.is_for(image):
        return on_host.box(image, radius)
    return _sliding(_sliding(image, radius, -1), radius, -2)


def _sliding(image: torch.Tensor, radius: int, axis: int) -> torch.Tensor:
    """Mean along one axis by running sums: the same work for every radius."""
    length = image.shape[axis]
    sums = torch.cat([torch.zeros_like(image.narrow(axis, 0, 1)), image.cumsum(axis)], axis)
    position = torch.arange(length, device=image.device)
    high, low = (position + radius + 1).clamp_max(length), (position - radius).clamp_min(0)
    count = (high - low).float()
    total = sums.index_select(axis, high) - sums.index_select(axis, low)
    return total / (count if axis == -1 else count[:, None])


def guided(guide: torch.Tensor, image: torch.Tensor, radius: int, epsilon: float, step: int = 1) -> torch.Tensor:
    """Guided filter (He, Sun and Tang 2013; computed on every `step`-th px as in their fast variant of 2015).

    Args:
        guide: (1, H, W), the image whose edges are kept.
        image: (C, H, W), what is smoothed.
        radius: of the window, px.
        epsilon: variance of the guide below which an area counts as flat, in squared units of the guide.
        step: reduction at which the coefficients are fitted.
    """
    interrupt.heed()
    height, width = guide.shape[-2:]
    small_guide = reduce(guide, step) if step > 1 else guide
    small = (reduce(image, step) if step > 1 else image) if image is not guide else small_guide
    small_radius = max(1, round(radius / step))
    channels = small.shape[0]
    means = box(torch.cat([small, small_guide * small, small_guide, small_guide * small_guide]), small_radius)
    mean, product = means[:channels], means[channels : 2 * channels]
    mean_guide, square = means[-2:-1], means[-1:]
    variance = (square - mean_guide * mean_guide).clamp_min(0)
    slope = (product - mean_guide * mean) / (variance + epsilon)
    line = box(torch.cat([slope, mean - slope * mean_guide]), small_radius)
    slope, offset = line[:channels], line[channels:]
    if step > 1:
        slope, offset = enlarge(slope, height, width), enlarge(offset, height, width)
    return slope * guide + offset


def reduce(image: torch.Tensor, factor: int) -> torch.Tensor:
    """Area average over factor × factor px; a ragged last block averages what is there."""
    interrupt.heed()
    if factor == 1:
        return image
    if on_host.is_for(image):
        return on_host.reduced(image, factor)
    return F.avg_pool2d(image.unsqueeze(1), factor, ceil_mode=True, count_include_pad=False).squeeze(1)


def enlarge(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Bilinear to (C, height, width)."""
    interrupt.heed()
    if image.shape[-2:] == (height, width):
        return image
    if on_host.is_for(image):
        return on_host.enlarged(image, height, width)
    return F.interpolate(image.unsqueeze(0), size=(height, width), mode="bilinear", align_corners=False).squeeze(0)


def shrink(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Area average to (C, height, width)."""
    interrupt.heed()
    if image.shape[-2:] == (height, width):
        return image
    if image.shape[-2] % height == image.shape[-1] % width == 0 and on_host.is_for(image):
        return on_host.shrunk(image, height, width)
    return F.interpolate(image.unsqueeze(0), size=(height, width), mode="area").squeeze(0)


def spread(values: torch.Tensor, weight: torch.Tensor, sigma: float) -> torch.Tensor:
    """Low-pass of `values` where `weight` is, continued smoothly to everywhere else.

    Normalised convolution (Knutsson and Westin 1993) at `sigma`; where the window holds too little weight, the
    answer of a window twice as wide takes over, and so on up to the whole picture.

    Args:
        values: (C, H, W).
        weight: (1, H, W), how far each value counts.
        sigma: px.
    """
    interrupt.heed()
    height, width = values.shape[-2:]
    blurs = _blurs(sigma, height, width)
    if on_host.is_for(values) and len(values) < on_host.PACKED:
        return on_host.spread(values, weight, blurs)
    stack = torch.cat([values * weight, weight])
    whole = stack.sum((-2, -1), keepdim=True)
    answer = whole[:-1] / whole[-1:].clamp_min(1e-6)
    for blurred in reversed(on_host.pyramid(stack, blurs, reduce, _separable)):
        total = blurred[-1:]
        trust = (total / 0.08).clamp(0, 1)
        answer = torch.lerp(enlarge(answer, *total.shape[-2:]), blurred[:-1] / total.clamp_min(1e-4), trust)
    return enlarge(answer, height, width)


@lru_cache(maxsize=256)
def _blurs(sigma: float, height: int, width: int) -> list[tuple[np.ndarray, int]]:
    """Kernels and factors of blurs of `sigma` px and wider, each twice as wide as the one before, up to the picture."""
    widths = [sigma]
    while widths[-1] < max(height, width) / 3:
        widths.append(widths[-1] * 2)
    return [_blur(each, min(height, width)) for each in widths]


def length(field: torch.Tensor) -> torch.Tensor:
    """(1, H, W): how long the vector of each pixel of (C, H, W) is. `Tensor.norm` takes ten times as long for that."""
    return field.square().sum(0, keepdim=True).sqrt_()


def weighted_mean(values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(C, 1, 1): the mean of `values` (C, H, W) where `weight` (1, H, W) is; 0 where it is nowhere."""
    return (values * weight).sum((-2, -1), keepdim=True) / weight.sum((-2, -1), keepdim=True).clamp_min(1e-3)


def quantiles(values: torch.Tensor, chosen: torch.Tensor, shares: tuple[float, ...]) -> torch.Tensor:
    """(len(shares),): quantiles of `values` (1, H, W) where `chosen` (1, H, W) bool is; of none chosen, the largest.

    Nothing waits for the device, which indexing with a mask does.
    """
    if on_host.is_for(values):
        return on_host.quantiles(values, chosen, shares)
    order = values.flatten().argsort(stable=True)
    # whole numbers: sums of floats depend on a card's order of work
    counted = chosen.flatten()[order].long().cumsum(0)
    wanted = (counted[-1] * constants.on(values.device, *shares)).ceil().clamp_min(1).long()
    places = torch.searchsorted(counted, wanted).clamp_max(len(order) - 1)
    return values.flatten()[order[places]]
