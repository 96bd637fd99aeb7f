"""A face found again where a job has found it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from advisor.diagnosis.case import of_files
from advisor.quality import find_near
from fusion.faces import FaceFinder
from fusion.photos import Photo
from fusion.types import Box


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as found:
        yield found


def test_a_face_is_found_again_where_it_was(finder: FaceFinder, target: Photo) -> None:
    face = finder.find(target.pixels).faces[0]
    again = find_near(finder, target.pixels, face.box)
    assert again is not None
    apart = np.linalg.norm(again.landmarks - face.landmarks, axis=1)
    assert apart.mean() < 0.01 * face.width_px
    assert abs(again.yaw - face.yaw) < 1.0


@pytest.mark.parametrize("box", [Box(0, 0, 60, 60), Box(-90, -90, -20, -20), Box(900, 900, 1000, 1000)])
def test_another_place_has_no_face(finder: FaceFinder, target: Photo, box: Box) -> None:
    assert find_near(finder, target.pixels, box) is None


def test_a_smaller_face_beside_a_larger_one_is_the_one_that_was_asked_for(finder: FaceFinder, target: Photo) -> None:
    small = target.pixels[::2, ::2]
    both = np.full((512, 800, 3), 128, np.uint8)
    both[:, :512], both[100 : 100 + len(small), 530 : 530 + small.shape[1]] = target.pixels, small
    faces = finder.find(both).faces
    assert len(faces) == 2
    again = find_near(finder, both, faces[1].box)
    assert again is not None
    assert again.width_px == pytest.approx(faces[1].width_px, rel=0.05)


def test_where_a_job_found_its_faces_is_where_they_are_looked_for(
    finder: FaceFinder, sample_pair: tuple[bytes, bytes]
) -> None:
    case = of_files(*sample_pair, None)
    assert case.source is not None
    faces = [finder.find(pixels).faces[0] for pixels in (case.target, case.source)]
    known = replace(case, boxes=(faces[0].box, faces[1].box))
    whole, near = case.examined(finder).measures, known.examined(finder, others=False).measures
    for name in ("target.face", "source.face"):
        assert near.number(f"{name}.blur") == pytest.approx(whole.number(f"{name}.blur"), abs=0.02)
        assert near.number(f"{name}.width_px") == pytest.approx(whole.number(f"{name}.width_px"), rel=0.02)
