"""The face of the sample target, as the engine's parts see it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from fusion.engines.landmark.regions import Parts, parts_of
from fusion.faces import Face, FaceFinder
from fusion.photos import Photo


@pytest.fixture(scope="package")
def face(target: Photo) -> Iterator[Face]:
    finder = FaceFinder()
    yield finder.find(target.pixels).faces[0]
    finder.close()


@pytest.fixture(scope="package")
def parts(face: Face) -> Parts:
    points = face.landmarks[:, :2]
    points = (points - points.min(0)) * (150 / np.ptp(points[:, 0])) + [57, 95]
    return parts_of(points, 264, 320, torch.device("cpu"))
