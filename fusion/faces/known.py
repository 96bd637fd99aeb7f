"""The faces of photos that this process has looked through, or was told of: what was found once is not sought again.

By the sha256 of a photo's file, in memory alone. From any thread.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

from fusion.faces.finder import Face, Search
from fusion.newest import Newest
from fusion.photos import Photo
from fusion.types import Box

KEPT = 64  # photos; 10 KB for each face
_NUMBERS = ("yaw", "pitch", "roll", "score")

Json = Mapping[str, Any]

_lock = threading.Lock()
_kept = Newest[str, Search](KEPT)


class Finder(Protocol):
    """What is needed of a `FaceFinder`."""

    def find(self, pixels: np.ndarray) -> Search: ...

    def close(self) -> None: ...


def search(finder: Finder, photo: Photo) -> Search:
    """The faces of a photo, as they are known or as `finder` finds them."""
    found = of(photo.sha256)
    if found is None:
        found = finder.find(photo.pixels)
        with _lock:
            _kept[photo.sha256] = found
    return found


def of(sha256: str) -> Search | None:
    """The faces of a photo; None where nobody has looked."""
    with _lock:
        return _kept.of(sha256, lambda: _kept[sha256]) if sha256 in _kept else None


def forget(photos: Iterable[str]) -> None:
    """Know nothing of some photos any more, by their sha256."""
    with _lock:
        for sha256 in photos:
            _kept.pop(sha256, None)


def clear() -> None:
    """Know nothing of any photo any more."""
    with _lock:
        _kept.clear()


def told(photos: Iterable[str]) -> dict[str, Json]:
    """What another process, with the same networks, is told of photos; those that are not known are left out."""
    found = {sha256: of(sha256) for sha256 in photos}
    return {sha256: told_of(each) for sha256, each in found.items() if each is not None}


def hear(found: Mapping[str, Json]) -> None:
    """Take what another process has `told`.

    Raises:
        KeyError, ValueError: it is not of that form.
    """
    read = {sha256: _from_json(each) for sha256, each in found.items()}
    with _lock:
        for sha256, each in read.items():
            _kept[sha256] = each


def told_of(found: Search) -> Json:
    """What is told of one photo."""
    return {"faces": [_face_to_json(face) for face in found.faces], "turned": [_edges(box) for box in found.turned]}


def _from_json(data: Json) -> Search:
    return Search(tuple(map(_face_from_json, data["faces"])), tuple(Box(*edges) for edges in data["turned"]))


def _face_to_json(face: Face) -> Json:
    """Bit for bit: a picture that is made of it is the same one."""
    return {
        "landmarks": base64.b64encode(face.landmarks.astype("<f4").tobytes()).decode(),
        "depth": base64.b64encode(face.depth.astype("<f4").tobytes()).decode(),
        "box": _edges(face.box),
        "blendshapes": dict(face.blendshapes),
        **{name: getattr(face, name) for name in _NUMBERS},
    }


def _face_from_json(data: Json) -> Face:
    landmarks, depth = (np.frombuffer(base64.b64decode(data[name]), "<f4") for name in ("landmarks", "depth"))
    return Face(
        landmarks=landmarks.reshape(-1, 2),  # of bytes, which cannot be written
        depth=depth,
        box=Box(*data["box"]),
        blendshapes=MappingProxyType(dict(data["blendshapes"])),
        **{name: data[name] for name in _NUMBERS},
    )


def _edges(box: Box) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]
