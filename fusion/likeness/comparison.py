"""A result's face against the faces it was made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np

from fusion.faces import Face
from fusion.likeness.recognizer import FIVE, Recognizer, recognizer
from fusion.newest import NewestOfThreads
from fusion.photos import Photo
from fusion.types import Likeness

KEPT_FACES = 8  # of photos whose embeddings are remembered


class Comparison:
    """Measures likeness. Remembers who is on the last few photos, in memory alone, until `forget`.

    Args:
        network: gives the network, when it is first needed.
    """

    def __init__(self, network: Callable[[], Recognizer] = recognizer) -> None:
        self._network = network
        self._kept = NewestOfThreads[Hashable, np.ndarray](KEPT_FACES)

    def of(
        self, pixels: np.ndarray, landmarks: np.ndarray, target: tuple[Photo, Face], source: tuple[Photo, Face]
    ) -> Likeness | None:
        """How much a result is like both; None where its face is not wholly in the picture. 40 ms for each new face.

        Args:
            pixels: (H, W, 3) uint8 RGB, the result.
            landmarks: (478, 2) px of the result, of its face. The target's, laid onto it, are as good as those that
                are found anew: cosines differ by 0.01 (standard deviation, 44 results).
            target, source: each photo, and the face of it that was used.

        Raises:
            WeightsMissing, WeightsInvalid: the network is not there or is another one.
        """
        size = pixels.shape[1::-1]
        five = landmarks[list(FIVE)]
        if ((five < 0) | (five >= size)).any():
            return None
        found = self._network().embed_at(pixels, landmarks)
        ours, theirs = (float(found @ self.who(*each)) for each in (source, target))
        return Likeness(source=ours, target=theirs)

    def forget(self) -> None:
        """Remember nobody."""
        self._kept.clear()

    def who(self, photo: Photo, face: Face) -> np.ndarray:
        """(128,) float32: who a face of a photo is, as of `Recognizer.embed`. Raises as `of`."""
        key = photo.sha256, face.box, face.yaw  # a mirrored one may have the same box
        return self._kept.of(key, lambda: self._network().embed(photo.pixels, face))
