"""What is where on the faces of a job's photos, remembered: several ask, and the answer takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from fusion.faces import Face
from fusion.newest import NewestOfThreads
from fusion.parsing.face_map import FaceMap
from fusion.parsing.parser import parse
from fusion.parsing.silhouette import Silhouette
from fusion.photos import Photo

KEPT_MAPS = 18  # faces: those of two jobs with as many photos as there may be; 2.5 MB each


class Maps:
    """The face maps of the last faces, by photo and place. From any thread."""

    def __init__(self, silhouette: Callable[[], Silhouette | None] = lambda: None) -> None:
        self._silhouette = silhouette
        self._asked = NewestOfThreads[None, Silhouette | None](1)  # once, when the first face is parsed
        self._kept = NewestOfThreads[Hashable, FaceMap](KEPT_MAPS)
        self._is_without = False

    def forget(self) -> None:
        """Remember none any more."""
        self._kept.clear()

    def unload(self) -> None:
        """Let the network go, too; it is loaded again when the next face is parsed."""
        self.forget()
        self._asked.clear()

    def of(self, photo: Photo, face: Face) -> FaceMap:
        """What `parse` says of a face of a photo. A mirrored photo may keep its sha256."""
        key = photo.sha256, face.box, face.yaw
        network = self._network()
        return self._kept.of(key, lambda: parse(photo.pixels, face, network))

    def _network(self) -> Silhouette | None:
        """The network; one that comes later is used from then on, for faces that were parsed without it, too."""
        found = self._asked.of(None, self._silhouette)
        if found is None:
            self._asked.clear()
        elif self._is_without:
            self._kept.clear()
        self._is_without = found is None
        return found
