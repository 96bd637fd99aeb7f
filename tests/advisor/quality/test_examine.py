"""What is measured of a result: a clean fusion of the sample pair, and what is done to it, one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from advisor.quality import Examined, ResultQuality, examine
from fusion.face_setting import FaceChoice
from fusion.faces import Face, FaceFinder, mesh
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import SAME_PERSON, EngineName, Likeness


@dataclass(frozen=True)
class Fusion:
    """A clean one, with the target at its size; `points` of the target's face, px of both."""

    target: np.ndarray
    source: np.ndarray
    result: np.ndarray
    before: np.ndarray
    region: Rect
    faces: tuple[Face, Face]
    points: np.ndarray
    finder: FaceFinder

    def examined(self, result: np.ndarray | None = None, before: np.ndarray | None = None) -> Examined:
        """With another result; by `before` as a job of ours."""
        return examine(
            self.target,
            None,
            self.result if result is None else result,
            self.finder,
            before=self.before if before is None else before,
            region=self.region,
            target_face=self.faces[0],
        )

    def measured(self, result: np.ndarray | None = None) -> ResultQuality:
        found = self.examined(result).measures.result
        assert found is not None
        return found

    def foreign(self, result: np.ndarray) -> ResultQuality:
        """As a result of which nothing more is known."""
        found = examine(self.target, None, result, self.finder, target_face=self.faces[0]).measures.result
        assert found is not None
        return found

    def over_face(self, shrunk: float = 0.9, feather: float = 0.05) -> np.ndarray:
        """(H, W, 1) float32: 1 within the face's outline, shrunk; its border is as soft as a share of the width."""
        outline = self.points[list(mesh.OVAL)]
        middle = outline.mean(0)
        mask: np.ndarray = np.zeros(self.result.shape[:2], np.float32)
        cv2.fillPoly(mask, [np.round(middle + shrunk * (outline - middle)).astype(np.int32)], 1.0)
        if feather:
            mask = cv2.GaussianBlur(mask, (0, 0), feather * self.faces[0].width_px)
        return mask[..., None]

    def with_cast(self, red: float, yellow: float) -> np.ndarray:
        lab = cv2.cvtColor(self.result.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        lab += self.over_face() * np.array([0, red, yellow], np.float32)
        return np.round(255 * np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)).astype(np.uint8)

    def mixed(self, other: np.ndarray, **kind: float) -> np.ndarray:
        """Another picture in the place of the face."""
        mask = self.over_face(**kind)
        return np.round(self.result * (1 - mask) + other * mask).astype(np.uint8)


@pytest.fixture(scope="module")
def fusion(target: Photo, source: Photo) -> Iterator[Fusion]:
    """The astronaut's photo with the admiral's face: over the admiral's own, glasses would stay."""
    with FaceFinder() as finder:
        pipeline = Pipeline(finder)
        made = pipeline.run(target, source, Settings(engine=EngineName.LANDMARK, ratio=1.0))
        scale = made.size.width / target.size.width
        points = made.target_face.landmarks.astype(np.float64) * scale
        faces = (made.target_face, made.source_face)
        yield Fusion(target.pixels, source.pixels, made.pixels, made.before, made.region, faces, points, finder)


@pytest.fixture(scope="module")
def clean(fusion: Fusion) -> ResultQuality:
    return fusion.measured()


def test_a_clean_fusion_is_found_clean(clean: ResultQuality) -> None:
    assert clean.is_aligned
    assert clean.change is not None
    assert clean.change > 3
    assert (clean.enlargement, clean.target_enlargement, clean.stretch) == (1, 1, 1)
    assert clean.edge_width is not None
    assert clean.edge_width > 0.009
    assert abs(clean.exposure_ev or 0) < 0.2
    assert np.hypot(clean.skin_a or 0, clean.skin_b or 0) < 3


def test_where_nothing_was_done_there_is_no_border(fusion: Fusion) -> None:
    examined = fusion.examined(fusion.before)
    result = examined.measures.result
    assert result is not None
    assert examined.marks is not None
    assert (result.change, result.edge_width, result.edge_p95, result.edge_where) == (0, None, None, "")
    assert examined.marks.contour.shape == (0, 2)
    assert not examined.marks.soft.any()


@pytest.mark.parametrize("gain", [0.6, 0.8])
def test_another_brightness_is_no_other_face(fusion: Fusion, gain: float) -> None:
    toned = np.clip(fusion.before * (1 + (gain - 1) * fusion.over_face(1.0, 0)), 0, 255).astype(np.uint8)
    result = fusion.examined(toned).measures.result
    assert result is not None
    assert result.change is not None
    assert result.change < 0.6


