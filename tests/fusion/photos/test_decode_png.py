"""What a PNG says of its colours and of which way is up: gamma, primaries, profiles, EXIF and XMP."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion.photos.decode import glance, read
from fusion.types import Role, Size
from tests.support.decoded import P3, SRGB_POINTS, codes, off_by, reference
from tests.support.fixtures.photos import colours, rgb_profile, saved


def png_with(pixels: np.ndarray | Image.Image, *chunks: tuple[bytes, bytes]) -> bytes:
    plain = (
        cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
        if isinstance(pixels, np.ndarray)
        else saved(pixels, "PNG")
    )
    made = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return plain[:33] + made + plain[33:]


def gama(exponent: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(exponent * 100_000))


def chrm(points: tuple[tuple[float, float], ...], white: tuple[float, float] = (0.3127, 0.3290)) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(value * 100_000) for point in (white, *points) for value in point))


SRGB_CHUNK = (b"sRGB", b"\0")


@pytest.mark.parametrize("exponent", [1.0, 0.55555, 0.35])
def test_a_gamma_is_honoured_to_the_last_bit(exponent: float) -> None:
    photo = read(png_with(colours(), gama(exponent)), Role.TARGET)
    assert off_by(photo, reference(colours(), 255, exponent, SRGB_POINTS)) == 0
    assert codes(photo) == ["converted_gamma"]


@pytest.mark.parametrize("exponent", [None, 1.0, 0.45455])
def test_primaries_are_honoured(exponent: float | None) -> None:
    chunks = [chrm(P3)] if exponent is None else [gama(exponent), chrm(P3)]
    photo = read(png_with(colours(), *chunks), Role.TARGET)
    assert off_by(photo, reference(colours(), 255, exponent, P3)) <= 1
    assert codes(photo) == ["converted_gamma"]


@pytest.mark.parametrize(
    "chunks",
    [
        (gama(0.45455),),
        (gama(0.45455), chrm(SRGB_POINTS)),
        (chrm(SRGB_POINTS),),
        (gama(1.0), SRGB_CHUNK),
        (chrm(P3), SRGB_CHUNK),
        (gama(1.0), (b"cICP", bytes((1, 13, 0, 1)))),
    ],
)
def test_what_is_srgb_or_says_so_is_left_alone(chunks: tuple[tuple[bytes, bytes], ...]) -> None:
    photo = read(png_with(colours(), *chunks), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert photo.notices == ()


def test_a_profile_wins_over_a_gamma() -> None:
    profile = rgb_profile(((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)), 1.0, "Linear")
    chunk = (b"iCCP", b"Linear\0\0" + zlib.compress(profile))
    photo = read(png_with(colours(), gama(0.3), chunk), Role.TARGET)
    assert codes(photo) == ["converted_profile"]


@pytest.mark.parametrize(
    "chunk", [gama(0), (b"gAMA", b"\0\0"), chrm(((0, 0), (0, 0), (0, 0))), chrm(((0.5, 0.5),) * 3), (b"cHRM", b"")]
)
def test_a_gamma_that_cannot_be_is_said_and_ignored(chunk: tuple[bytes, bytes]) -> None:
    photo = read(png_with(colours(), chunk), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert codes(photo) == ["profile_ignored"]


def test_a_gamma_holds_for_16_bits_grey_palettes_and_transparency() -> None:
    deep = colours().astype(np.uint16) * 257 - 100
    assert off_by(read(png_with(deep, gama(1.0)), Role.TARGET), reference(deep, 65535, 1.0, SRGB_POINTS)) == 0
    linear = reference(colours(), 255, 1.0, SRGB_POINTS)
    grey = Image.fromarray(colours()[:, :, 0])
    assert off_by(read(png_with(grey, gama(1.0)), Role.TARGET), np.repeat(linear[:, :, :1], 3, axis=2)) == 0
    palette = Image.fromarray(colours()).convert("P", palette=Image.Palette.ADAPTIVE)
    shown = reference(np.asarray(palette.convert("RGB")), 255, 1.0, SRGB_POINTS)
    assert off_by(read(png_with(palette, gama(1.0)), Role.TARGET), shown) == 0
    alpha = np.full((80, 96), 255, np.uint8)
    alpha[:, :40] = 0
    clear = read(png_with(Image.fromarray(np.dstack([colours(), alpha])), gama(1.0)), Role.TARGET)
    assert (clear.pixels[:, :40] == 255).all()
    assert (clear.pixels[:, 40:] == linear[:, 40:]).all()
    assert codes(clear) == ["alpha_dropped", "converted_gamma"]


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_what_unpacks_to_much_is_left_out_and_the_photo_taken(kind: bytes) -> None:
    packed = zlib.compress(bytes(80 * 1024**2), 9)
    head = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0\0\0", b"iCCP": b"Wide\0\0"}[kind]
    photo = read(png_with(colours(), (kind, head + packed)), Role.TARGET)
    assert off_by(photo, colours()) == 0
    assert codes(photo) == (["profile_ignored"] if kind == b"iCCP" else [])


def test_a_png_is_turned_by_exif_by_xmp_and_by_what_imagemagick_writes() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = exif.tobytes()[6:] if exif.tobytes().startswith(b"Exif\0\0") else exif.tobytes()
    upright = cv2.rotate(colours(), cv2.ROTATE_90_CLOCKWISE)
    xmp = b'<x:xmpmeta xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    digits = b"\nexif\n%8d\n" % len(raw) + raw.hex().encode()
    for chunk in (
        (b"eXIf", raw),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(digits)),
    ):
        data = png_with(colours(), chunk)
        assert off_by(read(data, Role.TARGET), upright) == 0, chunk[0]
        assert glance(data) == Size(80, 96)
