"""What is between the lips is the target's; of paint on its lips no line is left there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fusion.engines.landmark import eyes_lips
from fusion.engines.landmark.regions import Parts
from fusion.engines.layers import Patch
from fusion.faces import Face

Lab = tuple[float, float, float]

SKIN, BARE, PAINT, TEETH = (75.0, 15.0, 14.0), (64.0, 21.0, 14.0), (40.0, 65.0, 45.0), (85.0, 0.0, 6.0)


def face_with(parts: Parts, lips: Lab, between: Lab) -> torch.Tensor:
    """(3, gh, gw) Lab: skin, lips, and what is between them."""
    lab = torch.tensor(SKIN).view(3, 1, 1).expand(3, *parts.oval.shape[-2:]).clone()
    lab[:, parts.lips[0] > 0.1] = torch.tensor(lips)[:, None]
    lab[:, parts.mouth[0] > 0.5] = torch.tensor(between)[:, None]
    return lab


def between_lips(parts: Parts, face: Face, lips: Lab, between: Lab) -> list[float]:
    """What is seen there of a target, after bare lips have come over its own from a mouth that is open wider."""
    points = np.concatenate([face.landmarks, np.zeros((478, 1))], axis=1).astype(np.float64)
    wider = points.copy()
    wider[14, 1] += 0.5 * abs(points[78, 0] - points[308, 0])
    patches = (Patch(torch.zeros(8, 8, 3, dtype=torch.uint8), each) for each in (points, wider))
    fused = eyes_lips.teeth(face_with(parts, BARE, BARE), face_with(parts, lips, between), parts, *patches)
    middle: list[float] = fused[:, parts.mouth[0] > 0.95].median(1).values.tolist()
    return middle


def test_a_line_of_paint_between_closed_lips_has_the_colour_of_the_lips(parts: Parts, face: Face) -> None:
    assert between_lips(parts, face, PAINT, PAINT) == pytest.approx(BARE, abs=4)


def test_teeth_between_painted_lips_stay_as_they_are(parts: Parts, face: Face) -> None:
    assert between_lips(parts, face, PAINT, TEETH) == pytest.approx(TEETH, abs=2)


def test_between_bare_lips_nothing_changes(parts: Parts, face: Face) -> None:
    assert between_lips(parts, face, BARE, (30.0, 30.0, 20.0)) == pytest.approx((30.0, 30.0, 20.0), abs=0.5)
