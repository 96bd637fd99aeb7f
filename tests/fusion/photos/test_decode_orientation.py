"""Photos are turned upright, and of several pictures in one file the first is taken."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from fusion.photos.decode import read
from fusion.types import Role
from tests.support.decoded import (
    as_stored,
    codes,
    deep_colours,
    off_by,
    tiff,
    with_orientation,
)
from tests.support.fixtures.photos import colours, saved

# orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_exif_orientation_is_turned_upright(orientation: int, format: str) -> None:
    photo = read(with_orientation(orientation, format), Role.TARGET)
    assert off_by(photo, colours()) <= (8 if format in ("JPEG", "AVIF") else 0)
    assert codes(photo) == ([] if orientation == 1 else ["rotated"])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_16_bit_tiff_is_turned_upright_once(orientation: int) -> None:
    data = tiff(as_stored(deep_colours(), orientation), photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    assert off_by(read(data, Role.TARGET), colours()) == 0


def test_broken_exif_is_no_reason_to_refuse() -> None:
    for exif in (b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"):
        photo = read(saved(colours(), "JPEG", exif=exif, quality=95), Role.TARGET)
        assert off_by(photo, colours()) <= 12


# several pictures in one file


@pytest.mark.parametrize(("format", "options"), [("WEBP", {"lossless": True}), ("PNG", {}), ("TIFF", {}), ("AVIF", {})])
def test_of_an_animation_the_first_picture_is_used(format: str, options: dict[str, Any]) -> None:
    others = [Image.fromarray(255 - colours()), Image.fromarray(colours()[::-1].copy())]
    data = saved(colours(), format, save_all=True, append_images=others, **options)
    photo = read(data, Role.TARGET)
    assert off_by(photo, colours()) <= (12 if format == "AVIF" else 0)
    assert codes(photo) == ["animated"]
    assert photo.notices[0].details["frames"] == 3


def test_a_phone_s_jpeg_with_a_second_picture_is_no_animation() -> None:
    data = saved(colours(), "MPO", save_all=True, append_images=[Image.fromarray(255 - colours())], quality=95)
    photo = read(data, Role.TARGET)
    assert photo.notices == ()
    assert off_by(photo, colours()) <= 12
