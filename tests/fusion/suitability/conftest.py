"""What tests of the verdict share: a face that stands in nobody's way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.faces import Face, FaceFinder
from fusion.suitability import Shown, look
from tests.support.fixtures.photos import admiral, astronaut


@pytest.fixture(scope="package")
def faces() -> tuple[Face, Face]:
    """The astronaut's and the admiral's."""
    with FaceFinder() as finder:
        first, second = (finder.find(photo).faces[0] for photo in (astronaut(), admiral()))
    return first, second


@pytest.fixture(scope="package")
def free(faces: tuple[Face, Face]) -> Shown:
    """A look at the astronaut, from the front, with nothing hidden and enough px."""
    shown = look(astronaut(), faces[0])
    hidden = {trouble: np.zeros_like(amount) for trouble, amount in shown.hidden.items()}
    posed = replace(shown, hidden=hidden, yaw=0.0, pitch=0.0, width_px=300.0)
    return replace(posed, contrast=1.0, beard=0.0, smile=0.5, burnt=0.0)
