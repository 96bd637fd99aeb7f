"""A JPEG that lacks only its end is taken; one of which more is missing is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

from fusion.errors import PhotoRejected
from fusion.photos import jpeg_markers
from fusion.photos.decode import read
from fusion.types import Role
from tests.support.decoded import NOISE, codes, off_by, reason_of
from tests.support.fixtures.photos import colours, saved

END = b"\xff\xd9"
KINDS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 5},
    "progressive restarts": {"progressive": True, "restart_marker_rows": 1},
    "4:4:4": {"subsampling": 0},
    "one restart a row": {"restart_marker_rows": 1, "subsampling": 0},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pixels", [NOISE, colours()], ids=["noise", "smooth"])
@pytest.mark.parametrize("tail", [b"", b"\xff", bytes(5000)], ids=["none", "half a marker", "zeros"])
def test_a_jpeg_that_lacks_only_its_end_is_taken(kind: str, pixels: np.ndarray, tail: bytes) -> None:
    whole = saved(pixels, "JPEG", **KINDS[kind])
    assert whole.endswith(END)
    photo = read(whole[:-2] + tail, Role.TARGET)
    assert off_by(photo, read(whole, Role.TARGET).pixels) == 0
    assert codes(photo) == ["end_missing"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tail", [b"", bytes(5000)], ids=["none", "zeros"])
def test_a_jpeg_of_which_more_is_missing_is_refused_or_whole(kind: str, tail: bytes) -> None:
    whole = saved(NOISE, "JPEG", **KINDS[kind])
    expected = read(whole, Role.TARGET).pixels
    for cut in (*range(3, 60), 200, 1000, 3000, len(whole) // 2):
        with contextlib.suppress(PhotoRejected):
            assert off_by(read(whole[:-cut] + tail, Role.TARGET), expected) == 0, cut


def test_a_progressive_jpeg_without_its_last_scans_is_refused() -> None:
    whole = saved(NOISE, "JPEG", progressive=True)
    at, scans = 0, []
    while (at := whole.find(b"\xff\xda", at + 1)) > 0:
        scans.append(at)
    assert len(scans) > 3
    for start in scans[1:]:
        tables = whole.rfind(b"\xff\xc4", 0, start)
        for end in (start, tables):
            assert reason_of(whole[:end]) == "photo_truncated"


def test_a_jpeg_cut_between_two_restart_markers_is_refused() -> None:
    whole = saved(NOISE, "JPEG", restart_marker_rows=1)
    for number in range(7):
        at = whole.rfind(bytes([0xFF, 0xD0 + number]))
        if at > 0:
            assert reason_of(whole[:at]) == "photo_truncated"
            assert reason_of(whole[: at + 2]) == "photo_truncated"


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    whole = saved(colours(), "JPEG", progressive=True)
    start = whole.rfind(b"\xff\xda")
    assert reason_of(whole[:-2] + whole[start:-2] * 1000 + END) == "photo_unreadable"


def test_a_jpeg_that_is_0xff_throughout_is_refused_in_a_time_that_grows_with_its_length() -> None:
    """A search for its markers that takes the square of that would not end within a test's time."""
    assert jpeg_markers.layout(b"\xff\xd8\xff\xda\0\2" + b"\xff" * 2_000_000).scans <= 1
