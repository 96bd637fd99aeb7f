"""Files of photos as cameras and programs write them, and what decoding makes of them."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from fusion.errors import PhotoRejected
from fusion.photos import Limits, Photo
from fusion.photos.decode import read
from fusion.types import Role
from tests.support.fixtures.photos import colours, saved

SRGB_POINTS = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
NOISE = np.random.default_rng(3).integers(0, 256, (120, 136, 3)).astype(np.uint8)
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "TIFF": {"compression": "tiff_lzw"},
    "BMP": {},
    "WEBP": {"lossless": True},
}
LOSSY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "AVIF": {"quality": 95},
}


def codes(photo: Photo) -> list[str]:
    """Of its notices."""
    return [notice.code for notice in photo.notices]


def refusal(data: bytes, limits: Limits | None = None) -> PhotoRejected:
    """The error with which a file is refused, which says why and what to do."""
    with pytest.raises(PhotoRejected) as caught:
        read(data, Role.TARGET, limits or Limits())
    assert caught.value.message
    assert caught.value.remedy
    return caught.value


def reason_of(data: bytes, limits: Limits | None = None) -> str:
    return refusal(data, limits).reason


def off_by(photo: Photo, expected: np.ndarray) -> int:
    """The largest difference of any value."""
    assert photo.pixels.shape == expected.shape
    return int(np.abs(photo.pixels.astype(int) - expected).max())


def deep_colours() -> np.ndarray:
    """(80, 96, 3) uint16 whose rounded 8-bit values are `colours()`, though their upper bytes often are not."""
    deep = colours().astype(np.int64) * 257 + np.random.default_rng(1).integers(-128, 128, (80, 96, 3))
    return np.clip(deep, 0, 65535).astype(np.uint16)


def deep_png(array: np.ndarray) -> bytes:
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    bgr = cv2.cvtColor(array, order[array.shape[2]]) if array.ndim == 3 else array
    return cv2.imencode(".png", bgr)[1].tobytes()


def tiff(array: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera stores `upright` under an EXIF orientation: where row 0 and column 0 of the file are shown."""
    if orientation in (2, 3, 6, 7):  # the file begins at the right
        upright = upright[:, ::-1]
    if orientation in (3, 4, 7, 8):  # the file begins at the bottom
        upright = upright[::-1]
    if orientation >= 5:  # the file's rows are columns
        upright = upright.transpose(1, 0, 2)
    return np.ascontiguousarray(upright)


def with_orientation(orientation: int, format: str) -> bytes:
    options = LOSSLESS.get(format) or LOSSY.get(format) or {}
    return saved(as_stored(colours(), orientation), format, exif=exif(orientation), **options)


def reference(
    values: np.ndarray, white: int, gamma: float | None, points: tuple[tuple[float, float], ...]
) -> np.ndarray:
    """Straight from the definitions, in double precision; both whites are that of D65."""

    def to_xyz(of: tuple[tuple[float, float], ...]) -> np.ndarray:
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in of]).T
        x, y = 0.3127, 0.3290
        return np.asarray(columns * np.linalg.solve(columns, [x / y, 1, (1 - x - y) / y]))

    v = values / white
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) if gamma is None else v ** (1 / gamma)
    linear = np.clip(linear @ (np.linalg.inv(to_xyz(SRGB_POINTS)) @ to_xyz(points)).T, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.floor(encoded * 255 + 0.5).astype(int)
