"""Every kind of file that people have is taken or refused with the right reason."""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fusion.errors import PhotoRejected
from fusion.photos import Limits
from fusion.photos.decode import read, thumbnail
from fusion.types import Role, Size
from tests.support.decoded import (
    LOSSLESS,
    LOSSY,
    exif,
    off_by,
    refusal,
    with_orientation,
)
from tests.support.fixtures.photos import colours, saved

# what is taken


@pytest.mark.parametrize("format", LOSSLESS)
def test_a_lossless_file_gives_its_very_pixels(format: str) -> None:
    photo = read(saved(colours(), format, **LOSSLESS[format]), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert photo.notices == ()


@pytest.mark.parametrize("format", LOSSY)
def test_a_lossy_file_gives_nearly_its_pixels(format: str) -> None:
    photo = read(saved(colours(), format, **LOSSY[format]), Role.TARGET)
    assert off_by(photo, colours()) <= 8
    assert photo.notices == ()


def test_pixels_are_contiguous_and_cannot_be_written() -> None:
    for orientation in (1, 6):
        photo = read(with_orientation(orientation, "PNG"), Role.TARGET)
        assert photo.pixels.flags.c_contiguous
        assert photo.pixels.dtype == np.uint8
        with pytest.raises(ValueError, match="read-only"):
            photo.pixels[0, 0, 0] = 1


def test_a_photo_knows_its_size_and_the_hash_of_its_file() -> None:
    data = saved(colours(100, 70), "PNG")
    photo = read(data, Role.SOURCE)
    assert photo.size == Size(100, 70)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()


# what is refused


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"").reason == "photo_empty"


@pytest.mark.parametrize("data", [b"x", b"hello, world" * 100, bytes(5000), b"\x7fELF" + bytes(100)])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    assert refusal(data).reason == "photo_unreadable"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (saved(colours(), "GIF"), "GIF"),
        (saved(colours(), "ICO"), "ICO"),
        (saved(colours(), "JPEG2000"), "JPEG 2000"),
        (saved(colours(), "PDF"), "PDF"),
        (saved(colours(), "EPS"), "PostScript"),
        (b"8BPS" + bytes(200), "Photoshop"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    ],
)
def test_an_image_of_another_format_is_refused_by_its_name(data: bytes, name: str) -> None:
    error = refusal(data)
    assert error.reason == "photo_format"
    assert name in error.message


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_a_file_cut_short_is_refused(format: str, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8)
    data = saved(noise, format)
    assert refusal(data[: max(int(len(data) * share), 12)]).reason == "photo_truncated"


def test_a_file_over_the_byte_limit_is_refused_before_it_is_looked_at() -> None:
    error = refusal(b"no image at all" * 1000, Limits(max_bytes=10_000))
    assert error.reason == "photo_too_heavy"
    assert error.details["megabytes"] == pytest.approx(15_000 / 1024**2)


def test_a_file_of_exactly_the_byte_limit_is_taken() -> None:
    data = saved(colours(), "PNG")
    assert read(data, Role.TARGET, Limits(max_bytes=len(data))).size == Size(96, 80)
    assert refusal(data, Limits(max_bytes=len(data) - 1)).reason == "photo_too_heavy"


def _blank_png(width: int, height: int) -> bytes:
    """The header of a picture of that size, with hardly any data behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@pytest.mark.parametrize(("width", "height"), [(8001, 8000), (64_000_001, 64), (12_000, 12_000)])
def test_too_many_pixels_are_refused_from_the_header_alone(width: int, height: int) -> None:
    error = refusal(_blank_png(width, height))
    assert error.reason in ("photo_too_large", "photo_bomb")
    assert "64" in error.message


def test_a_decompression_bomb_is_refused_without_a_warning() -> None:
    assert refusal(_blank_png(60_000, 60_000)).reason == "photo_bomb"


def test_a_picture_under_64_px_is_refused_and_one_of_64_is_taken() -> None:
    assert refusal(saved(colours(63, 200), "PNG")).reason == "photo_too_small"
    assert refusal(saved(colours(200, 63), "PNG")).reason == "photo_too_small"
    assert read(saved(colours(64, 64), "PNG"), Role.TARGET).size == Size(64, 64)


@pytest.mark.parametrize(
    ("image", "format"),
    [
        (Image.fromarray(np.ones((80, 80), np.float32)), "TIFF"),
        (Image.fromarray(np.full((80, 80), 100_000, np.int32)), "TIFF"),
        (Image.new("LAB", (80, 80)), "TIFF"),
    ],
)
def test_colours_without_an_honest_conversion_are_refused(image: Image.Image, format: str) -> None:
    assert refusal(saved(image, format)).reason == "photo_colour"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    format=st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF"]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
    kept=st.floats(0.3, 1),
)
def test_whatever_is_done_to_a_file_it_is_read_or_refused(
    format: str, flips: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(saved(colours(72, 68), format, exif=exif(6)))
    for where, value in flips:
        data[int(where * len(data))] = value
    try:
        photo = read(bytes(data[: int(len(data) * kept)]), Role.TARGET)
    except PhotoRejected:
        return
    assert photo.pixels.ndim == 3


# smaller


def test_a_thumbnail_is_small_and_keeps_its_shape_and_a_small_picture_is_left_alone() -> None:
    small = thumbnail(np.zeros((600, 900, 3), np.uint8), 300)
    assert small.shape == (200, 300, 3)
    pixels = colours()
    assert thumbnail(pixels, 96) is pixels
