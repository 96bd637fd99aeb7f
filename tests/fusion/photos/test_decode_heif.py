"""HEIC and AVIF: upright, in sRGB, on white, and refused where they are damaged or too large."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion.photos import Limits
from fusion.photos.decode import glance, read
from fusion.types import Role
from tests.support.decoded import NOISE, P3, codes, off_by, reason_of, reference
from tests.support.fixtures.photos import colours, saved

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize("name", ["plain", "ten_bit", "turned_3", "turned_6", "turned_7", "burst"])
def test_a_heic_is_read_upright_and_its_primary_picture_alone(name: str) -> None:
    data = (DATA / f"{name}.heic").read_bytes()
    photo = read(data, Role.TARGET)
    assert off_by(photo, colours()) <= 3
    assert glance(data) == photo.size
    assert codes(photo) == (["converted_deep"] if name == "ten_bit" else [])


def test_a_heic_in_display_p3_becomes_srgb() -> None:
    photo = read((DATA / "display_p3_nclx.heic").read_bytes(), Role.TARGET)
    assert np.abs(photo.pixels.astype(int) - reference(colours(), 255, None, P3)).mean() < 1.5
    assert codes(photo) == ["converted_gamma"]
    assert "Display P3" in str(photo.notices[0])


def test_a_transparent_heic_is_laid_on_white() -> None:
    photo = read((DATA / "transparent.heic").read_bytes(), Role.TARGET)
    assert (photo.pixels[:, :40] == 255).all()
    assert np.abs(photo.pixels[:, 40:].astype(int) - colours()[:, 40:]).max() <= 3
    assert codes(photo) == ["alpha_dropped"]


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_a_heic_cut_short_is_refused(share: float) -> None:
    data = (DATA / "plain.heic").read_bytes()
    assert reason_of(data[: int(len(data) * share)]) in ("photo_truncated", "photo_unreadable")


def test_a_heic_beyond_the_limits_is_refused_from_its_header() -> None:
    data = (DATA / "plain.heic").read_bytes()
    assert reason_of(data, Limits(max_pixels=7000)) == "photo_too_large"
    assert reason_of(data, Limits(min_side=100)) == "photo_too_small"
    assert reason_of(data, Limits(max_memory_bytes=1000)) == "photo_too_deep"


def test_avif_of_ten_bits_is_rounded() -> None:
    deep = np.random.default_rng(1).integers(0, 1024, (80, 96, 1)).astype(np.uint16).repeat(3, axis=2)
    options = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 100, cv2.IMWRITE_AVIF_SPEED, 9]
    photo = read(cv2.imencode(".avif", deep, options)[1].tobytes(), Role.TARGET)
    stored = np.floor(deep.astype(float) * 255 / 1023 + 0.5).astype(int)
    assert off_by(photo, stored) <= 1


def test_heic_leaves_pillow_as_it_was() -> None:
    read((DATA / "plain.heic").read_bytes(), Role.TARGET)
    Image.init()
    assert "HEIF" not in Image.OPEN


def test_many_threads_read_what_one_does() -> None:
    files = [path.read_bytes() for path in sorted(DATA.glob("*.heic"))] + [
        saved(colours(), "PNG"),
        saved(NOISE, "JPEG"),
    ]
    alone = [read(data, Role.TARGET).pixels for data in files]
    wrong: list[int] = []

    def again() -> None:
        for number, data in enumerate(files):
            if not np.array_equal(read(data, Role.TARGET).pixels, alone[number]):
                wrong.append(number)

    threads = [threading.Thread(target=again) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
