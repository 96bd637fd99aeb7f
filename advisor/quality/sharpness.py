"""How sharp a picture is: at its edges, along one direction, in its texture, and to which pixel. Pure.

A picture's own contrast must not count, nor its noise: what is compared is the same edge at two scales.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fusion import lazy_imports

FINE, COARSE = 1.0, 3.0  # px, standard deviations of the two Gaussians whose derivatives are compared
SHARE = 0.12  # of the pixels asked about: the steepest, which are edges
FEW = 40  # px below which nothing can be said
TILE, TILES = 256, 8  # side of the squares whose spectrum is taken, px, and how many: those with the most contrast
BINS = 32  # of the spectrum up to half a cycle per px
FIT = (0.02, 0.095)  # cycles per px between which a picture's own slope is read: below what enlarging 4× leaves
SLOPES = (-4.0, -2.0)  # of a photo's power over frequency; about −2 for amplitudes that fall as 1/f (Field 1987)
LOST = 0.8  # decades of power below that slope where detail is said to end
ROUNDING = 1 / 12  # variance that whole levels add
_CUBIC = 1.15  # enlarging leaves some power beyond its limit: tried with 1.5, 2, 3 and 4×, linear, cubic and Lanczos


def blur(light: np.ndarray) -> float:
    """0 sharp … 1 blurred: scikit-image's `blur_effect` (Crété et al. 2007). 12 ms for 300² px.

    Args:
        light: (H, W) float32, L of CIELAB.
    """
    effect: Any = lazy_imports.load("skimage.measure").blur_effect  # with SciPy: no server shall start later for it
    return float(effect(light / 100))


@dataclass(frozen=True, slots=True, eq=False)
class Steepness:
    """(H, W) float32: the derivative's square at the fine scale, and its length at the coarse one; levels per px."""

    fine_square: np.ndarray
    coarse: np.ndarray

    @classmethod
    def of(cls, light: np.ndarray) -> Steepness:
        """Of (H, W) float32, L of CIELAB. 25 ms for 800² px."""
        return cls(np.square(_slopes(light, FINE)).sum(0), cv2.magnitude(*_slopes(light, COARSE)))


def edges(steep: Steepness, where: np.ndarray, noise: float = 0.0) -> float:
    """How much of the steepness of edges is in their finest scale: 1 for blurred beyond it, 3 for a step.

    The ratio of the derivatives at two scales, at the steepest places of the coarser (after Zhuo and Sim, Defocus map
    estimation from a single image, 2011). What noise adds is taken off. 1 ms for 300² px.

    Args:
        steep: of the picture.
        where: (H, W) bool.
        noise: standard deviation, levels of L.

    Returns:
        0…3; 0 where there are too few pixels.
    """
    if int(where.sum()) < FEW:
        return 0.0
    coarse = steep.coarse[where]
    at = coarse >= np.quantile(coarse, 1 - SHARE)
    fine = max(float(steep.fine_square[where][at].mean()) - 2 * _noise_power(noise, FINE), 0.0)
    return float(np.sqrt(fine) / max(float(np.sqrt(np.square(coarse[at]).mean())), 1e-3))


def one_way(light: np.ndarray, where: np.ndarray, noise: float = 0.0) -> float:
    """0…1: how much less fine detail there is along one direction than across it, each by its own coarse detail.

    Of the structure tensors at two scales: the least and the greatest generalised eigenvalue. 4 ms for 300² px.
    """
    if int(where.sum()) < FEW:
        return 0.0
    fine, coarse = (_tensor(light, where, scale, noise) for scale in (FINE, COARSE))
    low, high = np.sort(np.linalg.eigvals(np.linalg.solve(coarse, fine)).real)
    return float(np.clip(1 - np.sqrt(max(low, 0.0) / max(high, 1e-9)), 0, 1))