def test_whose_face_it_is_is_measured_where_the_source_is_given(
    fusion: Fusion, clean: ResultQuality, source: Photo, target: Photo
) -> None:
    people = target if np.array_equal(fusion.target, source.pixels) else source
    result = examine(fusion.target, people.pixels, fusion.result, fusion.finder, before=fusion.before).measures.result
    assert result is not None
    assert result.like_source is not None
    assert result.like_source > SAME_PERSON
    assert clean.like_source is None
    told = Likeness(0.1, 0.2)
    known = examine(fusion.target, people.pixels, fusion.result, fusion.finder, likeness=told).measures.result
    assert known is not None
    assert (known.like_source, known.like_target) == (told.source, told.target)


def test_a_hard_outline_is_hard_and_is_found_where_it_is(fusion: Fusion, clean: ResultQuality) -> None:
    hard = np.where(fusion.over_face(0.85, 0) > 0, fusion.result, fusion.before)
    examined = fusion.examined(hard)
    result, marks = examined.measures.result, examined.marks
    assert result is not None
    assert marks is not None
    assert result.edge_width is not None
    # of a face 95 px wide: less than one px
    assert result.edge_width < 0.0085 < (clean.edge_width or 0)
    assert (result.edge_median or 0) > 1.3 * (clean.edge_median or 0)
    outline = fusion.points[list(mesh.OVAL)]
    outline = outline.mean(0) + 0.85 * (outline - outline.mean(0))
    away = [
        abs(cv2.pointPolygonTest(outline.astype(np.float32), tuple(map(float, each)), True)) for each in marks.contour
    ]
    assert np.median(away) < 2.5  # px


def test_what_is_marked_of_the_border_is_what_is_measured_of_it(fusion: Fusion) -> None:
    """A picture with a bright border and "nothing found" beside it is what somebody believes neither of."""
    examined = fusion.examined(fusion.with_cast(8.0, 8.0))
    result, marks = examined.measures.result, examined.marks
    assert result is not None
    assert marks is not None
    hidden = np.isnan(marks.jump)
    assert hidden.any(), "the hair of the target begins there"
    assert np.quantile(marks.jump[~hidden], 0.95) == pytest.approx(result.edge_p95, rel=1e-4)


@pytest.mark.parametrize("delta", [4, 8, 16])
def test_a_colour_cast_is_measured_in_its_own_unit(fusion: Fusion, clean: ResultQuality, delta: float) -> None:
    cast = fusion.measured(fusion.with_cast(0.6 * delta, -0.8 * delta))
    assert (cast.skin_a or 0) - (clean.skin_a or 0) == pytest.approx(0.6 * delta, abs=0.2 * delta)
    assert (cast.skin_b or 0) - (clean.skin_b or 0) == pytest.approx(-0.8 * delta, abs=0.2 * delta)


@pytest.mark.parametrize("stops", [-0.7, 0.7])
def test_an_exposure_step_is_measured_in_stops(fusion: Fusion, clean: ResultQuality, stops: float) -> None:
    lit = 255 * np.clip((fusion.result / 255) ** 2.2 * 2**stops, 0, 1) ** (1 / 2.2)
    lit_face = fusion.mixed(lit, shrunk=1.05, feather=0.02)
    step = (fusion.measured(lit_face).exposure_ev or 0) - (clean.exposure_ev or 0)
    assert step == pytest.approx(stops, abs=0.2)


def test_what_was_done_to_all_of_the_picture_is_no_step(fusion: Fusion, clean: ResultQuality) -> None:
    brighter = np.round(255 * (fusion.result / 255) ** 0.8).astype(np.uint8)
    assert abs((fusion.measured(brighter).exposure_ev or 0) - (clean.exposure_ev or 0)) < 0.2


def test_blurred_skin_is_told_from_a_blurred_face(fusion: Fusion, clean: ResultQuality) -> None:
    soft = cv2.bilateralFilter(fusion.result, 11, 120, 12)
    smooth, blurred = (
        fusion.measured(fusion.mixed(soft)),
        fusion.measured(fusion.mixed(cv2.GaussianBlur(fusion.result, (0, 0), 3.0))),
    )
    assert (smooth.skin or 0) < 0.75 * (clean.skin or 0)
    assert (smooth.features or 0) > 0.9 * (clean.features or 0)
    assert (blurred.features or 0) < 0.85 * (clean.features or 0)
    assert (blurred.face_to_ring or 0) < 0.85 * (clean.face_to_ring or 0)


