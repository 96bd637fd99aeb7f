"""What looks wrong in a fused face is given back to the target, or told."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from fusion.faces import geometry
from fusion.inspection import FaultKind, Inspection, InspectionVerdict, Part
from fusion.parsing import Maps
from fusion.photos import Photo
from fusion.pipeline import Pipeline, mending
from fusion.pipeline.placement import Placed
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.sizing import layout
from fusion.types import EngineName

SETTINGS = Settings(engine=EngineName.LANDMARK)


@pytest.fixture(scope="module")
def fused(target: Photo, source: Photo) -> tuple[Placed, Pair]:
    """The astronaut's face in the admiral's photo, in which nothing looks wrong."""
    with Pipeline(device="cpu") as pipeline:
        result = pipeline.run(source, target, SETTINGS)
    assert result.placed is not None
    assert result.inspection == Inspection()
    return result.placed, Pair(source, target, result.target_face, result.source_face)


def stained(placed: Placed, landmarks: tuple[int, ...]) -> Placed:
    """The fused face with a soft grey stain at each landmark."""
    layers = placed.layers
    assert layers.composed is not None
    assert layers.shape is not None
    points = layers.shape - [layers.region.left, layers.region.top]
    width = geometry.face_width(layers.shape)
    mask = np.zeros(layers.composed.shape[1:], np.float32)
    for landmark in landmarks:
        cv2.circle(mask, points[landmark].astype(int).tolist(), round(0.07 * width), 1.0, -1)
    soft = torch.from_numpy(cv2.GaussianBlur(mask, (0, 0), 0.02 * width))
    darker = layers.composed - torch.tensor([30.0, 8.0, 8.0])[:, None, None] * soft
    return replace(placed, layers=replace(layers, composed=darker))


def looked_at(placed: Placed, pair: Pair) -> Inspection:
    plan = layout.plan(pair.target.size, SETTINGS, pair.target_face.box)
    _, found = mending.inspected(placed, pair, plan, SETTINGS, Maps())
    assert found is not None
    return found


def test_a_stained_cheek_is_given_back(fused: tuple[Placed, Pair]) -> None:
    placed, pair = fused
    found = looked_at(stained(placed, (205,)), pair)
    assert found == Inspection((), (Part.RIGHT_CHEEK,))
    assert [notice.code for notice in mending.notices(found)] == ["given_back"]


def test_where_too_much_would_go_nothing_is_given_back_and_all_is_told(fused: tuple[Placed, Pair]) -> None:
    placed, pair = fused
    found = looked_at(stained(placed, (50, 280, 205, 425, 151, 199)), pair)
    assert found.given_back == ()
    assert found.verdict == InspectionVerdict.POOR
    assert FaultKind.PATCH in {fault.kind for fault in found.faults}
    assert {notice.code for notice in mending.notices(found)} == {f"looks_{fault.kind}" for fault in found.faults[:2]}
