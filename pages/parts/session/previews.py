"""Pictures and numbers made small enough for a page: what a page keeps of a photo, and of a result. No Streamlit."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from advisor.recommendation import face_look
from fusion import provenance, sources, suitability
from fusion.errors import FusionError, NoFace, frameless
from fusion.face_setting import WhichFace
from fusion.faces import Face, FaceFinder, Search, choose, largest, picked
from fusion.facts import Facts
from fusion.jobs import Outcome
from fusion.notices import Notice
from fusion.parsing import parse
from fusion.photos import Format, Photo, checkered, decode, encode, opaque_part
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.suitability import Shown
from fusion.types import Box, Role, Size

PHOTO_SIDE = 900  # px; a photo beside the settings
VIEW_SIDE = 1600  # px; either half of the comparison
PATCH_SIDE = 2048  # px; the face at full size inside the comparison
STRIP_ROWS = 256  # of two pictures, compared at a time
SMALL_FACE = {Role.TARGET: 64, Role.SOURCE: 100}  # px wide; below it the result is soft
TURNED_YAW = 30.0  # degrees; beyond this the other cheek is missing
_COLOUR_TYPE, _RGBA = 25, b"\x06"  # where a PNG's header says what its pixels are, and what it says

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PhotoView:
    """What a page keeps of a photo: its facts, its faces and a small picture, as a data URL.

    `looks`: what advice must know of each face. `shown`: what the photo shows of it. `largest`: what tells whether the
    largest face suits another.
    """

    sha256: str
    size: Size
    notices: tuple[Notice, ...]
    faces: tuple[Face, ...]
    turned: tuple[Box, ...]
    url: str
    looks: tuple[face_look.Look, ...] = ()
    shown: tuple[Shown, ...] = ()
    largest: sources.Look | None = None

    def measured(self, chosen: WhichFace) -> sources.Look | None:
        """What tells whether a face suits another; None where it is not the largest, or there is none."""
        face = self.face(chosen)
        return self.largest if face is not None and face is largest(self.faces) else None

    def face(self, chosen: WhichFace) -> Face | None:
        """The face that will be used, None where there is none."""
        return picked(self.faces, chosen)

    def look(self, chosen: WhichFace) -> face_look.Look | None:
        """Of the same face."""
        face = self.face(chosen)
        return self.looks[self.faces.index(face)] if face and self.looks else None

    def shows(self, chosen: WhichFace) -> Shown | None:
        """Likewise."""
        face = self.face(chosen)
        return self.shown[self.faces.index(face)] if face and self.shown else None


Fractions = tuple[float, float, float, float]  # left, top, width, height of a rectangle, in parts of the picture


@dataclass(frozen=True, slots=True)
class Patch:
    """The face at full size: two data URLs, and where they lie."""

    box: Fractions
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a page keeps of a result. The full picture stays in its file, `output`.

    `is_transparent`: in part; the small pictures show that by a chequered ground.
    """

    job: str
    settings: Settings
    output: Path
    facts: Facts
    recipe: Mapping[str, Any]
    size: Size
    before: str
    after: str
    face: Fractions | None
    patch: Patch | None
    is_transparent: bool = False

    @property
    def notices(self) -> tuple[Notice, ...]:
        return self.facts.notices


