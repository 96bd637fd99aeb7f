"""Where a face is in its patch: what is computed there alone must not be missed beside it."""

from __future__ import annotations

import math

import numpy as np
import torch

from fusion.engines.landmark import maps
from fusion.engines.landmark.aligned import MARGIN
from fusion.engines.landmark.regions import parts_of
from fusion.faces import geometry
from fusion.ops import filters, mask
from fusion.photos import Photo
from fusion.pipeline import Pipeline

HEIGHT, WIDTH = 900, 800
CPU = torch.device("cpu")


def landmarks(target: Photo) -> np.ndarray:
    """(478, 3): the sample target's, 340 px wide in the middle of the patch."""
    with Pipeline(device="cpu") as pipeline:
        face = pipeline.finder.find(target.pixels).faces[0]
    points = np.concatenate([face.landmarks, face.depth[:, None]], axis=1).astype(np.float64)
    points *= 340 / geometry.face_width(points)
    points[:, :2] += [WIDTH / 2, HEIGHT / 2] - points[:, :2].mean(0)
    return points


def beside(shape: np.ndarray) -> torch.Tensor:
    """(HEIGHT, WIDTH) bool: what is not in the place of a face."""
    rows, columns = parts_of(shape[:, :2], WIDTH, HEIGHT, CPU).place(HEIGHT, WIDTH)
    away = torch.ones(HEIGHT, WIDTH, dtype=torch.bool)
    away[rows, columns] = False
    assert away.float().mean() > 0.4
    return away


def test_what_is_seen_of_a_source_and_looked_at_for_its_light_lies_in_its_place(target: Photo) -> None:
    shape = landmarks(target)
    parts = parts_of(shape[:, :2], WIDTH, HEIGHT, CPU)
    looked_at = torch.zeros_like(parts.wide)
    room = math.ceil(MARGIN * parts.width_px)  # as `Aligned.cut` has it
    looked_at[:, *mask.span_of(torch.maximum(parts.wide, parts.wearable) > 0, room)] = 1
    assert not filters.enlarge(looked_at, HEIGHT, WIDTH)[0, beside(shape)].any()


def test_beside_it_no_ground_moves(target: Photo) -> None:
    shape = landmarks(target)
    other = shape + [[20.0, -15.0, 0.0]] * np.sin(np.arange(478))[:, None]
    fields = maps.make(other, shape, 0.5, WIDTH, HEIGHT, CPU)
    assert fields.shift > 1
    assert not filters.enlarge(fields.moved, HEIGHT, WIDTH)[:, beside(fields.shape)].any()
