"""What is seen of the faces of a job's photos, remembered: several ask, and the next job asks again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

import numpy as np

from fusion.faces import Face
from fusion.newest import NewestOfThreads
from fusion.parsing import FaceMap, Maps
from fusion.photos import Photo

KEPT = 18  # faces: those of two jobs with as many photos as there may be; some kilobytes each

Seen = TypeVar("Seen")


class Looks(Generic[Seen]):
    """What was seen of the last faces. From any thread.

    Args:
        maps: tells what is where on a face.
        look: sees something of a face in a photo, (H, W, 3) uint8 RGB.
    """

    def __init__(self, maps: Maps, look: Callable[[np.ndarray, Face, FaceMap], Seen]) -> None:
        self._maps, self._look = maps, look
        self._kept = NewestOfThreads[Hashable, Seen](KEPT)

    def forget(self) -> None:
        """Remember no faces any more."""
        self._kept.clear()

    def of(self, photo: Photo, face: Face) -> Seen:
        """What is seen of a face of a photo."""
        key = photo.sha256, face.box, face.yaw  # a mirrored one may have the same box
        return self._kept.of(key, lambda: self._look(photo.pixels, face, self._maps.of(photo, face)))
