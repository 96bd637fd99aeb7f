"""bytes → Photo: which files are taken, within which limits, and how every one of them becomes upright 8-bit sRGB.

A `Photo`'s pixels are (H, W, 3) uint8, RGB, sRGB, upright, read-only and C-contiguous. Nothing of the file but
its pixels and its sha256 is kept: metadata, profiles and whatever is appended to it end here.
"""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from fusion.colours import Remarks, to_srgb
from fusion.errors import PhotoRejected
from fusion.notices import Notice
from fusion.spec import Role, Size

_ACCEPTED = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF")

# What a file begins with: one of an accepted kind that does not open is damaged, others are refused by name.
_DAMAGED = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"BM")
_REFUSED = (
    (0, b"GIF8", "GIF"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypmsf1", "HEIF"),
    (4, b"ftypcrx", "CR3"),
    (0, b"8BPS", "Photoshop"),
    (0, b"%PDF", "PDF"),
    (0, b"%!PS", "PostScript"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "SVG"),
    (0, b"\x00\x00\x01\x00", "ICO"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"qoif", "QOI"),
)

# What Pillow's decoders raise on damaged files, found by cutting and flipping bytes of every accepted format.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)

# Pillow warns of large pictures by the process-wide warnings filter, which is not safe to change from two threads;
# one decoding at a time also bounds memory.
_decoding = threading.Lock()


@dataclass(frozen=True, slots=True)
class Limits:
    """What a photo may be at most, and at least: bytes of the file, pixels of the picture, px of its shorter side."""

    max_bytes: int = 10 * 1024 * 1024
    max_pixels: int = 64_000_000
    min_side: int = 64


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        pixels: (H, W, 3) uint8 RGB in sRGB, upright, C-contiguous, read-only.
        sha256: of the file's bytes, hexadecimal.
        notices: what was converted on the way in.
    """

    pixels: np.ndarray
    sha256: str
    notices: tuple[Notice, ...] = ()

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
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the limits below are stricter than those that Pillow warns of
        with _open(data, limits) as image:
            _check_size(image, limits)
            orientation, frames = _load(image)
            if frames > 1:
                remarks.append(("animated", {"frames": frames}))
            pixels = np.asarray(to_srgb(image, data, remarks))
    if orientation != 1:
        remarks.append(("rotated", {}))
        if image.format != "TIFF":  # Pillow and OpenCV both turn a TIFF as they decode it
            pixels = _upright(pixels, orientation)
    pixels = np.ascontiguousarray(pixels)
    pixels.setflags(write=False)
    notices = tuple(Notice(code, {"role": str(role), **details}) for code, details in remarks)
    return Photo(pixels, hashlib.sha256(data).hexdigest(), notices)


def glance(data: bytes, limits: Limits = Limits()) -> Size:
    """The upright size of the photo in `data`, from its header alone: one that is damaged further on may pass.

    Raises:
        PhotoRejected: as `read`, as far as the header tells.
    """
    check_weight(len(data), limits)
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _open(data, limits) as image:
            _check_size(image, limits)
            size = Size(*image.size)
            is_turned = image.format != "TIFF" and _orientation(image) >= 5
    return Size(size.height, size.width) if is_turned else size


def check_weight(file_bytes: int, limits: Limits = Limits()) -> None:
    """Refuse a file by its weight alone.

    Raises:
        PhotoRejected: it is empty, or too heavy.
    """
    if file_bytes == 0:
        raise PhotoRejected("photo_empty")
    if file_bytes > limits.max_bytes:
        mega = 1024 * 1024
        raise PhotoRejected(
            "photo_too_heavy", megabytes=file_bytes / mega, limit_megabytes=round(limits.max_bytes / mega, 1)
        )


@contextmanager
def _open(data: bytes, limits: Limits) -> Iterator[ImageFile.ImageFile]:
    try:
        image = Image.open(io.BytesIO(data), formats=_ACCEPTED)
    except Image.DecompressionBombError as error:
        # Pillow says how many pixels it would be only in words, so the sentence names its ceiling.
        ceiling = 2 * (Image.MAX_IMAGE_PIXELS or limits.max_pixels) / 1e6
        raise PhotoRejected(
            "photo_bomb", megapixels=ceiling, limit_megapixels=round(limits.max_pixels / 1e6, 1)
        ) from error
    except UnidentifiedImageError as error:
        raise _unidentified(data) from error
    except _DECODER_ERRORS as error:
        raise PhotoRejected("photo_truncated") from error
    with image:
        yield image


def _unidentified(data: bytes) -> PhotoRejected:
    for offset, magic, name in _REFUSED:
        if data[offset:].startswith(magic):
            return PhotoRejected("photo_format", format=name)
    if data.startswith(_DAMAGED) or data[4:12] in (b"ftypavif", b"ftypavis"):
        return PhotoRejected("photo_truncated")
    return PhotoRejected("photo_unreadable")


def _check_size(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.max_pixels:
        raise PhotoRejected(
            "photo_too_large",
            width=width,
            height=height,
            megapixels=width * height / 1e6,
            limit_megapixels=round(limits.max_pixels / 1e6, 1),
        )
    if min(width, height) < limits.min_side:
        raise PhotoRejected("photo_too_small", width=width, height=height, limit=limits.min_side)


def _load(image: ImageFile.ImageFile) -> tuple[int, int]:
    """Decodes the first frame; returns the EXIF orientation (1 to 8) and the number of frames."""
    try:
        # A phone's JPEG may carry a depth map or a preview as a second picture (MPO): that is no animation.
        frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
        orientation = _orientation(image)  # before loading: Pillow turns a TIFF itself and then forgets how
        image.load()
    except _DECODER_ERRORS as error:
        raise PhotoRejected("photo_truncated") from error
    return orientation, frames


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DECODER_ERRORS:
        return 1  # broken EXIF says nothing about the pixels
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


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
