"""Every kind of file that people have is converted rightly or refused with the right reason."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fusion.errors import PhotoRejected
from fusion.photos import Format, Limits, Photo
from fusion.photos.decode import read, thumbnail
from fusion.photos.encoder import encode
from fusion.types import Role, Size
from tests.support.fixtures.photos import cmyk_profile, colours, rgb_profile, saved

WIDE = rgb_profile(((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841)), 2.2, "Wide")
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
    return [notice.code for notice in photo.notices]


def refusal(data: bytes, limits: Limits | None = None) -> PhotoRejected:
    with pytest.raises(PhotoRejected) as caught:
        read(data, Role.TARGET, limits or Limits())
    assert caught.value.message
    assert caught.value.remedy
    return caught.value


def off_by(photo: Photo, expected: np.ndarray) -> int:
    """The largest difference of any value."""
    assert photo.pixels.shape == expected.shape
    return int(np.abs(photo.pixels.astype(int) - expected).max())


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
        photo = read(_with_orientation(orientation, "PNG"), Role.TARGET)
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
    data = bytearray(saved(colours(72, 68), format, exif=_exif(6)))
    for where, value in flips:
        data[int(where * len(data))] = value
    try:
        photo = read(bytes(data[: int(len(data) * kept)]), Role.TARGET)
    except PhotoRejected:
        return
    assert photo.pixels.ndim == 3


# bits, channels and modes


def _deep() -> np.ndarray:
    """(80, 96, 3) uint16 whose rounded 8-bit values are `colours()`, though their upper bytes often are not."""
    deep = colours().astype(np.int64) * 257 + np.random.default_rng(1).integers(-128, 128, (80, 96, 3))
    return np.clip(deep, 0, 65535).astype(np.uint16)


def _deep_png(array: np.ndarray) -> bytes:
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    bgr = cv2.cvtColor(array, order[array.shape[2]]) if array.ndim == 3 else array
    return cv2.imencode(".png", bgr)[1].tobytes()


def _tiff(array: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def test_16_bit_colour_is_rounded_to_8_not_truncated() -> None:
    files = {
        "png": _deep_png(_deep()),
        "tiff": _tiff(_deep(), photometric="rgb"),
        "compressed": _tiff(_deep(), photometric="rgb", compression="zlib", predictor=True),
        "big-endian": _tiff(_deep(), photometric="rgb", byteorder=">"),
    }
    for name, data in files.items():
        photo = read(data, Role.TARGET)
        assert off_by(photo, colours()) == 0, name
        assert codes(photo) == ["converted_16_bit"], name


def test_colours_in_separate_planes_are_not_mixed_up() -> None:
    separate: dict[str, Any] = {"photometric": "rgb", "planarconfig": "separate"}
    assert off_by(read(_tiff(colours().transpose(2, 0, 1), **separate), Role.TARGET), colours()) == 0
    deep = _deep().transpose(2, 0, 1)
    assert off_by(read(_tiff(deep, compression="zlib", **separate), Role.TARGET), colours()) <= 1
    assert refusal(_tiff(deep, **separate)).reason == "photo_colour"


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_16_bit_grey_is_scaled_and_not_clipped(photometric: str) -> None:
    grey = _deep()[:, :, 0]
    stored = 65535 - grey if photometric == "miniswhite" else grey
    photo = read(_tiff(stored, photometric=photometric), Role.TARGET)
    assert off_by(photo, np.repeat(colours()[:, :, :1], 3, axis=2)) == 0


def test_16_bit_grey_png_is_scaled_and_not_clipped() -> None:
    photo = read(_deep_png(_deep()[:, :, 0]), Role.TARGET)
    assert off_by(photo, np.repeat(colours()[:, :, :1], 3, axis=2)) == 0
    assert codes(photo) == ["converted_16_bit"]


def test_16_bit_colour_with_transparency_is_laid_on_white() -> None:
    alpha = np.full((80, 96, 1), 65535, np.uint16)
    alpha[:, :40] = 0
    photo = read(_deep_png(np.concatenate([_deep(), alpha], axis=2)), Role.TARGET)
    assert (photo.pixels[:, :40] == 255).all()
    assert (photo.pixels[:, 40:] == colours()[:, 40:]).all()
    assert codes(photo) == ["converted_16_bit", "alpha_dropped"]


def test_16_bit_keeps_black_and_white() -> None:
    deep = np.zeros((64, 64, 3), np.uint16)
    deep[:, 32:] = 65535
    photo = read(_deep_png(deep), Role.TARGET)
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


# CMYK and profiles


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
    plain = _deep_png(deep)
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


# orientation


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def _as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """How a camera stores `upright` under an EXIF orientation: where row 0 and column 0 of the file are shown."""
    if orientation in (2, 3, 6, 7):  # the file begins at the right
        upright = upright[:, ::-1]
    if orientation in (3, 4, 7, 8):  # the file begins at the bottom
        upright = upright[::-1]
    if orientation >= 5:  # the file's rows are columns
        upright = upright.transpose(1, 0, 2)
    return np.ascontiguousarray(upright)


def _with_orientation(orientation: int, format: str) -> bytes:
    options = LOSSLESS.get(format) or LOSSY.get(format) or {}
    return saved(_as_stored(colours(), orientation), format, exif=_exif(orientation), **options)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_every_exif_orientation_is_turned_upright(orientation: int, format: str) -> None:
    photo = read(_with_orientation(orientation, format), Role.TARGET)
    assert off_by(photo, colours()) <= (8 if format in ("JPEG", "AVIF") else 0)
    assert codes(photo) == ([] if orientation == 1 else ["rotated"])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_16_bit_tiff_is_turned_upright_once(orientation: int) -> None:
    data = _tiff(_as_stored(_deep(), orientation), photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
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


# smaller


def test_a_thumbnail_is_small_and_keeps_its_shape_and_a_small_picture_is_left_alone() -> None:
    small = thumbnail(np.zeros((600, 900, 3), np.uint8), 300)
    assert small.shape == (200, 300, 3)
    pixels = colours()
    assert thumbnail(pixels, 96) is pixels