def texture(light: np.ndarray, where: np.ndarray) -> float:
    """Robust standard deviation of what is between 1 and 3 px fine, levels of L: pores, hair, wrinkles; and noise."""
    if int(where.sum()) < FEW:
        return 0.0
    band = cv2.GaussianBlur(light, (0, 0), FINE) - cv2.GaussianBlur(light, (0, 0), COARSE)
    return float(1.4826 * np.median(np.abs(band[where])))


def enlargement(light: np.ndarray) -> float:
    """How many times larger a picture is than its detail: 1 where it has some to the last pixel.

    Where the power spectrum of its most detailed parts falls below a sixth of what its own slope lets expect. Blurring
    and enlarging do the same. 15 ms.

    Args:
        light: (H, W) float32, 0…255, pixels of the picture itself.

    Returns:
        1…; about 4 for a picture enlarged 4×.
    """
    power = _spectrum(light)
    frequency = (np.arange(BINS) + 0.5) / (2 * BINS)
    level = np.log10(np.maximum(power - ROUNDING, 1e-3))
    low = (frequency > FIT[0]) & (frequency < FIT[1])
    slope, _ = np.polyfit(np.log10(frequency[low]), level[low], 1)
    slope = float(np.clip(slope, *SLOPES))
    start = float(np.mean(level[low] - slope * np.log10(frequency[low])))
    short = start + slope * np.log10(frequency) - level
    gone = np.flatnonzero((short > LOST) & (frequency > FIT[0]))
    if not gone.size:
        return 1.0
    first = int(gone[0])
    before = short[first - 1]
    part = (LOST - before) / max(float(short[first] - before), 1e-6) if first else 1.0
    end = frequency[first - 1] + np.clip(part, 0, 1) * (frequency[first] - frequency[first - 1])
    return float(max(1.0, _CUBIC * 0.5 / end))


def _slopes(light: np.ndarray, scale: float) -> np.ndarray:
    """(2, H, W): derivatives to the right and down of the picture blurred by `scale` px, levels per px."""
    soft = cv2.GaussianBlur(light, (0, 0), scale)
    return np.stack([cv2.Sobel(soft, cv2.CV_32F, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1))])


def _noise_power(noise: float, scale: float) -> float:
    """Variance of a derivative of white noise blurred by `scale` px."""
    return noise**2 / (8 * np.pi * scale**4)


def _tensor(light: np.ndarray, where: np.ndarray, scale: float, noise: float) -> np.ndarray:
    across, down = (slope[where] for slope in _slopes(light, scale))
    power = np.array([[(across * across).mean(), (across * down).mean()], [0, (down * down).mean()]], np.float64)
    power[1, 0] = power[0, 1]
    # of noise alone nothing would be left, and the ratio of two nothings is anything
    own = min(_noise_power(noise, scale), 0.5 * float(np.diag(power).min()))
    return power + (1e-4 - own) * np.eye(2)


def _spectrum(light: np.ndarray) -> np.ndarray:
    """(BINS,): mean power per frequency, of squares under a Hann window."""
    side = min(TILE, *light.shape)
    tiles = sorted(_tiles(light, side), key=lambda tile: -float(tile.std()))[:TILES]
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    power = sum(np.square(np.abs(np.fft.rfft2((tile - tile.mean()) * window))) for tile in tiles)
    down, across = np.abs(np.fft.fftfreq(side)), np.fft.rfftfreq(side)
    band = np.minimum((np.maximum(down[:, None], across[None]) * 2 * BINS).astype(int), BINS - 1).ravel()
    total = np.bincount(band, np.asarray(power).ravel(), BINS) / np.maximum(np.bincount(band, minlength=BINS), 1)
    return total / (len(tiles) * float(np.square(window).sum()))


def _tiles(light: np.ndarray, side: int) -> Iterator[np.ndarray]:
    height, width = light.shape
    for top in np.unique(np.linspace(0, height - side, 1 + 2 * (height - side) // side + 1).astype(int)):
        for left in np.unique(np.linspace(0, width - side, 1 + 2 * (width - side) // side + 1).astype(int)):
            yield light[top : top + side, left : left + side]
