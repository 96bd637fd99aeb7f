"""Whatever a photo is given as, it is the same photo; and what is none is named."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from fusion.errors import PhotoRejected, Reason
from fusion.photos import Limits, Photo, from_image, from_pixels
from fusion.scripting.given import opened
from fusion.types import Role
from fusion.worker import run_job
from tests.support.fixtures.photos import saved

LIMITS = Limits()


def read(target: Any, source: Any) -> run_job.Photos:
    return opened(target, source).read(run_job.Reader())


@pytest.fixture
def pixels(target: Photo) -> np.ndarray:
    return target.pixels


def test_files_bytes_arrays_pictures_and_photos_are_the_same(
    sample_files: tuple[Path, Path], sample_pair: tuple[bytes, bytes], target: Photo
) -> None:
    file, data = sample_files[0], sample_pair[0]
    image = Image.fromarray(target.pixels)
    for given in (file, str(file), data, bytearray(data), memoryview(data), target.pixels, image, target):
        photos = read(given, sample_files[1])
        assert np.array_equal(photos.target.pixels, target.pixels)
        assert photos.target_file == (None if isinstance(given, np.ndarray | Image.Image | Photo) else data)
    assert opened(file, [sample_files[1], data]).paths == sample_files


def test_an_array_is_known_by_the_sha256_of_its_ppm_file_and_may_change_afterwards(pixels: np.ndarray) -> None:
    ours = pixels.copy()
    photo = from_pixels(ours, Role.TARGET, LIMITS)
    assert photo.sha256 == hashlib.sha256(saved(ours, "PPM")).hexdigest()
    ours[:] = 0
    assert np.array_equal(photo.pixels, pixels)
    assert not photo.pixels.flags.writeable


def test_arrays_that_lie_otherwise_in_memory_are_taken(pixels: np.ndarray) -> None:
    photo = from_pixels(np.asfortranarray(pixels)[::-1], Role.TARGET, LIMITS)
    assert photo.pixels.flags.c_contiguous
    assert np.array_equal(photo.pixels, pixels[::-1])


def test_a_picture_of_pillow_is_turned_upright_and_brought_to_srgb(pixels: np.ndarray) -> None:
    turned, exif = Image.fromarray(np.rot90(pixels)), Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    opened_again = Image.open(io.BytesIO(saved(turned, "PNG", exif=exif)))
    assert np.array_equal(from_image(opened_again, Role.TARGET, LIMITS).pixels, pixels)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = Image.open(io.BytesIO(saved(pixels, "PNG", icc_profile=lab)))
    assert np.abs(from_image(same, Role.TARGET, LIMITS).pixels.astype(int) - pixels).max() <= 1


def test_what_is_transparent_lies_on_white_and_that_is_told(pixels: np.ndarray) -> None:
    clear = Image.fromarray(pixels).convert("RGBA")
    clear.putalpha(0)
    photo = from_image(clear, Role.SOURCE, LIMITS)
    assert (photo.pixels == 255).all()
    assert [notice.code for notice in photo.notices] == ["alpha_dropped"]


def test_a_picture_of_a_damaged_file_is_refused(pixels: np.ndarray) -> None:
    data = saved(pixels, "PNG")
    with pytest.raises(PhotoRejected) as caught:
        from_image(Image.open(io.BytesIO(data[: len(data) // 2])), Role.SOURCE, LIMITS)
    assert caught.value.reason == Reason.PHOTO_TRUNCATED


@pytest.mark.parametrize(
    ("given", "reason", "said"),
    [
        (np.zeros((100, 100), np.uint8), Reason.PHOTO_KIND, "(100×100) of uint8"),
        (np.zeros((100, 100, 4), np.uint8), Reason.PHOTO_KIND, "(100×100×4) of uint8"),
        (np.zeros((100, 100, 3)), Reason.PHOTO_KIND, "of float64"),
        (np.zeros((63, 100, 3), np.uint8), Reason.PHOTO_TOO_SMALL, "100×63"),
        (Image.new("RGB", (20, 20)), Reason.PHOTO_TOO_SMALL, "20×20"),
        (Image.new("F", (100, 100)), Reason.PHOTO_COLOUR, "F"),
        (7, Reason.PHOTO_KIND, "of the type int"),
        (None, Reason.PHOTO_KIND, "of the type NoneType"),
        ("https://example.org/a.jpg", Reason.PHOTO_KIND, "never asks"),
        (Path("missing.png"), Reason.INPUT_MISSING, "missing.png"),
        (b"", Reason.PHOTO_EMPTY, "empty"),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_what_is_no_photo_is_refused_by_name(
    given: Any, reason: Reason, said: str, role: Role, sample_pair: tuple[bytes, bytes]
) -> None:
    with pytest.raises(PhotoRejected) as caught:
        read(*((given, sample_pair[1]) if role == Role.TARGET else (sample_pair[0], [given])))
    assert caught.value.reason == reason
    assert said in caught.value.message
    assert caught.value.details.get("role", role) == role


@pytest.mark.parametrize(("count", "reason"), [(0, Reason.PHOTO_KIND), (9, Reason.SOURCES_TOO_MANY)])
def test_there_are_one_to_eight_sources(count: int, reason: Reason, sample_pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(PhotoRejected) as caught:
        opened(sample_pair[0], [sample_pair[1]] * count)
    assert caught.value.reason == reason
