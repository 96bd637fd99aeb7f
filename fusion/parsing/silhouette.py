"""Where the person is in a picture, as a segmentation network sees it; for whoever has such a file.

MediaPipe's selfie segmenter knows the person alone, its multiclass sibling hair and skin too. Either is read by the
same library, which is here for landmarks anyway. One that knows glasses as well is torch's, which
`fusion.pipeline.face_parser` has.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fusion import lazy_imports

HAIR, SKIN = "hair", ("body-skin", "face-skin")  # labels of the multiclass network


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """(H, W) float32 maps, 0…1: the person, hat and hair included; hair, skin, and glasses with what is within them.

    None where the network knows none.
    """

    person: np.ndarray
    hair: np.ndarray | None = None
    skin: np.ndarray | None = None
    glasses: np.ndarray | None = None


class Silhouette(Protocol):
    """Tells a person from the background."""

    def of(self, pixels: np.ndarray) -> Segments:
        """What is seen in `pixels`, (H, W, 3) uint8 RGB."""
        ...


class Segmenter:
    """MediaPipe's image segmenter with a model file. May be used from several threads, one at a time."""

    def __init__(self, model: Path) -> None:
        tasks: Any = lazy_imports.load("mediapipe.tasks.python")
        self._mediapipe: Any = lazy_imports.load("mediapipe")
        options = tasks.vision.ImageSegmenterOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=model.read_bytes()), output_confidence_masks=True
        )
        self._network = tasks.vision.ImageSegmenter.create_from_options(options)
        self._lock = threading.Lock()

    def of(self, pixels: np.ndarray) -> Segments:
        """What is seen; see `Silhouette.of`."""
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels))
        with self._lock:
            masks = self._network.segment(image).confidence_masks
        return segments([np.squeeze(mask.numpy_view()).copy() for mask in masks], self._network.labels)


def segments(masks: list[np.ndarray], labels: list[str]) -> Segments:
    """The maps by what a network calls its classes: one is the person, of several the first is the background."""
    if len(masks) == 1:
        return Segments(masks[0])
    by_name = dict(zip(labels, masks, strict=True))
    skin = [by_name[name] for name in SKIN if name in by_name]
    return Segments(1 - masks[0], by_name.get(HAIR), np.clip(np.sum(skin, axis=0), 0, 1) if skin else None)
