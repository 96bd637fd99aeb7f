"""The invisible watermark: it survives what others do to pictures, is not seen, and is never found where none is."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion import watermark
from fusion.watermark import code
from tests.support.fixtures.photos import admiral, astronaut, scene

PAYLOAD = watermark.payload_of("0123456789abcdef")


def enlarged(photo: np.ndarray, width: int) -> np.ndarray:
    factor = width / photo.shape[1]
    made: np.ndarray = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return made


def packed(pixels: np.ndarray, quality: int, format: str = "jpeg") -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def scaled(pixels: np.ndarray, factor: float) -> np.ndarray:
    made: np.ndarray = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return made


SHARED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "nothing": lambda pixels: pixels,
    "JPEG 95": lambda pixels: packed(pixels, 95),
    "JPEG 70": lambda pixels: packed(pixels, 70),
    "half size": lambda pixels: scaled(pixels, 0.5),
    "half size, JPEG 70": lambda pixels: packed(scaled(pixels, 0.5), 70),
    "WebP 80": lambda pixels: packed(pixels, 80, "webp"),
    "three quarters": lambda pixels: scaled(pixels, 0.75),
    "twice the size": lambda pixels: enlarged(pixels, 2 * pixels.shape[1]),
    "brighter": lambda pixels: np.clip(pixels * 1.04 + 3, 0, 255).astype(np.uint8),
}


@pytest.fixture(scope="module", params=["astronaut", "admiral"])
def marked(request: pytest.FixtureRequest) -> np.ndarray:
    """A picture of a megapixel with a watermark."""
    photo = astronaut() if request.param == "astronaut" else admiral()
    return watermark.embed(enlarged(photo, 1024), PAYLOAD)


@pytest.mark.parametrize("way", SHARED)
def test_it_is_read_after_what_sharing_does(marked: np.ndarray, way: str) -> None:
    assert watermark.read(SHARED[way](marked)) == PAYLOAD


@pytest.mark.parametrize(("width", "height"), [(512, 512), (300, 1200), (1920, 1080), (2048, 2048), (257, 255)])
def test_it_needs_no_size(width: int, height: int) -> None:
    photo = cv2.resize(astronaut(), (width, height), interpolation=cv2.INTER_CUBIC)
    assert watermark.read(watermark.embed(photo, PAYLOAD)) == PAYLOAD


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_ground_carries_it_too(level: int) -> None:
    """Where a level can go one way only, half of what is said is lost, and the rest is enough."""
    assert watermark.read(watermark.embed(np.full((600, 800, 3), level, np.uint8), PAYLOAD)) == PAYLOAD


def test_nobody_sees_it(marked: np.ndarray) -> None:
    """Over 45 dB; no pixel is changed by more than a few levels, and no colour at all."""
    for photo in (enlarged(astronaut(), 1024), enlarged(admiral(), 1024)):
        change = watermark.embed(photo, PAYLOAD).astype(int) - photo
        assert 10 * np.log10(255**2 / np.mean(change**2)) > 45
        assert np.abs(change).max() <= 8


def test_what_is_given_stays() -> None:
    photo = np.array(astronaut())
    watermark.embed(photo, PAYLOAD)
    assert np.array_equal(photo, astronaut())


def test_pictures_without_one_have_none() -> None:
    grey = [np.full((64, 64, 3), level, np.uint8) for level in (0, 1, 127, 254, 255)]
    noise = [np.random.default_rng(at).integers(0, 256, (300, 400, 3), np.uint8) for at in range(20)]
    photos = [np.asarray(astronaut()), np.asarray(admiral()), scene(700, 500)]
    turned = [np.rot90(photo, at) for photo in photos for at in range(4)]
    assert {watermark.read(np.ascontiguousarray(each)) for each in (*grey, *noise, *turned)} == {None}


def test_of_bits_that_mean_nothing_one_pattern_in_millions_passes() -> None:
    chance = random.Random(1)
    found = [code.payload_in([chance.randrange(2) for _ in range(code.BITS)]) for _ in range(50_000)]
    assert set(found) == {None}
    assert 2.0 ** -(code.BITS - 8 * watermark.PAYLOAD_BYTES) < 1e-5


@pytest.mark.parametrize("wrong", range(code.BITS))
def test_one_wrong_bit_is_noticed(wrong: int) -> None:
    bits = code.bits_of(PAYLOAD)
    bits[wrong] ^= 1
    assert code.payload_in(bits) is None


def test_each_id_has_its_own_payload() -> None:
    assert watermark.payload_of("0123456789abcdef").hex() == "0123456789ab"
    ids = ("0123456789abcdef", "fedcba9876543210", "a picture", "another")
    assert len({watermark.payload_of(id) for id in ids}) == len(ids)
    assert all(code.payload_in(code.bits_of(watermark.payload_of(id))) == watermark.payload_of(id) for id in ids)


def test_a_payload_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="6 bytes"):
        watermark.embed(np.zeros((64, 64, 3), np.uint8), b"12345678")


def test_it_says_the_same_for_ever() -> None:
    """A picture of this version is read by each later one: what places and shifts are drawn from is fixed."""
    from fusion.watermark import carrier

    assert carrier._bit_of_each()[:6].tolist() == [2, 28, 47, 4, 36, 48]
    assert np.round(carrier._shifts()[:4], 3).tolist() == [9.763, 8.577, 5.329, 1.926]
