"""The label as a page shows it is the label as it is downloaded."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fusion.jobs import Outcome
from fusion.labels import Label
from fusion.photos import Format, encode
from fusion.settings import Settings
from fusion.sizing import Rect
from pages.parts.session import stamps
from pages.parts.session.previews import ResultView, as_file, recipe_file, view_result
from tests.support.fixtures.facts import facts

FACE = Rect(700, 560, 180, 200)  # over the corner that labels are drawn into where they can


def result(folder: Path, width: int, height: int, opaque: Rect | None = None) -> ResultView:
    pixels = np.random.default_rng(7).integers(60, 200, (height // 8, width // 8, 3)).astype(np.uint8)
    pixels = np.kron(pixels, np.ones((8, 8, 1), np.uint8))
    files = folder / "output.png", folder / "before.png"
    for file in files:
        file.write_bytes(encode(pixels, Format.PNG, opaque=opaque))
    recipe = {"fusewise": "1", "id": "0123456789abcdef"}
    return view_result("job", Settings(), Outcome(*files, facts(region=FACE), recipe))


def pixels_of(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.parametrize("label", list(Label))
def test_what_is_shown_of_a_label_is_that_part_of_the_file(tmp_path: Path, label: Label) -> None:
    view = result(tmp_path, 960, 800)
    plain, labelled = pixels_of(as_file(view, Format.PNG, None)), pixels_of(as_file(view, Format.PNG, label))
    stamp = stamps.stamp(view.output, view.facts, label)
    left, top, width, height = (round(part * side) for part, side in zip(stamp.box, (960, 800) * 2, strict=True))
    there = slice(top, top + height), slice(left, left + width)
    shown = pixels_of(base64.b64decode(stamp.url.partition(",")[2]))
    assert shown.shape[:2] == (height, width)
    assert np.abs(shown - labelled[there]).mean() < 6, "but for JPEG"
    assert np.abs(shown - plain[there]).mean() > 30
    labelled[there] = plain[there]
    assert (labelled == plain).all()
    assert f'"text": "{label.text}"' in recipe_file(view, label)
    assert label.text not in recipe_file(view, None)


def test_the_example_shows_the_label_with_what_is_around_it(tmp_path: Path) -> None:
    view = result(tmp_path, 960, 800)
    shown = pixels_of(base64.b64decode(stamps.example(view.output, view.facts, Label.EN).partition(",")[2]))
    assert shown.shape[1] <= stamps.EXAMPLE_PX
    assert shown.shape[0] > 0.4 * shown.shape[1]


def test_a_transparent_result_is_shown_on_checks_with_its_label_on_the_picture(tmp_path: Path) -> None:
    part = Rect(320, 0, 320, 800)
    view = result(tmp_path, 960, 800, part)
    left, _, width, _ = stamps.stamp(view.output, view.facts, Label.EN).box
    assert left * 960 >= part.left
    assert (left + width) * 960 <= part.left + part.width
    small = pixels_of(stamps.shown("job", view.output, view.facts, Label.EN, 480))
    assert small[:, :150].min() > 180, "checks"


def test_a_result_whose_file_is_gone_has_no_label(tmp_path: Path) -> None:
    view = result(tmp_path, 960, 800)
    view.output.unlink()
    with pytest.raises(OSError, match=r"output\.png"):
        stamps.stamp(view.output, view.facts, Label.EN)
