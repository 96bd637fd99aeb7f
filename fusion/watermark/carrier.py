"""Bits in a picture that nobody sees: quantization index modulation (Chen and Wornell 2001, DOI 10.1109/18.923725).

A picture is brought to one small square, whatever its own size and shape, so that a scaled copy is read like the
picture itself. There, of each block of 8 × 8 px of luma, some low frequencies of its cosine transform are moved to the
nearest multiple of a step, or to between two, as a bit is 0 or 1. What that changes is enlarged and added to the
picture, whose detail stays. Each bit is said many times all over the picture; reading adds up what they say.

Low frequencies survive compression and scaling. That of the mean is left alone: a change of brightness moves it most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from fusion.watermark.code import BITS

_SIDE, _BLOCK = 256, 8  # px of the square, and of a block
_STEP = 14.0  # of a coefficient, in levels of luma; half of it is the most that one is moved
_FREQUENCIES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))  # down and across
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as JPEG has it
_SAID = (_SIDE // _BLOCK) ** 2 * len(_FREQUENCIES)  # so many coefficients say a bit
_ROWS = 256  # of the picture that are changed at a time


def add(pixels: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """The picture with bits in it, (H, W, 3) uint8 RGB.

    Args:
        pixels: likewise; they stay as they are.
        bits: (BITS,) of 0 and 1.
    """
    blocks = _blocks(_luma(pixels))
    wanted = _shifts() + bits[_bit_of_each()] * (_STEP / 2)
    moved = (np.round((_chosen(blocks) - wanted) / _STEP) * _STEP + wanted - _chosen(blocks)).astype(np.float32)
    change = np.zeros_like(blocks)
    for at, (down, across) in enumerate(_FREQUENCIES):
        change[:, :, down, across] = moved.reshape(-1, len(_FREQUENCIES))[:, at].reshape(change.shape[:2])
    return np.concatenate(list(_added(pixels, _joined(change))))


def soft_bits(pixels: np.ndarray) -> np.ndarray:
    """(BITS,) float: what a picture says of each bit, −1 (surely 0) to 1 (surely 1); about 0 where it says nothing."""
    said = -np.cos(2 * np.pi / _STEP * (_chosen(_blocks(_luma(pixels))) - _shifts()))
    return np.bincount(_bit_of_each(), said, BITS) / np.bincount(_bit_of_each(), minlength=BITS)


def _luma(pixels: np.ndarray) -> np.ndarray:
    """(side, side) float32, of a picture of any size."""
    filter = cv2.INTER_AREA if min(pixels.shape[:2]) >= _SIDE else cv2.INTER_LINEAR
    small: np.ndarray = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=filter)
    return small.astype(np.float32) @ _LUMA


def _blocks(luma: np.ndarray) -> np.ndarray:
    """(n, n, 8, 8): the cosine transform (DCT-II, orthonormal) of each block."""
    count = _SIDE // _BLOCK
    cut = luma.reshape(count, _BLOCK, count, _BLOCK).transpose(0, 2, 1, 3)
    return _cosines() @ cut @ _cosines().T


def _joined(blocks: np.ndarray) -> np.ndarray:
    """(side, side): back from `_blocks`."""
    cut = _cosines().T @ blocks @ _cosines()
    return cut.transpose(0, 2, 1, 3).reshape(_SIDE, _SIDE)


def _chosen(blocks: np.ndarray) -> np.ndarray:
    """(_SAID,): the frequencies that say bits, block by block."""
    return np.stack([blocks[:, :, down, across].ravel() for down, across in _FREQUENCIES], 1).ravel()


def _added(pixels: np.ndarray, change: np.ndarray) -> Iterator[np.ndarray]:
    """The picture with a change of the square's size enlarged to its own, some rows at a time."""
    height, width = pixels.shape[:2]
    for top in range(0, height, _ROWS):
        part = pixels[top : top + _ROWS]
        # From px of this part to px of the square; OpenCV has the centres of pixels at whole numbers.
        x, y = _SIDE / width, _SIDE / height
        to_square = np.array([[x, 0, x / 2 - 0.5], [0, y, (top + 0.5) * y - 0.5]])
        enlarged = cv2.warpAffine(
            change,
            to_square,
            (width, len(part)),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        levels = np.rint(enlarged).astype(np.int16)
        yield cv2.add(part, cv2.merge((levels, levels, levels)), dtype=cv2.CV_8U)


@cache
def _cosines() -> np.ndarray:
    """(8, 8) float32: each row is one frequency."""
    frequency, place = np.mgrid[:_BLOCK, :_BLOCK]
    waves = np.cos(np.pi * (2 * place + 1) * frequency / (2 * _BLOCK)) * np.sqrt(2 / _BLOCK)
    waves[0] /= np.sqrt(2)
    return waves.astype(np.float32)


@cache
def _bit_of_each() -> np.ndarray:
    """(_SAID,): which bit each coefficient says; each bit all over the picture."""
    return np.argsort(_drawn(b"fusewise watermark 1: places"), kind="stable") % BITS


@cache
def _shifts() -> np.ndarray:
    """(_SAID,): by how much each coefficient's steps are shifted, so that no picture says a pattern by itself."""
    return _drawn(b"fusewise watermark 1: shifts") / 2**32 * _STEP


def _drawn(name: bytes) -> np.ndarray:
    """(_SAID,) uint32 that look drawn by lot, and are the same for ever: numpy promises no such thing of its own."""
    return np.frombuffer(hashlib.shake_256(name).digest(4 * _SAID), "<u4")
