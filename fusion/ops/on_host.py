"""The filters of `fusion.ops.filters` for tensors in the host's memory, by OpenCV: five to twenty times as quick there.

All take (C, H, W) float32 tensors and give what their namesakes give, but for the last bits of a float. Within, nothing
is a tensor: each call of torch costs as much as a blur of a small picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2
import numpy as np
import torch

Stack = TypeVar("Stack")

PACKED = 4  # channels that OpenCV takes at once in every function
ROUNDED = 2  # channels of which OpenCV 5.0 reads bilinearly at places that it rounds to 1/32 px; of others it does not
_STRIP_PX = 2**16  # read at once: places, pixels and answer fit a core's cache


def is_for(image: torch.Tensor) -> bool:
    """Whether a tensor is one of those."""
    return image.is_cpu and image.dtype == torch.float32 and image.numel() > 0


def blurred(image: torch.Tensor, kernel: np.ndarray, factor: int) -> torch.Tensor:
    """Convolved with a symmetric `kernel` (K,) along both axes, edges repeated, on a copy reduced by `factor`."""
    planes = np.ascontiguousarray(image.numpy())
    if factor == 1:
        return _each(planes, planes.shape[1:], lambda plane, out: _convolved(plane, kernel, out))
    height, width = planes.shape[1:]

    def coarse(plane: np.ndarray, out: np.ndarray) -> None:
        small = _convolved(_reduced(plane, factor), kernel)
        cv2.resize(small, (width, height), out, interpolation=cv2.INTER_LINEAR)

    return _each(planes, (height, width), coarse)


def box(image: torch.Tensor, radius: int) -> torch.Tensor:
    """Mean over a window that is clipped at the border."""
    side = (2 * radius + 1, 2 * radius + 1)
    count = np.ones(image.shape[-2:], np.float32)
    share = 1 / cv2.boxFilter(count, -1, side, normalize=False, borderType=cv2.BORDER_CONSTANT)

    def mean(plane: np.ndarray, out: np.ndarray) -> None:
        cv2.boxFilter(plane, -1, side, out, normalize=False, borderType=cv2.BORDER_CONSTANT)
        out *= share

    return _each(np.ascontiguousarray(image.numpy()), image.shape[-2:], mean)


def enlarged(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Bilinear."""
    return _resized(image, height, width, cv2.INTER_LINEAR)


