"""The verdict on a pair, before it is fused; what a photo shows of a face is remembered."""

from __future__ import annotations

from collections.abc import Hashable

from fusion.faces import Face
from fusion.newest import NewestOfThreads
from fusion.parsing import Maps
from fusion.photos import Photo
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.suitability import Shown, Suitability, judge, look

KEPT_LOOKS = 8  # faces; some kilobytes each


class Judged:
    """Judges pairs, and remembers the last faces.

    Args:
        maps: tells what is where on a face.
    """

    def __init__(self, maps: Maps) -> None:
        self._maps = maps
        self._kept = NewestOfThreads[Hashable, Shown](KEPT_LOOKS)

    def forget(self) -> None:
        """Remember no faces any more."""
        self._kept.clear()

    def pair(self, pair: Pair, settings: Settings) -> Suitability | None:
        """How well the two faces go together; None at ratio 0, where nothing is fused.

        Raises:
            PairRefused: they make no picture, and are not to be fused anyway.
        """
        if settings.ratio == 0:
            return None
        shown = self.shown(pair.target, pair.target_face), self.shown(pair.source, pair.source_face)
        found = judge(*shown, settings)
        refusal = None if settings.anyway else found.refusal
        if refusal is not None:
            raise refusal
        return found

    def shown(self, photo: Photo, face: Face) -> Shown:
        key = photo.sha256, face.box, face.yaw  # a mirrored one may have the same box
        return self._kept.of(key, lambda: look(photo.pixels, face, self._maps.of(photo, face)))
