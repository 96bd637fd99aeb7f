"""CMYK and colour profiles are converted to sRGB, and a profile that cannot be used is said."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fusion.photos import Format
from fusion.photos.decode import read
from fusion.photos.encoder import encode
from fusion.types import Role
from tests.support.decoded import (
    codes,
    deep_png,
    off_by,
)
from tests.support.fixtures.photos import cmyk_profile, colours, rgb_profile, saved

WIDE = rgb_profile(((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841)), 2.2, "Wide")


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_becomes_rgb(format: str) -> None:
    inks = Image.merge("CMYK", [Image.new("L", (64, 64), ink) for ink in (0, 255, 255, 0)])
    photo = read(saved(inks, format), Role.TARGET)  # Pillow writes a CMYK JPEG inverted, as Photoshop does
    assert np.abs(photo.pixels[30, 30].astype(int) - (255, 0, 0)).max() <= 3
    assert codes(photo) == ["converted_cmyk"]


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_goes_through_its_profile(format: str) -> None:
    inks = Image.merge("CMYK", [Image.new("L", (64, 64), ink) for ink in (255, 0, 0, 0)])
    photo = read(saved(inks, format, icc_profile=cmyk_profile()), Role.TARGET)
    # The profile says that full cyan is (51, 255, 255); without it the red would be 0.
    assert np.abs(photo.pixels[30, 30].astype(int) - (51, 255, 255)).max() <= 8
    assert codes(photo) == ["converted_profile", "converted_cmyk"]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_wide_gamut_colours_become_srgb(format: str) -> None:
    stored = np.full((64, 64, 3), (200, 100, 100), np.uint8)
    photo = read(saved(stored, format, icc_profile=WIDE), Role.TARGET)
    red, green, blue = photo.pixels[30, 30].astype(int)
    # By hand: to linear by 2.2, through the colorants to XYZ, from XYZ (D50) to linear sRGB, and encoded.
    assert abs(red - 217) <= 4
    assert abs(green - 92) <= 4
    assert abs(blue - 97) <= 4
    assert codes(photo) == ["converted_profile"]
    assert "Wide" in str(photo.notices[0])


def test_a_profile_that_is_srgb_by_another_name_changes_nothing() -> None:
    photo = read(encode(colours(), Format.JPEG, quality=100), Role.TARGET)
    assert photo.notices == ()


def test_a_wide_gamut_photo_in_16_bits_with_transparency_is_converted_in_all_three_ways() -> None:
    deep = np.full((64, 64, 4), 65535, np.uint16)
    deep[:, :, 1:3] = 0
    deep[:, :32, 3] = 0
    plain = deep_png(deep)
    compressed = zlib.compress(WIDE)
    body = b"Wide\0\0" + compressed
    chunk = struct.pack(">I", len(body)) + b"iCCP" + body + struct.pack(">I", zlib.crc32(b"iCCP" + body))
    photo = read(plain[:33] + chunk + plain[33:], Role.TARGET)
    assert codes(photo) == ["converted_16_bit", "alpha_dropped", "converted_profile"]
    assert (photo.pixels[:, :32] >= 254).all()
    assert photo.pixels[0, 40, 0] == 255


@pytest.mark.parametrize("profile", [b"no profile at all", WIDE[:200], cmyk_profile()])
def test_a_profile_that_cannot_be_used_is_said_and_ignored(profile: bytes) -> None:
    photo = read(saved(colours(), "PNG", icc_profile=profile), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert codes(photo) == ["profile_ignored"]


def test_a_grey_photo_with_a_colour_profile_is_converted() -> None:
    photo = read(saved(Image.new("L", (64, 64), 100), "PNG", icc_profile=WIDE), Role.TARGET)
    assert photo.pixels.shape == (64, 64, 3)
    assert np.ptp(photo.pixels) <= 2
