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
IRISES = (RIGHT_IRIS[0], LEFT_IRIS[0])  # their middles
RIGHT_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
LEFT_BROW = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
LIP_UPPER = (0, 37, 39, 267, 269, 13, 82, 81, 312, 311)
# the cheeks below the eyes and beside the nose, and the nose: skin on every face that is not covered
RIGHT_CHEEK = (118, 119, 100, 36, 205, 187, 123, 117)
LEFT_CHEEK = (347, 348, 329, 266, 425, 411, 352, 346)
NOSE = (168, 193, 122, 196, 3, 51, 45, 44, 1, 274, 275, 281, 248, 419, 351, 417)
NOSTRILS = (2, 98, 327, 240, 460, 75, 305, 20, 250)
FOREHEAD = (151, 108, 69, 104, 105, 66, 107, 9, 336, 296, 334, 333, 299, 337)
SKIN = (RIGHT_CHEEK, LEFT_CHEEK, NOSE, FOREHEAD)  # seldom all covered at once
BRIDGE = (122, 193, 168, 417, 351, 6)
JAW = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356)
CHIN = (152, 148, 176, 149, 150, 377, 400, 378, 379, 175, 199, 200, 171, 396)
# what a change of expression moves least: the frame for comparing two heads
STABLE = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 127, 356, 162, 389, 21, 251, 54, 284,
          103, 332, 67, 297, 109, 338, 10, 151, 9, 8, 117, 346, 50, 280, 93, 323, 234, 454)
# landmarks of the right half and, in the same order, their mirror images in the left; the others lie in the middle
RIGHT_HALF = (3, 7, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
              44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69,
              70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 95, 96,
              97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117,
              118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138,
              139, 140, 141, 142, 143, 144, 145, 146, 147, 148, 149, 150, 153, 154, 155, 156, 157, 158, 159, 160, 161,
              162, 163, 165, 166, 167, 169, 170, 171, 172, 173, 174, 176, 177, 178, 179, 180, 181, 182, 183, 184, 185,
              186, 187, 188, 189, 190, 191, 192, 193, 194, 196, 198, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210,
              211, 212, 213, 214, 215, 216, 217, 218, 219, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231,
              232, 233, 234, 235, 236, 237, 238, 239, 240, 241, 242, 243, 244, 245, 246, 247, 468, 469, 470, 471, 472)
LEFT_HALF = (248, 249, 250, 251, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 268,
             269, 270, 271, 272, 273, 274, 275, 276, 277, 278, 279, 280, 281, 282, 283, 284, 285, 286, 287, 288, 289,
             290, 291, 292, 293, 294, 295, 296, 297, 298, 299, 300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 310,
             311, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 329, 330, 331,
             332, 333, 334, 335, 336, 337, 338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 348, 349, 350, 351, 352,
             353, 354, 355, 356, 357, 358, 359, 360, 361, 362, 363, 364, 365, 366, 367, 368, 369, 370, 371, 372, 373,
             374, 375, 376, 377, 378, 379, 380, 381, 382, 383, 384, 385, 386, 387, 388, 389, 390, 391, 392, 393, 394,
             395, 396, 397, 398, 399, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415,
             416, 417, 418, 419, 420, 421, 422, 423, 424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 435, 436,
             437, 438, 439, 440, 441, 442, 443, 444, 445, 446, 447, 448, 449, 450, 451, 452, 453, 454, 455, 456, 457,
             458, 459, 460, 461, 462, 463, 464, 465, 466, 467, 473, 476, 475, 474, 477)
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
