"""Which pixels of a face are bare skin, learnt from the face itself."""

from __future__ import annotations

import numpy as np

from fusion.parsing import shapes

_FLOOR = (9.0, 4.5, 4.5)  # CIELAB: the least spread of skin, so that an even face does not reject its own shadows
_NEAR, _FAR = 2.2, 4.2  # spreads away from the skin at which a pixel begins to doubt, and is no skin
_ROUNDS = 6  # of reweighting; the fit no longer moves


def likelihood(lab: np.ndarray, seed: np.ndarray, face: float) -> np.ndarray:
    """How likely each pixel is skin.

    The colour of skin is a plane over the face (light falls from somewhere) fitted to the seed, with a robust spread.
    The answer follows the picture's own edges.

    Args:
        lab: (H, W, 3) float32.
        seed: (H, W) bool, nose and cheeks.
        face: width of the face, px.

    Returns:
        (H, W) float32, 0…1.
    """
    expected, spread = _model(lab, seed)
    away = ((lab - expected) / spread) ** 2
    # a shadow or a highlight on skin moves L with little change of hue: L counts for less than a and b
    total = np.sqrt(0.5 * away[..., 0] + away[..., 1] + away[..., 2])
    return shapes.guided(lab[..., 0] / 100, 1 - shapes.rising(total, _NEAR, _FAR), max(1, round(0.02 * face)), 4e-4)


def _model(lab: np.ndarray, seed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The expected colour of skin at each pixel (H, W, 3), and its spread (3,)."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    plane = np.stack([np.ones_like(x), x, y], axis=-1)
    design, colors = plane[seed], lab[seed]
    weight = np.ones((len(design), 1), np.float32)
    hold = np.diag([1e-6, 0.02, 0.02]) * max(len(design), 1)  # a plane through one cheek alone may tip over
    for _ in range(_ROUNDS):  # glints, nostrils and stray hair in the seed lose their say
        fit = np.linalg.solve(design.T @ (design * weight) + hold, design.T @ (colors * weight))
        rest = colors - design @ fit
        scale = 1.4826 * np.maximum(np.median(np.abs(rest), axis=0), 1.0)
        weight = 1 / (1 + ((rest / (2 * scale)) ** 2).sum(1, keepdims=True))
    return plane @ fit.astype(np.float32), np.maximum(1.3 * scale, _FLOOR).astype(np.float32)
