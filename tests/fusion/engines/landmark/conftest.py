"""Fixtures of two people, whose faces are looked for once, and a studio that paints something before a face."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import pytest
import torch

from fusion.engines.landmark.regions import Parts, parts_of
from fusion.faces import Face, FaceFinder, Search
from fusion.photos import Photo
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName

Paint = Callable[[np.ndarray, Face], np.ndarray]


class Remembered:
    """A finder that knows each face by the size of its photo: what is painted before a face moves no landmark."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, ...], Search] = {}

    def find(self, pixels: np.ndarray) -> Search:
        return self.known[pixels.shape]

    def close(self) -> None:
        self.known.clear()


@dataclass(frozen=True)
class Studio:
    """Two people, the astronaut and the admiral, and what fuses them whole."""

    pipeline: Pipeline
    finder: Remembered
    astronaut: Photo
    admiral: Photo

    def face(self, photo: Photo) -> Face:
        return self.finder.find(photo.pixels).faces[0]

    def painted(self, photo: Photo, paint: Paint) -> tuple[Photo, np.ndarray]:
        """The photo with something painted onto it, and (H, W) bool, where that is."""
        pixels = paint(photo.pixels.copy(), self.face(photo))
        drawn = (pixels != photo.pixels).any(2)
        return replace(photo, pixels=pixels, sha256=sha256(pixels.tobytes()).hexdigest()), drawn

    def fused(self, target: Photo, source: Photo, settings: Settings | None = None) -> Result:
        wish = settings or Settings()
        return self.pipeline.run(target, source, replace(wish, engine=EngineName.LANDMARK, ratio=1.0, anyway=True))


@pytest.fixture(scope="session")
def studio(target: Photo, source: Photo) -> Iterator[Studio]:
    finder = Remembered()
    with FaceFinder() as searching:
        for photo in (target, source):
            finder.known[photo.pixels.shape] = searching.find(photo.pixels)
    with Pipeline(finder, device="cpu") as pipeline:
        yield Studio(pipeline, finder, target, source)


@pytest.fixture(scope="package")
def face(studio: Studio) -> Face:
    return studio.face(studio.astronaut)


@pytest.fixture(scope="package")
def parts(face: Face) -> Parts:
    points = face.landmarks[:, :2]
    points = (points - points.min(0)) * (150 / np.ptp(points[:, 0])) + [57, 95]
    return parts_of(points, 264, 320, torch.device("cpu"))
