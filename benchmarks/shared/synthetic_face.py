"""The two files of the synthetic model folder that hold no network: the face model, and the mask."""

from __future__ import annotations

import math

import cv2
import numpy as np

VERTICES, GRID = 35709, 189  # of the face model; and how many of them lie in a row
ID, EXPRESSION, TEXTURE = 80, 64, 80  # coefficients of the face model


def face_model(seed: int) -> dict[str, np.ndarray]:
    """A face like half an egg, 2 high, 1.6 wide, y up, z to the camera; indices count from 1, as in Matlab."""
    dice = np.random.default_rng(seed)
    rows = math.ceil(VERTICES / GRID)
    down, across = np.divmod(np.arange(VERTICES), GRID)
    u, v = across / (GRID - 1) * 2 - 1, 1 - down / (rows - 1) * 2
    mean = np.stack([0.8 * u, v, 0.6 * (1 - (u**2 + v**2) / 2)], 1).astype(np.float32)
    triangles, around = _mesh(rows)
    angles = np.linspace(np.pi, 2 * np.pi, 17)
    jaw = np.stack([0.92 * np.cos(angles), 0.92 * np.sin(angles) + 0.05], 1)
    marks = np.concatenate([jaw, dice.uniform(-0.6, 0.6, (51, 2))])
    keypoints = np.round((1 - marks[:, 1]) / 2 * (rows - 2)) * GRID + np.round((marks[:, 0] + 1) / 2 * (GRID - 1))

    def basis(count: int, size: float) -> np.ndarray:
        return dice.standard_normal((VERTICES * 3, count), dtype=np.float32) * np.float32(size / math.sqrt(count))

    return {
        "meanshape": mean.reshape(1, -1),
        "meantex": dice.uniform(80, 180, (1, VERTICES * 3)).astype(np.float32),
        "idBase": basis(ID, 0.12),
        "exBase": basis(EXPRESSION, 0.05).astype(np.float64),  # a .mat may hold either: loaders have to convert
        "texBase": basis(TEXTURE, 10),
        "tri": triangles + 1.0,
        "point_buf": around + 1.0,
        "keypoints": keypoints.reshape(1, -1) + 1,
        "frontmask2_idx": np.arange(1.0, 27661).reshape(-1, 1),
        "tri_mask2": triangles[:54681] + 1.0,
        "skinmask": (np.abs(v) < 0.8).astype(np.float64).reshape(1, -1),
    }


def _mesh(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (F, 3), and (VERTICES, 8) the triangles at each vertex, filled up with F."""
    corner = (np.arange(rows - 1)[:, None] * GRID + np.arange(GRID - 1)).ravel()
    upper = np.stack([corner, corner + GRID, corner + 1], 1)
    lower = np.stack([corner + 1, corner + GRID, corner + GRID + 1], 1)
    triangles = np.concatenate([upper, lower])
    triangles = triangles[(triangles < VERTICES).all(1)]
    vertex, face = triangles.ravel(), np.repeat(np.arange(len(triangles)), 3)
    order = np.argsort(vertex, kind="stable")
    vertex, face = vertex[order], face[order]
    place = np.arange(len(vertex)) - np.searchsorted(vertex, vertex)
    around = np.full((VERTICES, 8), len(triangles))
    around[vertex, place] = face
    return triangles, around


def oval() -> np.ndarray:
    """(256, 256) uint8: 255 in the face, softly down to 0 before the border."""
    mask: np.ndarray = np.zeros((256, 256), np.float32)
    cv2.ellipse(mask, (128, 136), (82, 100), 0, 0, 360, 255.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 6)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    return mask.astype(np.uint8)
