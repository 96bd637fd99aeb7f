"""Masks are drawn, and looked at, where they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from fusion.ops import mask

WIDTH, HEIGHT = 90, 70


@pytest.mark.parametrize("middle", [(45.3, 30.7), (2.0, 69.0), (-30.0, 20.0)], ids=["within", "at a corner", "outside"])
@pytest.mark.parametrize("sigma", [0.0, 1.3])
def test_a_soft_polygon_is_the_same_as_one_drawn_over_the_whole_picture(
    middle: tuple[float, float], sigma: float
) -> None:
    points = np.array([(-9.0, -5.2), (7.4, -8.0), (11.0, 6.1), (-4.5, 9.3)]) + middle
    whole = mask.grown(mask.polygon(points, WIDTH, HEIGHT), 2.5)
    if sigma:
        whole = cv2.GaussianBlur(whole, (9, 9), sigma, borderType=cv2.BORDER_REPLICATE)
    assert mask.soft_polygon(points, WIDTH, HEIGHT, 2.5, sigma) == pytest.approx(whole, abs=1e-6)


def test_a_span_holds_all_that_is_true_with_its_room_and_begins_at_whole_steps() -> None:
    area = torch.zeros(1, HEIGHT, WIDTH, dtype=torch.bool)
    area[0, 20:31, 85:88] = True
    assert mask.span_of(area) == (slice(20, 31), slice(85, 88))
    assert mask.span_of(area, room=5, step=4) == (slice(12, 36), slice(80, WIDTH))


def test_what_is_nowhere_spans_nothing() -> None:
    assert mask.span_of(torch.zeros(1, HEIGHT, WIDTH, dtype=torch.bool)) == (slice(0, 0), slice(0, 0))
