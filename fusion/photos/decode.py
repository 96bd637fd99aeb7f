"""bytes → Photo: which files are taken, within which limits, and how every one of them becomes upright 8-bit sRGB.

A `Photo`'s pixels are (H, W, 3) uint8, RGB, sRGB, upright, read-only and C-contiguous. Nothing of the file but
its pixels, its sha256 and what it says of AI in its origin is kept: metadata, profiles and whatever is appended to it
end here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

from fusion.errors import PhotoRejected, Reason
from fusion.marks import Origin, marks_in
from fusion.memory import budget
from fusion.notices import Notice
from fusion.photos import formats
from fusion.photos.color_convert import Remarks, to_srgb
from fusion.photos.decode_budget import Budget
from fusion.photos.header import Header
from fusion.types import Role, Size
from fusion.units import MIB

# What all decoding of this process may take together. Photos of up to about 24 megapixels never wait for larger ones.
_MEMORY = Budget(total_bytes=1536 * MIB, small_bytes=384 * MIB)
_LARGE_BYTES = 4 * MIB
_BOMB = 2.5  # times the limit of pixels, from which the size is not worth telling


@dataclass(frozen=True, slots=True)
class Limits:
    """What a photo may be at most, and at least.

    Attributes:
        max_bytes: of the file.
        max_pixels: of the picture.
        min_side: px, of its shorter side.
        max_memory_bytes: that decoding it may take, by its kind, its channels and their bits.
    """

    max_bytes: int = 25 * MIB
    max_pixels: int = 64_000_000
    min_side: int = 64
    max_memory_bytes: int = 1024 * MIB


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        pixels: (H, W, 3) uint8 RGB in sRGB, upright, C-contiguous, read-only.
        sha256: of the file's bytes, hexadecimal.
        notices: what was converted on the way in, and whether it says that it was made with AI.
        origin: what it says of where it is from; None where it says nothing.
    """

    pixels: np.ndarray
    sha256: str
    notices: tuple[Notice, ...] = ()
    origin: Origin | None = None

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])


def read(data: bytes, role: Role, limits: Limits = Limits()) -> Photo:
    """The photo in the file `data`; `role` only words the notices.

    Raises:
        PhotoRejected: empty, too heavy, too large or too small, not a photo, of a kind that is not taken, damaged,
            or in colours that cannot be converted.
    """
    check_weight(len(data), limits)
    remarks: Remarks = []
    with formats.opened(data, lambda found: _check_size(found, limits)) as file:
        header = file.header
        with _MEMORY.taken(header.memory_bytes):
            decoded = file.decode(remarks)
            pixels = to_srgb(decoded, remarks)
            del decoded
            file.close()
            if header.orientation != 1:
                remarks.append(("rotated", {}))
                pixels = _upright(pixels, header.orientation)
            elif header.is_turned:
                remarks.append(("rotated", {}))
            pixels = np.ascontiguousarray(pixels)
    if pixels.nbytes > _LARGE_BYTES:
        budget.trim()  # of what decoding took 20 MB were left, and lay beneath the search for faces
    pixels.setflags(write=False)
    origin = Origin.of(marks_in(data))
    if origin is not None:
        remarks.append(("says_ai" if origin.is_ai else "carries_c2pa", {}))
    notices = tuple(Notice(code, {"role": str(role), **details}) for code, details in remarks)
    return Photo(pixels, hashlib.sha256(data).hexdigest(), notices, origin)


def stored(data: bytes, limits: Limits = Limits()) -> np.ndarray:
    """(H, W, 3 or 4) uint8: the pixels of a PNG as the file has them, in whatever colours and whichever way up.

    Those of a palette and of greys are written out.

    Raises:
        PhotoRejected: as `read`.
    """
    check_weight(len(data), limits)
    with (
        formats.opened(data, lambda found: _check_size(found, limits)) as file,
        _MEMORY.taken(file.header.memory_bytes),
    ):
        image = file.decode([]).image
        if image is None:  # 16 bits of grey
            raise PhotoRejected(Reason.PHOTO_COLOUR, mode="I;16")
        has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        return np.asarray(image if image.mode in ("RGB", "RGBA") else image.convert("RGBA" if has_alpha else "RGB"))


def glance(data: bytes, limits: Limits = Limits()) -> Size:
    """The upright size of the photo in `data`, from its header alone: one that is damaged further on passes.

    Raises:
        PhotoRejected: as `read`, as far as the header tells.
    """
    check_weight(len(data), limits)
    header = formats.header(data)
    _check_size(header, limits)
    return Size(header.size.height, header.size.width) if header.orientation >= 5 else header.size


def check_weight(file_bytes: int, limits: Limits = Limits()) -> None:
    """Refuse a file by its weight alone.

    Raises:
        PhotoRejected: it is empty, or too heavy.
    """
    if file_bytes == 0:
        raise PhotoRejected(Reason.PHOTO_EMPTY)
    if file_bytes > limits.max_bytes:
        raise PhotoRejected(
            Reason.PHOTO_TOO_HEAVY, megabytes=file_bytes / MIB, limit_megabytes=round(limits.max_bytes / MIB, 1)
        )


def check_size(size: Size, limits: Limits = Limits()) -> None:
    """Refuse a photo by its size alone.

    Raises:
        PhotoRejected: it has too many pixels, or too few on a side.
    """
    width, height = size.width, size.height
    million = {"megapixels": width * height / 1e6, "limit_megapixels": round(limits.max_pixels / 1e6, 1)}
    if width * height > _BOMB * limits.max_pixels:
        raise PhotoRejected(Reason.PHOTO_BOMB, **million)
    if width * height > limits.max_pixels:
        raise PhotoRejected(Reason.PHOTO_TOO_LARGE, width=width, height=height, **million)
    if min(width, height) < limits.min_side:
        raise PhotoRejected(Reason.PHOTO_TOO_SMALL, width=width, height=height, limit=limits.min_side)


def _check_size(header: Header, limits: Limits) -> None:
    check_size(header.size, limits)
    if header.memory_bytes > limits.max_memory_bytes:
        most = round(limits.max_memory_bytes / MIB, 1)
        raise PhotoRejected(Reason.PHOTO_TOO_DEEP, megabytes=header.memory_bytes / MIB, limit_megabytes=most)


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes an EXIF orientation: 2 to 4 mirror or turn in place, 5 to 8 also swap width and height."""
    match orientation:
        case 2:
            return cv2.flip(pixels, 1)
        case 3:
            return cv2.rotate(pixels, cv2.ROTATE_180)
        case 4:
            return cv2.flip(pixels, 0)
        case 5:
            return cv2.transpose(pixels)
        case 6:
            return cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            return cv2.flip(cv2.transpose(pixels), -1)
        case _:
            return cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)


def thumbnail(pixels: np.ndarray, max_side: int) -> np.ndarray:
    """`pixels` (H, W, 3) uint8 made so small that no side is over `max_side` px; the same array if it is already."""
    height, width = pixels.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
