"""The face mesh: which of the 478 landmarks are which.

Indices are MediaPipe's. "Right" and "left" are the person's own, so the right eye is on the left of the picture.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from fusion import lazy_imports

COUNT = 478

# fmt: off
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
RIGHT_EYE_CORNERS = (33, 133)
LEFT_EYE_CORNERS = (362, 263)
RIGHT_EYE_AROUND = (130, 25, 110, 24, 23, 22, 26, 112, 243, 190, 56, 28, 27, 29, 30, 247)
LEFT_EYE_AROUND = (359, 255, 339, 254, 253, 252, 256, 341, 463, 414, 286, 258, 257, 259, 260, 467)
RIGHT_IRIS = (468, 469, 470, 471, 472)
LEFT_IRIS = (473, 474, 475, 476, 477)
RIGHT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
LIP_UPPER = (0, 37, 39, 267, 269, 13, 82, 81, 312, 311)
# the cheeks below the eyes and beside the nose, and the nose: skin on every face that is not covered
RIGHT_CHEEK = (118, 119, 100, 36, 205, 187, 123, 117)
LEFT_CHEEK = (347, 348, 329, 266, 425, 411, 352, 346)
NOSE = (168, 193, 122, 196, 3, 51, 45, 44, 1, 274, 275, 281, 248, 419, 351, 417)
BRIDGE = (122, 193, 168, 417, 351, 6)
JAW = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356)
CHIN = (152, 148, 176, 149, 150, 377, 400, 378, 379, 175, 199, 200, 171, 396)
# what a change of expression moves least: the frame for comparing two heads
STABLE = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 127, 356, 162, 389, 21, 251, 54, 284,
          103, 332, 67, 297, 109, 338, 10, 151, 9, 8, 117, 346, 50, 280, 93, 323, 234, 454)
# fmt: on


@lru_cache(maxsize=1)
def triangles() -> np.ndarray:
    """(852, 3) int64: the triangles of the mesh, as MediaPipe connects the first 468 landmarks.

    The eye openings and the inside of the mouth are holes in it; `eye_triangles` fills the former.
    """
    vision: Any = lazy_imports.load("mediapipe.tasks.python.vision")
    edges = vision.FaceLandmarksConnections.FACE_LANDMARKS_TESSELATION
    return np.array([[edges[i + k].start for k in range(3)] for i in range(0, len(edges), 3)], dtype=np.int64)


@lru_cache(maxsize=1)
def eye_triangles() -> np.ndarray:
    """(32, 3) int64: the eye openings as fans round the middle of the iris.

    A map over them takes lid to lid and iris to iris, wherever either looks.
    """
    fans = []
    for ring, iris in ((RIGHT_EYE, RIGHT_IRIS), (LEFT_EYE, LEFT_IRIS)):
        fans += [(ring[i], ring[(i + 1) % len(ring)], iris[0]) for i in range(len(ring))]
    return np.array(fans, dtype=np.int64)


@lru_cache(maxsize=1)
def neighbours() -> np.ndarray:
    """(478, 478) float64, rows sum to 1: the mean over each landmark's neighbours in the mesh (its own for none)."""
    matrix = np.zeros((COUNT, COUNT))
    for a, b, c in triangles():
        matrix[[a, a, b, b, c, c], [b, c, a, c, a, b]] = 1.0
    lonely = matrix.sum(1) == 0
    matrix[lonely, lonely] = 1.0
    return matrix / matrix.sum(1, keepdims=True)
