"""Several faces of one photo in one job: each has its own source, and what no face reaches stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from fusion.errors import Cancelled, FusionError, NoFace, PairRefused, Reason, SettingsInvalid
from fusion.face_setting import ALL, FaceChoice, Mapped
from fusion.faces import FaceFinder
from fusion.facts import Use
from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline, Result, placement, together
from fusion.settings import Settings
from fusion.types import Box, EngineName, Role, Size, Stage, Switch, Tier
from tests.support.fixtures.photos import saved
from tests.support.fixtures.shown import with_sunglasses

PLAIN = Settings(engine=EngineName.LANDMARK, output=Tier.T512)
BOTH = replace(PLAIN, map=(Mapped(0, 0), Mapped(1, 1)))


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as made:
        yield made


@pytest.fixture(scope="module")
def group(target: Photo, source: Photo) -> Photo:
    """The astronaut at the left, the admiral at the right."""
    left, right = (cv2.resize(photo.pixels, (512, 512)) for photo in (target, source))
    return decode.read(saved(np.hstack([left, right]), "PNG"), Role.TARGET)


@pytest.fixture(scope="module")
def swapped(pipeline: Pipeline, group: Photo, target: Photo, source: Photo) -> Result:
    """Each has the other's face."""
    return pipeline.run(group, source, BOTH, others=(target,))


def test_each_face_gets_its_own_source(swapped: Result) -> None:
    assert [face.photo for face in swapped.mapped] == [0, 1]
    assert all(face.placed is not None for face in swapped.mapped)
    left, right = (face.target_face.box.centre[0] for face in swapped.mapped)
    assert left < right
    assert [source.use for source in swapped.sources] == [Use.MAPPED, Use.MAPPED]


def test_the_result_is_as_much_alike_as_the_face_that_is_least_so(swapped: Result) -> None:
    alike = [face.likeness.source for face in swapped.mapped if face.likeness is not None]
    assert swapped.likeness is not None
    assert (len(alike), swapped.likeness.source) == (2, min(alike))


def test_what_no_face_reaches_is_the_target_bit_for_bit(swapped: Result) -> None:
    inside = np.zeros(swapped.pixels.shape[:2], bool)
    for face in swapped.mapped:
        region = face.region
        inside[region.top : region.top + region.height, region.left : region.left + region.width] = True
    assert not inside.all()
    assert np.array_equal(swapped.pixels[~inside], swapped.before[~inside])


def test_faces_that_do_not_reach_each_other_come_out_as_if_each_were_alone(
    pipeline: Pipeline, swapped: Result, group: Photo, target: Photo, source: Photo
) -> None:
    for face, photo in zip(swapped.mapped, (source, target), strict=True):
        alone = replace(PLAIN, faces=FaceChoice(face.target_face.box))
        made = pipeline.run(group, photo, alone)
        region = face.region
        rows = slice(region.top, region.top + region.height)
        columns = slice(region.left, region.left + region.width)
        assert np.array_equal(made.pixels[rows, columns], swapped.pixels[rows, columns])


def test_a_map_is_kept_with_the_boxes_of_its_faces_and_makes_the_same_picture_again(
    pipeline: Pipeline, swapped: Result, group: Photo, target: Photo, source: Photo
) -> None:
    kept = Settings.from_json(swapped.settings.to_json())
    assert all(isinstance(line.face, Box) for line in kept.map)
    again = pipeline.run(group, source, kept, others=(target,))
    assert np.array_equal(again.pixels, swapped.pixels)
    assert again.settings == kept


def test_all_is_every_face(pipeline: Pipeline, group: Photo, source: Photo) -> None:
    made = pipeline.run(group, source, replace(PLAIN, map=(Mapped(ALL, 0),)))
    assert [line.photo for line in made.settings.map] == [0, 0]
    assert len({line.face for line in made.settings.map}) == 2


def test_a_map_of_one_face_makes_what_choosing_it_makes(pipeline: Pipeline, group: Photo, source: Photo) -> None:
    mapped = pipeline.run(group, source, replace(PLAIN, map=(Mapped(1, 0),)))
    chosen = pipeline.run(group, source, replace(PLAIN, faces=FaceChoice(1)))
    assert np.array_equal(mapped.pixels, chosen.pixels)


def test_at_ratio_0_nothing_changes(pipeline: Pipeline, group: Photo, target: Photo, source: Photo) -> None:
    made = pipeline.run(group, source, replace(BOTH, ratio=0.0), others=(target,))
    assert np.array_equal(made.pixels, made.before)


