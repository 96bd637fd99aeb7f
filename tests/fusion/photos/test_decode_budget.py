"""A glance decodes nothing, and decoding takes no more memory than it may."""

from __future__ import annotations

import io
import struct
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion.photos import Limits, formats, header
from fusion.photos.decode import glance, read
from fusion.photos.decode_budget import Budget
from fusion.types import Role
from tests.support.decoded import NOISE, reason_of
from tests.support.fixtures.photos import saved

DATA = Path(__file__).parents[2] / "data"


def _files() -> dict[str, bytes]:
    made = {format: saved(NOISE, format) for format in ("JPEG", "PNG", "WEBP", "BMP", "AVIF")}
    made["TIFF"] = saved(NOISE, "TIFF")
    return made | {"HEIC": (DATA / "plain.heic").read_bytes(), "lossless": saved(NOISE, "WEBP", lossless=True)}


@pytest.mark.parametrize("name", _files())
def test_a_glance_decodes_nothing(name: str) -> None:
    data = _files()[name]
    broken = bytearray(data)
    kept = len(data) * 3 // 4  # what a decoder would need is gone
    broken[kept:] = bytes(len(data) - kept)
    cut = data[:kept]
    assert glance(bytes(broken)) == glance(cut) == glance(data) == read(data, Role.TARGET).size


def test_what_takes_too_much_memory_is_refused_before_any_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: object, remarks: object) -> None:
        raise AssertionError("it was decoded")

    deep = np.zeros((600, 600, 4), np.uint16)
    data = cv2.imencode(".png", deep)[1].tobytes()
    needed = formats.header(data).memory_bytes
    assert needed >= 19 * 600 * 600
    read(data, Role.TARGET, Limits(max_memory_bytes=needed))
    monkeypatch.setattr(header.File, "decode", never)
    assert reason_of(data, Limits(max_memory_bytes=needed - 1)) == "photo_too_deep"


@pytest.mark.parametrize("tile", [(65_536, 65_536), (8192, 4096)])
def test_a_tiff_whose_tiles_are_larger_than_any_picture_is_refused(tile: tuple[int, int]) -> None:
    directory = {256: 64, 257: 64, 258: 8, 259: 8, 262: 1, 277: 1, 322: tile[0], 323: tile[1], 324: 8, 325: 8}
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in directory.items())
    data = b"II*\0" + struct.pack("<IQH", 16, 0, len(directory)) + body + bytes(4)
    assert reason_of(data) == "photo_unreadable"


def test_a_tiff_of_ten_thousand_pages_is_counted_no_further_than_a_hundred() -> None:
    buffer = io.BytesIO()
    page = Image.new("L", (64, 64))
    page.save(buffer, "TIFF", save_all=True, append_images=[page] * 150)
    photo = read(buffer.getvalue(), Role.TARGET)
    assert photo.notices[0].details["frames"] == 101


def test_a_small_one_never_waits_for_large_ones() -> None:
    budget = Budget(total_bytes=1000, small_bytes=100)
    done, go = threading.Event(), threading.Event()
    waiting = threading.Thread(target=lambda: _hold(budget, 700, done))
    with budget.taken(700):
        waiting.start()
        with budget.taken(100), budget.taken(100):
            assert not done.is_set()
            go.set()
    waiting.join()
    assert done.is_set()
    assert go.is_set()


def test_what_is_larger_than_the_budget_is_taken_alone() -> None:
    budget, done = Budget(total_bytes=1000, small_bytes=100), threading.Event()
    with budget.taken(5000):
        other = threading.Thread(target=lambda: _hold(budget, 5000, done))
        other.start()
        assert not done.is_set()
    other.join()
    assert done.is_set()


def _hold(budget: Budget, count: int, done: threading.Event) -> None:
    with budget.taken(count):
        done.set()
