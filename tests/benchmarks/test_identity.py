"""Who is to be seen in the fused photo, as an independent judge sees it; and with whose pose and expression.

The judge is dlib's face descriptor, which has no part in the fusion. The figures are in benchmarks/results.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.identity import SHAPES, Judge
from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import Role

RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


@pytest.fixture(scope="module", params=["astronaut", "admiral"])
def row(request: pytest.FixtureRequest, pipeline: Pipeline, sample_pair: tuple[bytes, bytes]) -> list[Result]:
    """The sample pair with one of the two as target, at every ratio."""
    astronaut, admiral = (decode.read(data, role) for data, role in zip(sample_pair, Role, strict=True))
    target, source = (astronaut, admiral) if request.param == "astronaut" else (admiral, astronaut)
    return [pipeline.run(target, source, Settings(ratio=ratio)) for ratio in RATIOS]


@pytest.fixture(scope="module")
def people(sample_pair: tuple[bytes, bytes]) -> list[Photo]:
    return [decode.read(data, role) for data, role in zip(sample_pair, Role, strict=True)]


@pytest.fixture
def glasses_stay(request: pytest.FixtureRequest, row: list[Result]) -> None:
    """The admiral's glasses stay on top: they are much of who she is."""
    if any(notice.code == "glasses_kept" for notice in row[-1].notices):
        request.applymarker(pytest.mark.xfail(strict=True, reason="glasses that stay hide too much of the source"))


@pytest.mark.usefixtures("glasses_stay")
def test_the_face_becomes_the_sources_step_by_step(
    row: list[Result], pipeline: Pipeline, judge: Judge, people: list[Photo]
) -> None:
    admiral_first = row[0].target_face.width_px > 120
    source = people[0] if admiral_first else people[1]
    wanted = judge.describe(source.pixels, row[0].source_face)
    original = judge.describe(row[0].before, row[0].target_face)
    seen = [judge.describe(result.pixels, result.target_face) for result in row]
    to_source = [float(np.linalg.norm(one - wanted)) for one in seen]
    assert all(after < before for before, after in itertools.pairwise(to_source))
    assert to_source[-1] <= 0.42  # one person's own photos are up to 0.6 apart
    assert float(np.linalg.norm(seen[-1] - original)) >= 0.54


@pytest.mark.usefixtures("glasses_stay")
def test_the_pose_stays_the_targets(row: list[Result], pipeline: Pipeline) -> None:
    for result in row:
        face = pipeline.finder.find(result.pixels).faces[0]
        before = result.target_face
        for angle in ("yaw", "pitch", "roll"):
            assert abs(getattr(face, angle) - getattr(before, angle)) <= 3.5, (angle, result.settings.ratio)


def test_the_expression_stays_the_targets(row: list[Result], pipeline: Pipeline) -> None:
    for result in row:
        shapes = pipeline.finder.find(result.pixels).faces[0].blendshapes
        for name in SHAPES:
            assert abs(shapes[name] - result.target_face.blendshapes[name]) <= 0.25, (name, result.settings.ratio)