def test_the_soft_place_is_marked(fusion: Fusion) -> None:
    marks = fusion.examined(fusion.mixed(cv2.GaussianBlur(fusion.result, (0, 0), 4.0))).marks
    assert marks is not None
    height, width = marks.soft.shape
    assert marks.soft[height // 2 - 10 : height // 2 + 10, width // 2 - 10 : width // 2 + 10].mean() > 0.5
    assert marks.soft[0].max() == 0
    assert (marks.soft_box.width / width) == pytest.approx(marks.soft_box.height / height, rel=0.02)


def test_grain_on_the_face_alone_is_too_much_grain(fusion: Fusion, clean: ResultQuality) -> None:
    noise = np.random.default_rng(1).normal(0, 14, fusion.result.shape[:2])[..., None]
    noisy = fusion.measured(fusion.mixed(np.clip(fusion.result + noise, 0, 255)))
    assert (noisy.grain or 0) > 1.8 * (clean.grain or 0)


def test_a_result_enlarged_afterwards_has_less_detail_than_its_target(fusion: Fusion) -> None:
    height, width = fusion.result.shape[:2]
    small = cv2.resize(fusion.result, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    enlarged = fusion.foreign(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))
    assert enlarged.enlargement > 2.5
    assert enlarged.target_enlargement == 1


def test_strong_compression_of_the_result_shows(fusion: Fusion, clean: ResultQuality) -> None:
    done, data = cv2.imencode(".jpg", fusion.result, [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert done
    assert clean.blockiness < 1.25 < 1.4 < fusion.measured(cv2.imdecode(data, cv2.IMREAD_COLOR)).blockiness


def test_a_result_that_was_cropped_and_enlarged_elsewhere_lies_on_its_target(
    fusion: Fusion, clean: ResultQuality
) -> None:
    low, high = fusion.points.min(0), fusion.points.max(0)
    room = 0.7 * (high - low)
    left, top = np.maximum(low - room, 0).astype(int)
    right, bottom = (high + room).astype(int)
    cut = fusion.result[top:bottom, left:right]
    found = fusion.foreign(cv2.resize(cut, None, fx=1.3, fy=1.3, interpolation=cv2.INTER_CUBIC))
    assert found.is_aligned
    assert found.stretch == pytest.approx(1, abs=0.02)
    assert found.inter_eye_px == pytest.approx(1.3 * clean.inter_eye_px, rel=0.03)
    assert found.change == pytest.approx(clean.change, rel=0.15)
    assert found.skin_a == pytest.approx(clean.skin_a, abs=1)
    assert found.edge_width is not None


@pytest.mark.parametrize("times", [0.8, 1.25])
def test_a_stretched_result_says_how_far(fusion: Fusion, times: float) -> None:
    stretched = cv2.resize(fusion.result, None, fx=times, fy=1, interpolation=cv2.INTER_AREA)
    found = fusion.foreign(stretched)
    assert found.is_aligned
    assert found.stretch == pytest.approx(times, rel=0.03)


def test_a_result_of_other_photos_is_not_compared(fusion: Fusion) -> None:
    found = fusion.foreign(fusion.source)
    assert not found.is_aligned
    assert (found.change, found.edge_p95, found.target_enlargement) == (None, None, None)
    assert found.inter_eye_px == pytest.approx(fusion.faces[1].inter_eye_px, rel=0.05)


def test_a_job_of_ours_needs_no_laying_even_where_its_frame_was_cropped(fusion: Fusion, clean: ResultQuality) -> None:
    room = (slice(40, None), slice(60, None))
    cut = replace(fusion, region=replace(fusion.region, left=fusion.region.left - 60, top=fusion.region.top - 40))
    found = cut.examined(np.ascontiguousarray(fusion.result[room]), np.ascontiguousarray(fusion.before[room]))
    assert found.measures.result is not None
    assert found.measures.result.change == pytest.approx(clean.change, rel=0.05)


def test_faces_are_found_where_they_are_not_known(fusion: Fusion) -> None:
    known = fusion.examined().measures
    found = examine(fusion.target, fusion.source, None, fusion.finder, target_bytes=10, source_bytes=20).measures
    assert found.target is not None
    assert known.target is not None
    assert found.source is not None
    assert found.target.face == known.target.face
    assert (found.target.file_bytes, found.source.file_bytes) == (10, 20)
    assert found.pair is not None
    assert found.result is None


def test_a_face_that_is_not_there_leaves_the_photo_measured(fusion: Fusion) -> None:
    choice = FaceChoice(source=3)
    found = examine(fusion.target, fusion.source, None, fusion.finder, faces=choice, target_face=fusion.faces[0])
    assert found.measures.source is not None
    assert found.measures.source.face is None
    assert found.measures.pair is None
    assert len(found.measures.source.faces_px) == 1
