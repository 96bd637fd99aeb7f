"""Small pictures of results: of the small one that the worker has left, or of the file where that shows too little."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fusion import compared
from fusion.compared import Half, Pixels
from fusion.jobs import Outcome
from fusion.photos import Format, encode
from fusion.sizing import Rect
from fusion.types import Box
from pages.parts.session import thumbnails
from tests.support.fixtures.facts import facts

SIDE, SHOWN = 3200, 320
LARGE, SMALL = Box(800, 800, 2400, 2400), Box(800, 800, 1100, 1100)


def face_in(made: bytes) -> Pixels:
    found = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert found is not None
    return np.asarray(found, np.uint8)


@pytest.fixture
def result(tmp_path: Path) -> Outcome:
    """A large one, with what the worker leaves beside it; its face is a gradient."""
    before = np.zeros((SIDE, SIDE, 3), np.uint8)
    after = before.copy()
    ramp = np.linspace(60, 250, 1600).astype(np.uint8)
    after[800:2400, 800:2400] = ramp[:, None, None]
    files = tmp_path / "output.png", tmp_path / "before.png"
    for file, pixels in zip(files, (after, before), strict=True):
        file.write_bytes(encode(pixels, Format.PNG))
    room = Rect(800, 800, 1600, 1600)
    compared.keep(files[0], compared.compared(*(Half.of(pixels, room, "a") for pixels in (before, after))))
    return Outcome(*files, facts(region=room, heads=(LARGE,)), {"fusewise": "1", "id": "a"})


def test_it_shows_the_same_face_as_the_file_does(result: Outcome) -> None:
    small = face_in(thumbnails.square("a", result, SHOWN))
    (result.output.with_name("compared.json")).unlink()
    whole = face_in(thumbnails.square("a", result, SHOWN))
    assert small.shape == whole.shape == (SHOWN, SHOWN, 3)
    assert np.abs(small.astype(int) - whole).mean() < 1.5


def test_nothing_of_a_large_file_is_decoded_for_it(result: Outcome) -> None:
    of_bytes = result.output.stat().st_size
    result.output.write_bytes(b"\0" * of_bytes)
    assert thumbnails.square("a", result, SHOWN)


def test_a_small_face_in_a_large_picture_is_cut_from_the_file(result: Outcome) -> None:
    made = Outcome(result.output, result.before, facts(region=result.facts.region, heads=(SMALL,)), result.recipe)
    result.output.write_bytes(b"\0" * result.output.stat().st_size)
    with pytest.raises(OSError, match=r"output\.png"):
        thumbnails.square("a", made, SHOWN)


def test_what_was_kept_of_another_file_or_cut_short_is_not_shown(result: Outcome) -> None:
    kept = result.output.with_name("compared.json")
    whole = face_in(thumbnails.square("a", result, SHOWN))
    kept.write_bytes(kept.read_bytes()[:-200])
    assert np.abs(face_in(thumbnails.square("a", result, SHOWN)).astype(int) - whole).mean() < 1.5
