"""Pictures and numbers made small enough for a page: what a page keeps of a photo, and of a result. No Streamlit."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fusion import photo, provenance
from fusion.errors import FusionError, NoFace
from fusion.faces import Face, FaceFinder
from fusion.jobs import Outcome
from fusion.notices import Notice
from fusion.photo import Format, Photo
from fusion.spec import Box, FaceIndex, Role, Settings, Size

PHOTO_SIDE = 900  # px; a photo beside the settings
VIEW_SIDE = 1600  # px; either half of the comparison
PATCH_SIDE = 2048  # px; the face at full size inside the comparison
SMALL_FACE = {Role.TARGET: 64, Role.SOURCE: 100}  # px wide; below it the result is soft
TURNED_YAW = 30.0  # degrees; beyond this the other cheek is missing

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PhotoView:
    """What a page keeps of a photo: its facts, its faces and a small picture, as a data URL."""

    sha256: str
    size: Size
    notices: tuple[Notice, ...]
    faces: tuple[Face, ...]
    turned: tuple[Box, ...]
    url: str

    def face(self, chosen: FaceIndex) -> Face | None:
        """The face that will be used, None where there is none."""
        index = 0 if isinstance(chosen, str) else chosen
        return self.faces[index] if index < len(self.faces) else None


Fractions = tuple[float, float, float, float]  # left, top, width, height of a rectangle, in parts of the picture


@dataclass(frozen=True, slots=True)
class Patch:
    """The face at full size: two data URLs, and where they lie."""

    box: Fractions
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a page keeps of a result. The full picture stays in its file, `output`."""

    job: str
    settings: Settings
    output: Path
    facts: Mapping[str, Any]
    recipe: Mapping[str, Any]
    size: Size
    before: str
    after: str
    face: Fractions | None
    patch: Patch | None

    @property
    def notices(self) -> tuple[Notice, ...]:
        return tuple(Notice(note["code"], note["details"]) for note in self.facts["notices"])


def data_url(jpeg: bytes) -> str:
    """A JPEG as a URL that needs no server."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def picture(pixels: Pixels, side: int, quality: int = 88) -> str:
    """`pixels` (H, W, 3) as the data URL of a JPEG whose longer side is at most `side` px."""
    return data_url(photo.encode(photo.thumbnail(pixels, side), Format.JPEG, quality=quality))


def view_photo(read: Photo, finder: FaceFinder) -> PhotoView:
    """What a page keeps of a photo that was read."""
    search = finder.find(read.pixels)
    return PhotoView(
        read.sha256, read.size, read.notices, search.faces, search.turned, picture(read.pixels, PHOTO_SIDE)
    )


def no_face(view: PhotoView, role: Role) -> FusionError | None:
    """Why none of the photo's faces can be used, or None when one can."""
    if view.faces:
        return None
    return NoFace("face_turned" if view.turned else "no_face", role=role)


def view_result(job: str, settings: Settings, outcome: Outcome) -> ResultView:
    """What a page keeps of a finished job."""
    after, before = _pixels(outcome.output), _pixels(outcome.before)
    height, width = after.shape[:2]
    changed = _changed(before, after)
    return ResultView(
        job=job,
        settings=settings,
        output=outcome.output,
        facts=outcome.facts,
        recipe=outcome.recipe,
        size=Size(width, height),
        before=picture(before, VIEW_SIDE),
        after=picture(after, VIEW_SIDE),
        face=_fractions(changed, width, height) if changed else None,
        patch=_patch(before, after, changed) if changed and max(width, height) > VIEW_SIDE else None,
    )


def as_file(result: ResultView, format: Format) -> bytes:
    """The result as a file to download, marked as made with AI; a PNG is the file as it was written."""
    if format == Format.PNG:
        return result.output.read_bytes()
    return photo.encode(_pixels(result.output), format, metadata=provenance.metadata(result.recipe))


def _pixels(path: Path) -> Pixels:
    with Image.open(io.BytesIO(path.read_bytes())) as opened:
        return np.asarray(opened.convert("RGB"))


Rectangle = tuple[int, int, int, int]  # left, top, right, bottom in px, the last two one past the end


def _changed(before: Pixels, after: Pixels) -> Rectangle | None:
    """Where the two differ, which is the face alone: outside its mask a result equals its target."""
    differs = (before != after).any(axis=2)
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    if rows.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _fractions(rectangle: Rectangle, width: int, height: int) -> Fractions:
    left, top, right, bottom = rectangle
    return left / width, top / height, (right - left) / width, (bottom - top) / height


def _patch(before: Pixels, after: Pixels, changed: Rectangle) -> Patch:
    left, right = _bounded(changed[0], changed[2])
    top, bottom = _bounded(changed[1], changed[3])
    height, width = after.shape[:2]
    sides = (np.ascontiguousarray(side[top:bottom, left:right]) for side in (before, after))
    return Patch(_fractions((left, top, right, bottom), width, height), *(picture(s, PATCH_SIDE) for s in sides))


def _bounded(start: int, end: int) -> tuple[int, int]:
    middle = (start + end) // 2
    return max(start, middle - PATCH_SIDE // 2), min(end, middle + PATCH_SIDE // 2)