def test_a_preview_finishes_every_face(pipeline: Pipeline, swapped: Result) -> None:
    plain = pipeline.preview(swapped, swapped.settings).astype(int)
    brighter = pipeline.preview(swapped, replace(swapped.settings, brightness=0.4)).astype(int)
    changed = np.abs(brighter - plain).max(2) > 20
    half = changed.shape[1] // 2
    assert changed[:, :half].mean() > 0.01
    assert changed[:, half:].mean() > 0.01
    fused = cv2.resize(swapped.pixels, plain.shape[1::-1], interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(fused - plain).mean() < 2


def test_the_work_counts_the_faces_and_progress_never_goes_back(
    pipeline: Pipeline, group: Photo, target: Photo, source: Photo
) -> None:
    told: list[float] = []
    made = pipeline.run(
        group, source, replace(BOTH, ratio=0.65), lambda stage, fraction: told.append(fraction), others=(target,)
    )
    assert made.measurement.workload.faces == 2
    assert told == sorted(told)
    assert told[-1] <= 1


def test_it_can_be_cancelled_between_two_faces(pipeline: Pipeline, group: Photo, target: Photo, source: Photo) -> None:
    def stop(stage: Stage, fraction: float) -> None:
        if stage == Stage.FUSE and fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        pipeline.run(group, source, replace(BOTH, ratio=0.61), stop, others=(target,))


@pytest.mark.parametrize(
    ("lines", "kind", "reason"),
    [
        ((Mapped(2, 0),), NoFace, Reason.FACE_INDEX),
        ((Mapped(0, 2),), SettingsInvalid, Reason.SOURCE_INDEX),
        ((Mapped(0, 0), Mapped("largest", 0), Mapped(1, 0)), SettingsInvalid, Reason.FACE_MAPPED_TWICE),
    ],
)
def test_a_map_that_the_photos_do_not_bear_out_is_refused(
    pipeline: Pipeline,
    group: Photo,
    target: Photo,
    source: Photo,
    lines: tuple[Mapped, ...],
    kind: type[FusionError],
    reason: Reason,
) -> None:
    with pytest.raises(kind) as caught:
        pipeline.run(group, source, replace(PLAIN, map=lines), others=(target,))
    assert caught.value.reason == reason


def test_a_source_without_a_face_is_named(pipeline: Pipeline, group: Photo, source: Photo) -> None:
    empty = replace(source, sha256="empty", pixels=np.full_like(source.pixels, 128))
    with pytest.raises(NoFace) as caught:
        pipeline.run(group, source, BOTH, others=(empty,))
    assert (caught.value.reason, caught.value.details["number"]) == (Reason.MAP_FACELESS, 2)


def test_a_pair_that_makes_no_picture_is_named(pipeline: Pipeline, group: Photo, target: Photo, source: Photo) -> None:
    with FaceFinder() as finder:
        painted = with_sunglasses(target.pixels, finder.find(target.pixels).faces[0])
    worn = decode.read(saved(painted, "PNG"), Role.SOURCE)
    with pytest.raises(PairRefused) as caught:
        pipeline.run(group, source, BOTH, others=(worn,))
    assert (caught.value.reason, caught.value.details["number"]) == (Reason.MAP_REFUSED, 2)


def test_where_two_faces_reach_the_same_pixels_the_later_one_lies_on_top(swapped: Result) -> None:
    placed = swapped.mapped[0].placed
    assert placed is not None
    before = torch.from_numpy(swapped.before)
    alone = placement.finished(before, placed, swapped.settings)
    earlier = torch.where(before < 200, before + 40, before)
    out = together.added(earlier.clone(), before, alone, placed)
    cover = placed.cover[..., 0]
    room = placed.working.room
    rows, columns = slice(room.top, room.top + room.height), slice(room.left, room.left + room.width)
    hidden, open_ = cover == 1, cover == 0
    assert hidden.any()
    assert torch.equal(out[rows, columns][hidden], alone[rows, columns][hidden])
    same = open_ & (alone[rows, columns] == before[rows, columns]).all(-1)
    assert torch.equal(out[rows, columns][same], earlier[rows, columns][same])
    outside = torch.ones(before.shape[:2], dtype=torch.bool)
    outside[rows, columns] = False
    assert torch.equal(out[outside], earlier[outside])


def test_two_stages_give_each_face_its_own_source_and_leave_what_no_face_reaches(
    pipeline: Pipeline, group: Photo, target: Photo, source: Photo
) -> None:
    settings = replace(BOTH, output=Size(4000, 2000), two_stage=Switch.ON)
    staged = pipeline.run(group, source, settings, others=(target,))
    assert staged.measurement.workload.two_stage
    assert [face.photo for face in staged.mapped] == [0, 1]
    assert all(face.placed is not None for face in staged.mapped)
    inside = np.zeros(staged.pixels.shape[:2], bool)
    for face in staged.mapped:
        region = face.region
        part = np.s_[region.top : region.top + region.height, region.left : region.left + region.width]
        inside[part] = True
        assert np.abs(staged.pixels[part].astype(int) - staged.before[part]).mean() > 2
    assert np.array_equal(staged.pixels[~inside], staged.before[~inside])
    whole = pipeline.run(group, source, replace(settings, two_stage=Switch.OFF), others=(target,))
    afar = [cv2.GaussianBlur(result.pixels, (0, 0), 4).astype(float) for result in (whole, staged)]
    assert 10 * np.log10(255**2 / np.mean((afar[0] - afar[1])[inside] ** 2)) > 34
