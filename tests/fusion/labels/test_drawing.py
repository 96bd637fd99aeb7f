"""The label as it is drawn: high enough, legible on any ground, nothing touched but its plate. Measured in pixels."""

from __future__ import annotations

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from benchmarks.labels import ink
from fusion.labels import INK_SHARE, Label, drawn
from fusion.labels.lettering import _FONTS
from fusion.sizing import Rect
from fusion.types import Box, Size
from tests.support import ROOT

SIZES = [(512, 512), (512, 910), (1024, 576), (1000, 1500), (3000, 513), (100, 96), (100, 4000)]
LETTERS = {Label.EN: len("AImodified"), Label.ZH: len("AI生成")}
GROUNDS = ("white", "black", "noise")


def picture(ground: str, width: int, height: int) -> np.ndarray:
    """(H, W, 3) uint8, a new one."""
    if ground == "noise":
        return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return np.full((height, width, 3), 255 if ground == "white" else 0, np.uint8)


@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_smallest_letter_is_a_twentieth_of_the_shorter_side_and_legible(
    width: int, height: int, ground: str, label: Label
) -> None:
    pixels, placed = drawn(picture(ground, width, height), label)
    found = ink.measured(pixels, placed.box)
    assert found.smallest_px >= INK_SHARE * min(width, height)
    assert found.contrast >= 4.5
    assert found.letters == LETTERS[label]


@pytest.mark.parametrize("label", Label)
def test_it_is_no_larger_than_it_must_be(label: Label) -> None:
    pixels, placed = drawn(np.full((1024, 1024, 3), 128, np.uint8), label)
    assert ink.measured(pixels, placed.box).smallest_px <= 0.052 * 1024
    assert placed.box.width < 0.45 * 1024


@pytest.mark.parametrize("label", Label)
def test_the_picture_itself_is_drawn_into_and_nothing_but_the_plate(label: Label) -> None:
    pixels = picture("noise", 700, 512)
    before = pixels.copy()
    labelled, placed = drawn(pixels, label)
    box = placed.box
    assert labelled is pixels
    changed = (pixels != before).any(axis=2)
    assert changed[box.top : box.top + box.height, box.left : box.left + box.width].mean() > 0.9
    changed[box.top : box.top + box.height, box.left : box.left + box.width] = False
    assert not changed.any()


def test_the_same_picture_gets_the_same_label() -> None:
    one, other = (drawn(picture("noise", 512, 512), Label.EN)[0] for _ in range(2))
    assert np.array_equal(one, other)


def test_a_picture_that_must_stay_as_it_is_is_refused() -> None:
    pixels = np.zeros((512, 512, 3), np.uint8)
    pixels.flags.writeable = False
    with pytest.raises(ValueError, match="hand in a copy"):
        drawn(pixels, Label.ZH)


def test_a_smaller_copy_has_the_label_in_the_same_corner() -> None:
    whole, face = Size(2000, 3000), Box(1300, 2300, 1900, 2900)
    part = Rect(0, 500, 2000, 2500)
    small = np.zeros((600, 400, 3), np.uint8)
    large, placed = drawn(np.zeros((3000, 2000, 3), np.uint8), Label.EN, [face], part)
    _, shown = drawn(small, Label.EN, [face], part, of=whole)
    assert large.shape[1] / small.shape[1] == 5
    for one, other in zip(
        (placed.box.left, placed.box.top, placed.box.width, placed.box.height),
        (shown.box.left, shown.box.top, shown.box.width, shown.box.height),
        strict=True,
    ):
        assert abs(one / 5 - other) <= 5


@pytest.mark.parametrize("label", Label)
def test_its_font_holds_its_letters_alone_under_a_name_of_its_own(label: Label) -> None:
    with TTFont(_FONTS / f"{label}.ttf") as font:
        assert set(map(chr, font.getBestCmap())) == set(label.text)
        assert font["name"].getDebugName(1) == f"Fusewise Label {label.name}"
    assert (_FONTS / f"{label}.ttf").stat().st_size < 5000


def test_the_licence_of_the_fonts_lies_beside_them_and_is_named() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (_FONTS / "OFL.txt").read_text(encoding="utf-8")
    assert "fusion/labels/fonts" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_ink_is_told_from_a_picture_without_any() -> None:
    with pytest.raises(ValueError, match="no letters"):
        ink.measured(np.full((100, 200, 3), 90, np.uint8), Rect(0, 0, 200, 100))


@pytest.mark.parametrize("label", Label)
def test_in_a_strip_that_is_too_thin_for_any_label_what_there_is_room_for_is_drawn(label: Label) -> None:
    for width in range(1, 40):
        pixels, strip = picture("noise", 512, 300), Rect(90, 0, width, 300)
        before = pixels.copy()
        _, placed = drawn(pixels, label, (), strip)
        box = placed.box
        assert (box.left >= strip.left, box.left + box.width <= strip.left + width) == (True, True)
        changed = (pixels != before).any(axis=(0, 2))
        assert changed.any()
        assert not changed[: strip.left].any()
        assert not changed[strip.left + width :].any()
