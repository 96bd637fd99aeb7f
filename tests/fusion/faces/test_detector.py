"""The windows in which faces are looked for, and which of overlapping boxes is kept."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fusion.faces.detector import suppress
from fusion.faces.finder import _is_one
from fusion.faces.windows import OVERLAP, WINDOW_HEIGHT, spans
from fusion.types import Box


@pytest.mark.parametrize("side", [1, 127, 128, 129, 767, 768, 769, 1280, 1281, 5520, 38_400])
def test_windows_cover_everything_and_overlap_enough(side: int) -> None:
    covered = spans(side, WINDOW_HEIGHT)
    assert covered[0][0] == 0
    assert covered[-1][1] == side
    assert all(end - start <= WINDOW_HEIGHT for start, end in covered)
    assert all(end - start >= OVERLAP for (_, end), (start, _) in itertools.pairwise(covered))


def test_of_overlapping_boxes_the_best_is_kept() -> None:
    rows = np.array([[0, 0, 10, 10, 0.8], [1, 1, 11, 11, 0.9], [30, 0, 40, 10, 0.7]])
    assert suppress(rows).tolist() == [1, 2]
    assert suppress(np.empty((0, 5))).tolist() == []


def test_a_face_that_is_drawn_into_a_part_of_another_one_is_that_one() -> None:
    face = Box(100, 100, 500, 600)
    assert _is_one(Box(120, 150, 380, 480), face), "some fifth of it, and all within"
    assert _is_one(Box(110, 90, 520, 610), face)
    assert not _is_one(Box(480, 100, 880, 600), face), "cheek to cheek"
    assert not _is_one(Box(420, 300, 560, 480), face), "before its shoulder"
