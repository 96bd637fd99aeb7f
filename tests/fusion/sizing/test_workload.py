"""How much work a fusion will be, said before it: held against the engines and against what jobs then do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from fusion.engines import layers
from fusion.engines.landmark import engine
from fusion.faces import Face, FaceFinder, geometry
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.sizing import Rect, Subject, layout, workload
from fusion.sizing.workload import room_of
from fusion.types import EngineName, Fit, Precision, Size, Switch, Tier
from fusion.upscale import Found, Kind, registry

SETTINGS = [
    Settings(output=Tier.T512),
    Settings(output=Tier.ORIGINAL),
    Settings(output=Size(777, 1313)),
    Settings(output=Size(4096, 4096)),
    Settings(output=Size(1024, 1792), fit=Fit.PAD),
    Settings(output=Size(3000, 2000), fit=Fit.CROP),
]


@pytest.fixture(scope="module")
def faces(target: Photo, source: Photo) -> tuple[Face, Face]:
    with FaceFinder() as finder:
        first, second = (finder.find(photo.pixels).faces[0] for photo in (target, source))
    return first, second


def test_the_landmark_engines_room_is_foretold_exactly(target: Photo, source: Photo, faces: tuple[Face, Face]) -> None:
    for photo, face in zip((target, source), faces, strict=True):
        for settings in SETTINGS:
            plan = layout.plan(photo.size, settings, face.box)
            points = layers.in_output(face, plan)
            foretold = room_of(plan, face.box, geometry.face_width(points), EngineName.LANDMARK)
            assert foretold == engine.room(points, plan.size), settings


def test_the_unet_engines_room_is_foretold_within_a_tenth(
    target: Photo, source: Photo, faces: tuple[Face, Face]
) -> None:
    from fusion.engines.unet import engine

    for photo, face in zip((target, source), faces, strict=True):
        for settings in SETTINGS:
            plan = layout.plan(photo.size, settings, face.box)
            points = layers.in_output(face, plan)
            foretold = room_of(plan, face.box, geometry.face_width(points), EngineName.UNET)
            really = engine.room(points, plan.size)
            assert foretold.size.pixels == pytest.approx(really.size.pixels, rel=0.1), settings
            assert overlap(foretold, really) > 0.9, settings


def overlap(one: Rect, other: Rect) -> float:
    """Intersection over union."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(0, width) * max(0, height)
    return shared / (one.size.pixels + other.size.pixels - shared)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    """With Lanczos alone, which is quick."""
    with Pipeline(device="cpu") as pipeline:
        pipeline._fuser._enlargers = registry.Enlargers(look=lambda: (Found(Kind.LANCZOS, "Lanczos", None, True),))
        yield pipeline


@pytest.fixture
def enlarged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pixels of what was enlarged, as it happens."""
    seen: list[int] = []
    enlarge = registry.Enlargers.enlarge

    def spied(self: registry.Enlargers, pixels: np.ndarray, factor: float, *rest: Any) -> registry.Enlarged:
        seen.append(pixels.shape[0] * pixels.shape[1])
        return enlarge(self, pixels, factor, *rest)

    monkeypatch.setattr(registry.Enlargers, "enlarge", spied)
    return seen


@pytest.mark.parametrize(
    ("side", "two_stage", "staged"),
    [
        (512, Switch.ON, False),  # the face's room is small already
        (2304, Switch.AUTO, False),
        (2816, Switch.OFF, False),
        (2816, Switch.AUTO, True),
    ],
)
def test_a_second_stage_is_foretold(
    pipeline: Pipeline,
    target: Photo,
    source: Photo,
    faces: tuple[Face, Face],
    enlarged: list[int],
    side: int,
    two_stage: Switch,
    staged: bool,
) -> None:
    settings = Settings(output=Size(side, side), two_stage=two_stage, ratio=1.0)
    subject = Pair(target, source, faces[0], faces[1]).subject
    foretold = workload(subject, settings, EngineName.LANDMARK, Precision.FLOAT32)
    assert foretold == pipeline.run(target, source, settings).measurement.workload
    assert foretold.two_stage == staged
    assert foretold.enlarger == ("lanczos" if staged else "")
    assert [foretold.enlarged_px] == ([pytest.approx(enlarged[0], rel=0.1)] if staged else [0])


def test_a_source_that_has_the_pixels_is_not_enlarged(
    pipeline: Pipeline, target: Photo, source: Photo, enlarged: list[int]
) -> None:
    larger = replace(source, pixels=cv2.resize(source.pixels, None, fx=3.5, fy=3.5), sha256="larger")
    with FaceFinder() as finder:
        found = [finder.find(photo.pixels).faces[0] for photo in (target, larger)]
    pair = Pair(target, larger, found[0], found[1])
    settings = Settings(output=Size(2816, 2816), ratio=1.0)
    foretold = workload(pair.subject, settings, EngineName.LANDMARK, Precision.FLOAT32)
    assert foretold == pipeline.run(target, larger, settings).measurement.workload
    assert foretold.two_stage
    assert (foretold.enlarged_px, foretold.enlarger, enlarged) == (0, "", [])


def test_a_target_that_stays_as_it_is_has_no_face_to_work_on(
    target: Photo, source: Photo, faces: tuple[Face, Face]
) -> None:
    subject = Pair(target, source, *faces).subject
    work = workload(subject, Settings(ratio=0.0), EngineName.LANDMARK, Precision.FLOAT32)
    assert (work.face_px, work.room_px, work.two_stage) == (0, 0, False)
    assert work.photos_px == target.size.pixels + source.size.pixels
    assert work.source_photo_px == source.size.pixels


def test_without_faces_the_sizes_are_foretold_all_the_same(target: Photo) -> None:
    work = workload(Subject(target.size), Settings(output=Tier.T1024), EngineName.UNET, Precision.BFLOAT16)
    assert work.output == Size(1024, 1024)
    assert (work.face_px, work.room_px, work.source_px) == (0, 0, 0)


def test_the_unet_engine_enlarges_what_its_model_draws(target: Photo, source: Photo, faces: tuple[Face, Face]) -> None:
    subject = Pair(target, source, *faces).subject
    asked, by_itself = (
        workload(subject, Settings(output=Tier.T4096, two_stage=switch), EngineName.UNET, Precision.FLOAT32, "span")
        for switch in (Switch.ON, Switch.AUTO)
    )
    assert (asked.two_stage, asked.enlarged_px, asked.enlarger) == (True, 1024 * 1024, "span")
    assert (by_itself.two_stage, by_itself.enlarged_px, by_itself.enlarger) == (False, 0, "")