def shrunk(image: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Area average to a whole fraction of the height, and of the width."""
    return _resized(image, height, width, cv2.INTER_AREA)


def reduced(image: torch.Tensor, factor: int) -> torch.Tensor:
    """Area average over factor × factor px; a ragged last block averages what is there."""
    planes = [_reduced(plane, factor) for plane in np.ascontiguousarray(image.numpy())]
    return torch.from_numpy(np.stack(planes))


def spread(values: torch.Tensor, weight: torch.Tensor, blurs: Sequence[tuple[np.ndarray, int]]) -> torch.Tensor:
    """See the namesake.

    Args:
        values: with one less than `PACKED` channels at most.
        weight: (1, H, W).
        blurs: kernel (K,) and factor of each blur, the narrowest first; see `fusion.ops.filters.blurs`.
    """
    height, width = values.shape[-2:]
    share = np.ascontiguousarray(weight[0].numpy())
    stack = cv2.merge([*(plane * share for plane in values.numpy()), share])
    whole = np.array(cv2.sumElems(stack)[: stack.shape[2]], np.float32)
    answer: np.ndarray = np.full((1, 1, len(values)), whole[:-1] / max(whole[-1], 1e-6), np.float32)
    for soft in reversed(pyramid(stack, blurs, _reduced, _convolved)):
        total = soft[..., -1:]
        answer = cv2.resize(answer, total.shape[1::-1]).reshape(*total.shape[:2], -1)
        answer += (soft[..., :-1] / np.maximum(total, 1e-4) - answer) * np.minimum(total / 0.08, 1)
    answer = cv2.resize(answer, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)
    return torch.from_numpy(np.stack(cv2.split(answer)))


def sampled(image: torch.Tensor, places: torch.Tensor, mode: str) -> torch.Tensor:
    """`fusion.ops.warp.sample`. Strip after strip, which stay in the cache."""
    how = cv2.INTER_CUBIC if mode == "bicubic" else cv2.INTER_LINEAR
    planes, where = image.numpy(), places.numpy()
    packed = cv2.merge(list(planes)) if len(planes) <= PACKED and len(planes) != ROUNDED else None
    answer = np.empty((len(planes), *where.shape[1:]), np.float32)
    step = max(1, _STRIP_PX // max(1, where.shape[2]))
    for top in range(0, where.shape[1], step):
        rows = slice(top, top + step)
        x, y = (where[axis, rows] - np.float32(0.5) for axis in (0, 1))
        if packed is None:
            for plane, out in zip(planes, answer, strict=True):
                cv2.remap(plane, x, y, how, out[rows], cv2.BORDER_REPLICATE)
        else:
            found = cv2.remap(packed, x, y, how, borderMode=cv2.BORDER_REPLICATE)
            found = found.reshape(*x.shape, -1)  # of one channel, OpenCV keeps none
            for channel, out in enumerate(answer):
                out[rows] = found[..., channel]
    return torch.from_numpy(answer)


def along_lines(picture: np.ndarray, matrix: np.ndarray, width: int, height: int, how: int, border: int) -> np.ndarray:
    """(H, W, C), C at most `PACKED`, read along straight lines → (height, width, C) of the same kind.

    Args:
        matrix: (2, 3), from pixel indices of the answer to those of the picture.
        how: OpenCV's interpolation.
        border: what OpenCV takes for what lies beyond the picture.
    """

    def read(part: np.ndarray) -> np.ndarray:
        found = cv2.warpAffine(part, matrix, (width, height), flags=how | cv2.WARP_INVERSE_MAP, borderMode=border)
        return np.asarray(found)

    if picture.shape[2] == ROUNDED:
        return np.stack([read(plane) for plane in cv2.split(picture)], axis=2)
    return read(picture).reshape(height, width, -1)


def quantiles(values: torch.Tensor, chosen: torch.Tensor, shares: tuple[float, ...]) -> torch.Tensor:
    """(len(shares),): of `values` where `chosen` (C, H, W) bool is; of none chosen, the largest."""
    told = values.numpy()[chosen.numpy()]
    if not told.size:
        return values.max().repeat(len(shares))
    wanted = np.ceil(np.float32(told.size) * np.asarray(shares, np.float32)).astype(int)
    places = np.clip(wanted, 1, told.size) - 1
    return torch.from_numpy(np.partition(told, np.unique(places))[places])


def _convolved(picture: np.ndarray, kernel: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    return cv2.sepFilter2D(picture, -1, kernel, kernel, out, borderType=cv2.BORDER_REPLICATE)


def _reduced(picture: np.ndarray, factor: int) -> np.ndarray:
    """(H, W) or (H, W, C)."""
    height, width = picture.shape[:2]
    down, right = -height % factor, -width % factor
    if down or right:
        picture = cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_CONSTANT, value=0)
    size = (width + right) // factor, (height + down) // factor
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    small[-1] *= factor / (factor - down)
    small[:, -1] *= factor / (factor - right)
    return small


def pyramid(
    stack: Stack,
    blurs: Sequence[tuple[np.ndarray, int]],
    reduced: Callable[[Stack, int], Stack],
    convolved: Callable[[Stack, np.ndarray], Stack],
) -> list[Stack]:
    """Blurs of a picture, each on a copy that is reduced by its factor: what is smooth needs no more.

    Args:
        blurs: kernels and factors, the factors rising.
        reduced: makes a picture smaller by a factor.
        convolved: blurs one with a kernel.
    """
    soft, now = [], 1
    for kernel, factor in blurs:
        while now < factor:
            stack, now = reduced(stack, 2), now * 2
        soft.append(convolved(stack, kernel))
    return soft


def _resized(image: torch.Tensor, height: int, width: int, how: int) -> torch.Tensor:
    def resized(plane: np.ndarray, out: np.ndarray) -> None:
        cv2.resize(plane, (width, height), out, interpolation=how)

    return _each(np.ascontiguousarray(image.numpy()), (height, width), resized)


def _each(
    planes: np.ndarray, size: Sequence[int], filtered: Callable[[np.ndarray, np.ndarray], object]
) -> torch.Tensor:
    """(C, *size): each plane as `filtered` writes it into its second argument."""
    answer = np.empty((len(planes), *size), np.float32)
    for plane, out in zip(planes, answer, strict=True):
        filtered(plane, out)
    return torch.from_numpy(answer)
