"""Bits, channels and modes: 16 bits, grey, palettes and transparency become 8-bit RGB."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from fusion.photos.decode import read
from fusion.types import Role
from tests.support.decoded import (
    LOSSLESS,
    codes,
    deep_colours,
    deep_png,
    off_by,
    refusal,
    tiff,
)
from tests.support.fixtures.photos import colours, saved


def test_16_bit_colour_is_rounded_to_8_not_truncated() -> None:
    files = {
        "png": deep_png(deep_colours()),
        "tiff": tiff(deep_colours(), photometric="rgb"),
        "compressed": tiff(deep_colours(), photometric="rgb", compression="zlib", predictor=True),
        "big-endian": tiff(deep_colours(), photometric="rgb", byteorder=">"),
    }
    for name, data in files.items():
        photo = read(data, Role.TARGET)
        assert off_by(photo, colours()) == 0, name
        assert codes(photo) == ["converted_16_bit"], name


def test_colours_in_separate_planes_are_not_mixed_up() -> None:
    separate: dict[str, Any] = {"photometric": "rgb", "planarconfig": "separate"}
    assert off_by(read(tiff(colours().transpose(2, 0, 1), **separate), Role.TARGET), colours()) == 0
    deep = deep_colours().transpose(2, 0, 1)
    assert off_by(read(tiff(deep, compression="zlib", **separate), Role.TARGET), colours()) <= 1
    assert refusal(tiff(deep, **separate)).reason == "photo_colour"


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_16_bit_grey_is_scaled_and_not_clipped(photometric: str) -> None:
    grey = deep_colours()[:, :, 0]
    stored = 65535 - grey if photometric == "miniswhite" else grey
    photo = read(tiff(stored, photometric=photometric), Role.TARGET)
    assert off_by(photo, np.repeat(colours()[:, :, :1], 3, axis=2)) == 0


def test_16_bit_grey_png_is_scaled_and_not_clipped() -> None:
    photo = read(deep_png(deep_colours()[:, :, 0]), Role.TARGET)
    assert off_by(photo, np.repeat(colours()[:, :, :1], 3, axis=2)) == 0
    assert codes(photo) == ["converted_16_bit"]


def test_16_bit_colour_with_transparency_is_laid_on_white() -> None:
    alpha = np.full((80, 96, 1), 65535, np.uint16)
    alpha[:, :40] = 0
    photo = read(deep_png(np.concatenate([deep_colours(), alpha], axis=2)), Role.TARGET)
    assert (photo.pixels[:, :40] == 255).all()
    assert (photo.pixels[:, 40:] == colours()[:, 40:]).all()
    assert codes(photo) == ["converted_16_bit", "alpha_dropped"]


def test_16_bit_keeps_black_and_white() -> None:
    deep = np.zeros((64, 64, 3), np.uint16)
    deep[:, 32:] = 65535
    photo = read(deep_png(deep), Role.TARGET)
    assert (photo.pixels[0, 0] == 0).all()
    assert (photo.pixels[0, 63] == 255).all()


def test_grey_and_black_and_white_become_rgb() -> None:
    grey = Image.fromarray(colours()).convert("L")
    for mode in ("L", "1"):
        photo = read(saved(grey.convert(mode), "PNG"), Role.TARGET)
        assert off_by(photo, np.asarray(grey.convert(mode).convert("RGB"))) == 0
        assert photo.notices == ()


def test_a_grey_jpeg_becomes_rgb() -> None:
    photo = read(saved(Image.fromarray(colours()).convert("L"), "JPEG"), Role.TARGET)
    assert photo.pixels.shape == (80, 96, 3)


def test_a_palette_becomes_rgb() -> None:
    image = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE)
    photo = read(saved(image, "PNG"), Role.TARGET)
    assert off_by(photo, np.asarray(image.convert("RGB"))) == 0


def test_a_palette_with_a_transparent_colour_is_laid_on_white() -> None:
    image = Image.new("P", (64, 64), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(0, (0, 0, 32, 64))
    photo = read(saved(image, "PNG", transparency=0), Role.TARGET)
    assert photo.pixels[5, 5].tolist() == [255, 255, 255]
    assert photo.pixels[5, 60].tolist() == [200, 100, 50]
    assert codes(photo) == ["alpha_dropped"]


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_on_white(format: str) -> None:
    alpha = np.zeros((80, 96), np.uint8)
    alpha[:, 40:] = 255
    alpha[:, 80:] = 128
    image = Image.fromarray(np.dstack([colours(), alpha]))
    photo = read(saved(image, format, **LOSSLESS[format]), Role.TARGET)
    half = (colours()[:, 80:] * 128.0 + 255 * 127) / 255
    assert (photo.pixels[:, :40] == 255).all()
    assert (photo.pixels[:, 40:80] == colours()[:, 40:80]).all()
    assert np.abs(photo.pixels[:, 80:] - half).max() <= 1
    assert codes(photo) == ["alpha_dropped"]


def test_transparency_that_hides_nothing_is_no_news() -> None:
    photo = read(saved(Image.fromarray(colours()).convert("RGBA"), "PNG"), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert photo.notices == ()


def test_grey_with_transparency_is_laid_on_white() -> None:
    image = Image.merge("LA", (Image.new("L", (64, 64), 90), Image.new("L", (64, 64), 0)))
    photo = read(saved(image, "PNG"), Role.TARGET)
    assert (photo.pixels == 255).all()
