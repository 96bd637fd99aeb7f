"""Where the label goes: corners first, never over a face while anything else is free, always within what is seen."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.labels import Label, Placed, place
from fusion.sizing import Rect
from fusion.types import Box, Size

SIZE = Size(1000, 800)


def middle(placed: Placed) -> tuple[float, float]:
    box = placed.box
    return box.left + box.width / 2, box.top + box.height / 2


def shared(box: Rect, face: Box) -> float:
    across = min(box.left + box.width, face.right) - max(box.left, face.left)
    down = min(box.top + box.height, face.bottom) - max(box.top, face.top)
    return max(0.0, across) * max(0.0, down)


def is_within(box: Rect, part: Rect) -> bool:
    return (
        part.left <= box.left
        and part.top <= box.top
        and box.left + box.width <= part.left + part.width
        and box.top + box.height <= part.top + part.height
    )


def test_it_goes_to_the_bottom_right() -> None:
    x, y = middle(place(Label.ZH, SIZE))
    assert (x > 750, y > 600) == (True, True)


@pytest.mark.parametrize(
    ("taken", "right", "bottom"),
    [
        ([(700, 500)], False, True),
        ([(700, 500), (0, 500)], True, False),
        ([(700, 500), (0, 500), (700, 0)], False, False),
    ],
)
def test_a_corner_where_a_face_is_leaves_it_to_the_next(
    taken: list[tuple[int, int]], right: bool, bottom: bool
) -> None:
    faces = [Box(left + 80, top + 100, left + 220, top + 200) for left, top in taken]
    x, y = middle(place(Label.ZH, SIZE, faces))
    assert (x > 500, y > 400) == (right, bottom)


def test_hair_and_hats_belong_to_a_face() -> None:
    face = Box(760, 860, 960, 990)  # below the label's own place: only what is above the brow reaches it
    placed = place(Label.ZH, Size(1000, 1000), [Box(face.left, 975, face.right, 1175)])
    assert middle(placed)[0] < 500
    assert placed.notice is None


def test_with_a_face_in_every_corner_it_goes_to_an_edge() -> None:
    faces = [Box(x, y, x + 150, y + 150) for x in (10, 840) for y in (10, 640)]
    placed = place(Label.ZH, SIZE, faces)
    assert all(shared(placed.box, face) == 0 for face in faces)
    assert placed.box.top + placed.box.height > 750
    assert placed.notice is None


def test_where_all_is_faces_the_least_is_covered_and_told() -> None:
    faces = [Box(0, 0, 1000, 800)]
    placed = place(Label.EN, SIZE, faces)
    assert placed.notice is not None
    assert placed.notice.code == "label_over_face"
    assert 1 <= float(str(placed.notice.details["percent"])) < 10
    assert "covers" in str(placed.notice)
    assert placed.to_json()["covers_face"] == pytest.approx(placed.covered, abs=0.001)


def test_of_two_faces_that_fill_the_picture_the_free_strip_between_is_found() -> None:
    faces = [Box(-100, -100, 390, 900), Box(610, -100, 1100, 900)]
    placed = place(Label.ZH, SIZE, faces)
    assert placed.covered == 0


@pytest.mark.parametrize("label", Label)
@pytest.mark.parametrize("part", [Rect(100, 0, 800, 800), Rect(0, 300, 1000, 200), Rect(450, 0, 100, 800)])
def test_it_stays_within_what_is_seen(part: Rect, label: Label) -> None:
    assert is_within(place(label, SIZE, (), part).box, part)


@pytest.mark.parametrize("label", Label)
def test_it_is_never_over_a_face_while_a_corner_is_free(label: Label) -> None:
    random = np.random.default_rng(2)
    for _ in range(200):
        size = Size(*map(int, random.integers(256, 2048, 2)))
        side = min(size.width, size.height)
        faces = []
        for _ in range(int(random.integers(1, 6))):
            x, y, wide = random.uniform(0, size.width), random.uniform(0, size.height), random.uniform(0.05, 0.4) * side
            faces.append(Box(x - wide / 2, y - wide * 0.65, x + wide / 2, y + wide * 0.65))
        placed = place(label, size, faces)
        assert is_within(placed.box, Rect(0, 0, size.width, size.height))
        over = max(shared(placed.box, face) for face in faces)
        assert (over > 0) == (placed.covered > 0)
        if placed.covered:  # then every corner is taken too
            width, height = placed.box.width, placed.box.height
            for left in (0, size.width - width):
                for top in (0, size.height - height):
                    assert any(shared(Rect(left, top, width, height), face) for face in faces)


def test_what_the_recipe_says_of_it() -> None:
    placed = place(Label.ZH, SIZE)
    box = placed.box
    assert placed.to_json() == {"text": "AI生成", "box": [box.left, box.top, box.width, box.height]}
