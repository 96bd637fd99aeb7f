"""Finding the faces of a job's photos, and remembering those of the last few photos."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fusion.face_setting import LARGEST
from fusion.faces import known
from fusion.faces.choice import choose
from fusion.faces.finder import Face, FaceFinder, Search
from fusion.faces.known import Finder
from fusion.newest import Newest
from fusion.notices import Notice
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.types import Box, Role

KEPT_SEARCHES = 18  # photos whose faces are remembered: those of two jobs with as many as there may be


class LateFinder:
    """A face finder that is made when it is first needed.

    That takes most of a second, for which a worker that takes another's place is not kept waiting.

    Args:
        make: makes it.
    """

    def __init__(self, make: Callable[[], Finder]) -> None:
        self._make = make
        self._made: Finder | None = None

    def find(self, pixels: np.ndarray) -> Search:
        """As of `FaceFinder`; what may be raised as that is made too."""
        if self._made is None:
            self._made = self._make()
        return self._made.find(pixels)

    def close(self) -> None:
        """Let go of it."""
        if self._made is not None:
            self._made.close()


class Searches:
    """The faces of photos, by their sha256.

    Args:
        finder: finds them. If not given one is made when it is first needed, of what is not known already
            (`fusion.faces.known`).

    Attributes:
        finder: that.
    """

    def __init__(self, finder: Finder | None = None) -> None:
        self.finder = finder or LateFinder(FaceFinder)
        self._asks_known = finder is None  # what others find may be something else
        self._kept = Newest[str, Search](KEPT_SEARCHES)

    def __contains__(self, picture: Photo) -> bool:
        """Whether its faces are remembered."""
        return picture.sha256 in self._kept

    def forget(self) -> None:
        """Remember none any more."""
        self._kept.clear()
        if self._asks_known:
            known.clear()

    def face(self, picture: Photo, role: Role, settings: Settings, notices: list[Notice]) -> Face:
        """The face that the settings choose; what a user should know of it is added to `notices`.

        Raises:
            NoFace: there is no usable one, or not the one asked for.
        """
        search = self._search(picture)
        choice = settings.faces.target if role == Role.TARGET else settings.faces.source
        face = choose(search, choice, role)
        if len(search.faces) > 1:
            index = search.faces.index(face)
            notices.append(Notice("several_faces", {"role": role, "count": len(search.faces), "index": index}))
        if search.turned:
            notices.append(Notice("faces_turned", {"role": role, "count": len(search.turned)}))
        return face

    def all(self, picture: Photo, role: Role) -> tuple[Face, ...]:
        """Every usable face, from left to right.

        Raises:
            NoFace: there is none.
        """
        search = self._search(picture)
        choose(search, LARGEST, role)
        return tuple(search.faces)

    def turned(self, picture: Photo) -> int:
        """How many faces of a photo are too turned to be used."""
        return len(self._search(picture).turned)

    def heads(self, picture: Photo) -> list[Box]:
        """Boxes of all faces of a photo, of those too that are too turned to be used."""
        search = self._search(picture)
        return [*(face.box for face in search.faces), *search.turned]

    def _search(self, picture: Photo) -> Search:
        return self._kept.of(picture.sha256, lambda: self._found(picture))

    def _found(self, picture: Photo) -> Search:
        found = known.of(picture.sha256) if self._asks_known else None
        return self.finder.find(picture.pixels) if found is None else found