def data_url(jpeg: bytes) -> str:
    """A JPEG as a URL that needs no server."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def picture(pixels: Pixels, side: int, quality: int = 88) -> str:
    """`pixels` (H, W, 3) as the data URL of a JPEG whose longer side is at most `side` px."""
    return data_url(encode(decode.thumbnail(pixels, side), Format.JPEG, quality=quality))


def view_photo(read: Photo, finder: FaceFinder, file_bytes: int) -> PhotoView:
    """What a page keeps of a photo that was read; `file_bytes`: of its file."""
    search = finder.find(read.pixels)
    parsed = [parse(read.pixels, face) for face in search.faces]
    main = largest(search.faces) if search.faces else None
    return PhotoView(
        read.sha256,
        read.size,
        read.notices,
        search.faces,
        search.turned,
        picture(read.pixels, PHOTO_SIDE),
        tuple(face_look.look(read.pixels, face, file_bytes) for face in search.faces),
        tuple(suitability.look(read.pixels, *each) for each in zip(search.faces, parsed, strict=True)),
        sources.look(read.pixels, main, parsed[search.faces.index(main)]) if main else None,
    )


def no_face(view: PhotoView, chosen: WhichFace, role: Role) -> FusionError | None:
    """Why the face that is meant cannot be used, or None when it can."""
    try:
        choose(Search(view.faces, view.turned), chosen, role)
    except NoFace as error:
        return frameless(error)
    return None


def view_result(job: str, settings: Settings, outcome: Outcome) -> ResultView:
    """What a page keeps of a finished job. Three frames are held at most, mostly two."""
    room = outcome.facts.region
    before, after = _Half.of(outcome.before, room), _Half.of(outcome.output, room)
    changed = _changed(before.inside, after.inside, room)
    whole = after.size
    return ResultView(
        job=job,
        settings=settings,
        output=outcome.output,
        facts=outcome.facts,
        recipe=outcome.recipe,
        size=whole,
        before=before.url,
        after=after.url,
        face=_fractions(changed, whole) if changed else None,
        patch=_patch(before, after, changed) if changed and max(whole.width, whole.height) > VIEW_SIDE else None,
        is_transparent=_is_transparent(outcome.output),
    )


def as_file(result: ResultView, format: Format) -> bytes:
    """The result as a file to download, marked as made with AI; a PNG is the file as it was written.

    Raises:
        OutputRejected: it is transparent in part, and the format knows no such thing.
    """
    if format == Format.PNG:
        return result.output.read_bytes()
    pixels, opaque = _frame(result.output)
    return encode(pixels, format, metadata=provenance.metadata(result.recipe), opaque=opaque)


def shown(path: Path, side: int) -> bytes:
    """A picture as a JPEG whose longer side is at most `side` px.

    Raises:
        OSError: its file is missing or damaged.
    """
    return encode(decode.thumbnail(_pixels(path), side), Format.JPEG, quality=88)


def square(outcome: Outcome, side: int) -> bytes:
    """A result as a small square JPEG, `side` px: the middle of the picture, moved towards the face.

    Raises:
        OSError: its file is missing or damaged.
    """
    pixels = _pixels(outcome.output)
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    face = outcome.facts.region
    x = min(max(face.left + face.width // 2 - shorter // 2, 0), width - shorter)
    y = min(max(face.top + face.height // 2 - shorter // 2, 0), height - shorter)
    small = cv2.resize(pixels[y : y + shorter, x : x + shorter], (side, side), interpolation=cv2.INTER_AREA)
    return encode(np.asarray(small, np.uint8), Format.JPEG, quality=82)


@dataclass(frozen=True, slots=True, eq=False)
class _Half:
    """One picture of a comparison: `url` small, `inside` the pixels of `room`, where the two may differ."""

    size: Size
    room: Rect
    url: str
    inside: Pixels

    @classmethod
    def of(cls, path: Path, room: Rect) -> Self:
        pixels = _pixels(path)
        inside = pixels[room.top : room.top + room.height, room.left : room.left + room.width]
        if 2 * inside.nbytes <= pixels.nbytes:
            inside = inside.copy()  # else the rest of the frame would be held with it
        return cls(Size(pixels.shape[1], pixels.shape[0]), room, picture(pixels, VIEW_SIDE), inside)

    def part(self, area: Rect) -> Pixels:
        """The pixels of an area within the room."""
        left, top = area.left - self.room.left, area.top - self.room.top
        return np.ascontiguousarray(self.inside[top : top + area.height, left : left + area.width])


def _pixels(path: Path) -> Pixels:
    """The frame in a PNG of the worker's, as people are shown it."""
    pixels, opaque = _frame(path)
    return pixels if opaque is None else checkered(pixels, opaque, Size(pixels.shape[1], pixels.shape[0]))


def _frame(path: Path) -> tuple[Pixels, Rect | None]:
    """The frame in a PNG of the worker's, and what of it is opaque; None for all.

    OpenCV holds it twice while it reads, where Pillow would hold it thrice.
    """
    is_transparent = _is_transparent(path)
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED if is_transparent else cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise OSError(f"{path.name} is missing or damaged")
    if not is_transparent:
        return np.asarray(pixels, np.uint8), None
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8), opaque_part(pixels[..., 3])


def _is_transparent(path: Path) -> bool:
    """Whether a PNG has an alpha channel."""
    with path.open("rb") as file:
        return file.read(_COLOUR_TYPE + 1)[_COLOUR_TYPE:] == _RGBA


def _changed(before: Pixels, after: Pixels, room: Rect) -> Rect | None:
    """Where the two differ, which is the face alone: outside its mask a result equals its target."""
    rows, columns = np.zeros(room.height, bool), np.zeros(room.width, bool)
    for top in range(0, room.height, STRIP_ROWS):
        part = slice(top, top + STRIP_ROWS)
        differs = (before[part] != after[part]).any(axis=2)
        rows[part] = differs.any(axis=1)
        columns |= differs.any(axis=0)
    if not rows.any():
        return None
    (first, last), (left, right) = (np.flatnonzero(some)[[0, -1]] for some in (rows, columns))
    return Rect(room.left + int(left), room.top + int(first), int(right - left) + 1, int(last - first) + 1)


def _fractions(area: Rect, whole: Size) -> Fractions:
    across, down = whole.width, whole.height
    return area.left / across, area.top / down, area.width / across, area.height / down


def _patch(before: _Half, after: _Half, changed: Rect) -> Patch:
    left, width = _bounded(changed.left, changed.width)
    top, height = _bounded(changed.top, changed.height)
    area = Rect(left, top, width, height)
    return Patch(_fractions(area, after.size), *(picture(half.part(area), PATCH_SIDE) for half in (before, after)))


def _bounded(start: int, length: int) -> tuple[int, int]:
    """Start and length of the middle of a stretch, at most `PATCH_SIDE`."""
    middle = start + length // 2
    first = max(start, middle - PATCH_SIDE // 2)
    return first, min(start + length, middle + PATCH_SIDE // 2) - first
