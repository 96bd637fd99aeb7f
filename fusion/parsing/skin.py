"""Which pixels of a face are bare skin, learnt from the face itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fusion.parsing import shapes
from fusion.parsing.cutout import BLACK

LEAST, MOST = (9.0, 5.0, 5.0), (20.0, 9.0, 9.0)  # CIELAB: spreads of skin; make-up and shadows are within the least
NEAR, FAR = 2.2, 4.2  # spreads away from the skin at which a pixel begins to doubt, and is no skin
ELSEWHERE, ELSEWHERE_SURE = 0.55, 0.85  # how much a color is of what is around the head, from which likewise
NOISE = 1.5  # CIELAB: of chroma, in the dark too
DEEP = (3.3, 4.6)  # stops below lit skin, between which shade ends and other things begin
_SAMPLE = 3000  # px of the seed that are fitted: more say the same
_ROUNDS = 6  # of reweighting; the fit no longer moves


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """`likelihood`, and `unlike`: spreads away from the face's own skin; both (side, side) float32."""

    likelihood: np.ndarray
    unlike: np.ndarray


def learn(lab: np.ndarray, seed: np.ndarray, around: np.ndarray, face: float) -> Skin:
    """How likely each pixel is skin; the answer follows the picture's own edges.

    Args:
        lab: (H, W, 3) float32.
        seed: (H, W) bool, skin for certain.
        around: (H, W), how much rather a color is found around the head.
        face: width of the face, px.
    """
    if not seed.any():
        return Skin(np.zeros_like(around), np.full_like(around, FAR))
    away = _away(lab, seed)
    # what the face has plenty of is its own, however unlike the most of it
    unlike = away * (1 - 0.5 * shapes.rising(0.3 - around, 0.0, 0.25))
    raw = (1 - shapes.rising(unlike, NEAR, FAR)) * (1 - shapes.rising(around, ELSEWHERE, ELSEWHERE_SURE))
    return Skin(shapes.guided(lab[..., 0] / 100, raw, max(1, round(0.015 * face)), 4e-4), unlike)


def _away(lab: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """(H, W) float32: how many spreads each pixel is away from skin.

    Lightness is a plane over the face, since light falls from somewhere. Chroma goes with it, as it does on one surface
    in less light, so that a shadow on skin is skin.
    """
    height, width = lab.shape[:2]
    y, x = np.linspace(-1, 1, height, dtype=np.float32)[:, None], np.linspace(-1, 1, width, dtype=np.float32)
    light = lab[..., 0] + BLACK
    rows, columns = (axis[:: max(1, seed.sum() // _SAMPLE)] for axis in np.nonzero(seed))
    known, lit = lab[rows, columns], light[rows, columns]
    design = np.stack([np.ones_like(lit), x[columns], y[rows, 0]], axis=1)
    level, spread_light = _fitted(design, known[:, :1], 1.0)
    hue, spread_hue = _fitted(design[:, :1], known[:, 1:] / lit[:, None], 0.01)
    middle = float(np.median(lit))
    scale = np.clip(1.3 * np.concatenate([spread_light, spread_hue * middle]), LEAST, MOST).astype(np.float32)
    expected = level[0, 0] + level[1, 0] * x + level[2, 0] * y
    of_light = ((lab[..., 0] - expected) / scale[0]) ** 2
    of_hue = sum(((lab[..., i] - hue[0, i - 1] * light) / (scale[i] / middle * light + NOISE)) ** 2 for i in (1, 2))
    stops = 3 * np.log2(np.maximum(expected + BLACK, 1) / light)  # lightness is a cube root of light
    return (np.sqrt(0.5 * of_light + of_hue) + 2 * shapes.rising(stops, *DEEP)).astype(np.float32)


def _fitted(design: np.ndarray, values: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Robust least squares: (K, C) coefficients, and the (C,) spread that remains, at least `least`.

    Glints, nostrils and stray hair among the values lose their say.
    """
    weight = np.ones((len(design), 1), np.float32)
    hold = np.diag([1e-6, 0.02, 0.02][: design.shape[1]]) * len(design)  # a plane through one cheek alone may tip over
    for _ in range(_ROUNDS):
        fit = np.linalg.solve(design.T @ (design * weight) + hold, design.T @ (values * weight))
        rest = values - design @ fit
        scale = 1.4826 * np.maximum(_medians(np.abs(rest)), least)
        weight = 1 / (1 + ((rest / (2 * scale)) ** 2).sum(1, keepdims=True)) ** 2
    return fit.astype(np.float32), scale


def _medians(values: np.ndarray) -> np.ndarray:
    """(C,): of each column of (N, C); as `np.median` has them, in a third of its time."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    middle = np.partition(values, (low, high), axis=0)
    return (middle[low] + middle[high]) / 2
