"""A face without a fault is called clean; one fault painted into it is named, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from fusion.faces import FaceFinder, geometry, mesh
from fusion.inspection import Fault, FaultKind, Inspection, Part, Scene, faults, scene
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName

Pixels = np.ndarray
Points = np.ndarray


@pytest.fixture(scope="module")
def faces(target: Photo, source: Photo) -> dict[str, tuple[Pixels, Points]]:
    """Pixels and landmarks, px, of the two sample photos, enlarged so that both faces are some 200 px wide."""
    with FaceFinder() as finder:
        return {
            "astronaut": _enlarged(target.pixels, finder.find(target.pixels).faces[0].landmarks, 2.0),
            "admiral": _enlarged(source.pixels, finder.find(source.pixels).faces[0].landmarks, 1.0),
        }


def _enlarged(pixels: Pixels, points: Points, scale: float) -> tuple[Pixels, Points]:
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), points * scale


@pytest.fixture(scope="module")
def scenes(faces: dict[str, tuple[Pixels, Points]]) -> dict[str, Scene]:
    """Each of the two as the target, with the other as the source."""
    (astronaut, her_points), (admiral, other_points) = faces["astronaut"], faces["admiral"]
    return {
        "astronaut": scene(astronaut, admiral, her_points, her_points, other_points),
        "admiral": scene(admiral, astronaut, other_points, other_points, her_points),
    }


@pytest.fixture
def seen(faces: dict[str, tuple[Pixels, Points]], scenes: dict[str, Scene]) -> Callable[..., tuple[Fault, ...]]:
    """The faults of the astronaut's photo (or the admiral's) that was painted into, with the other as the source."""

    def look(paint: Callable[[Pixels, Points], Pixels], target: str = "astronaut") -> tuple[Fault, ...]:
        pixels, points = faces[target]
        return faults(scenes[target], paint(pixels.copy(), points))

    return look


def untouched(pixels: Pixels, points: Points) -> Pixels:
    return pixels


def tinted(points: Points, pixels: Pixels, place: Points, radius: float, shade: tuple[int, int, int]) -> Pixels:
    """A soft patch of another tone; `radius` is a share of the face's width."""
    mask = np.zeros(pixels.shape[:2], np.float32)
    width = geometry.face_width(points)
    cv2.circle(mask, (int(place[0]), int(place[1])), int(radius * width), 1.0, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.02 * width)[..., None]
    return np.clip(pixels + soft * np.array(shade, np.float32), 0, 255).round().astype(np.uint8)


def kinds(found: tuple[Fault, ...]) -> set[FaultKind]:
    return {fault.kind for fault in found}


@pytest.mark.parametrize("who", ["astronaut", "admiral"])
def test_the_target_itself_is_clean(seen: Callable[..., tuple[Fault, ...]], who: str) -> None:
    assert seen(untouched, who) == ()


@pytest.mark.parametrize("shade", [(-80, -80, -80), (-50, -20, 15)], ids=["dark", "grey"])
def test_a_patch_on_the_cheek_is_named_with_its_place(
    seen: Callable[..., tuple[Fault, ...]], faces: dict[str, tuple[Pixels, Points]], shade: tuple[int, int, int]
) -> None:
    place = faces["astronaut"][1][list(mesh.RIGHT_CHEEK)].mean(0)
    found = seen(lambda pixels, points: tinted(points, pixels, place, 0.1, shade))
    patch = next(fault for fault in found if fault.kind == FaultKind.PATCH)
    assert patch.part == Part.RIGHT_CHEEK
    assert patch.box.left <= place[0] <= patch.box.right
    assert patch.box.top <= place[1] <= patch.box.bottom


def test_a_black_eye_socket_is_named_on_its_side(
    seen: Callable[..., tuple[Fault, ...]], faces: dict[str, tuple[Pixels, Points]]
) -> None:
    place = faces["astronaut"][1][list(mesh.LEFT_EYE + mesh.LEFT_BROW)].mean(0)
    found = seen(lambda pixels, points: tinted(points, pixels, place, 0.13, (-110, -110, -110)))
    assert found[0].kind == FaultKind.EYES
    assert found[0].part == Part.LEFT_EYE


def test_a_hard_border_down_a_cheek_is_an_edge(seen: Callable[..., tuple[Fault, ...]]) -> None:
    def halved(pixels: Pixels, points: Points) -> Pixels:
        darker = np.clip(pixels.astype(int) - 70, 0, 255).astype(np.uint8)
        column = int(points[list(mesh.RIGHT_CHEEK), 0].mean())
        pixels[:, :column] = darker[:, :column]
        return pixels

    assert FaultKind.EDGE in kinds(seen(halved))


def test_half_a_pair_of_glasses_is_a_ghost(seen: Callable[..., tuple[Fault, ...]]) -> None:
    def without_the_right(pixels: Pixels, points: Points) -> Pixels:
        width = geometry.face_width(points)
        eye = points[468]
        mask = np.zeros(pixels.shape[:2], np.uint8)
        cv2.ellipse(mask, (int(eye[0]), int(eye[1])), (int(0.3 * width), int(0.2 * width)), 0, 0, 360, 255, -1)
        cv2.ellipse(mask, (int(eye[0]), int(eye[1])), (int(0.1 * width), int(0.05 * width)), 0, 0, 360, 0, -1)
        return cv2.inpaint(pixels, mask, 5, cv2.INPAINT_TELEA)

    assert FaultKind.GHOST in kinds(seen(without_the_right, "admiral"))


def test_strands_across_a_cheek_are_a_ghost(seen: Callable[..., tuple[Fault, ...]]) -> None:
    def strands(pixels: Pixels, points: Points) -> Pixels:
        drawn, width = pixels.copy(), geometry.face_width(points)
        start = points[list(mesh.RIGHT_CHEEK)].mean(0) + np.array([-0.08, 0.02]) * width
        for along in (0.0, 0.06, 0.12):
            top = start + np.array([along, 0.0]) * width
            bottom = top + np.array([0.03, 0.3]) * width
            first, last = ((int(end[0]), int(end[1])) for end in (top, bottom))
            cv2.line(drawn, first, last, (50, 35, 30), 4, cv2.LINE_AA)
        return cv2.addWeighted(drawn, 0.8, pixels, 0.2, 0)

    assert FaultKind.GHOST in kinds(seen(strands))


def test_a_fringe_that_ends_at_the_brows_is_a_ghost(seen: Callable[..., tuple[Fault, ...]]) -> None:
    def barred(pixels: Pixels, points: Points) -> Pixels:
        inner, width = points[[107, 336]], geometry.face_width(points)
        first, last = ((int(end[0]), int(end[1] - 0.03 * width)) for end in inner)
        drawn = cv2.line(pixels.copy(), first, last, (40, 30, 25), int(0.06 * width), cv2.LINE_AA)
        return cv2.GaussianBlur(drawn, (0, 0), 1)

    found = seen(barred)
    assert any(fault.kind == FaultKind.GHOST and fault.part == Part.FOREHEAD for fault in found)


@pytest.mark.parametrize(("shade", "place"), [((90, 90, 90), 223), ((-120, -120, -120), 5)], ids=["glare", "stain"])
def test_what_is_brighter_or_darker_among_the_features_is_a_patch(
    seen: Callable[..., tuple[Fault, ...]],
    faces: dict[str, tuple[Pixels, Points]],
    shade: tuple[int, int, int],
    place: int,
) -> None:
    where = faces["astronaut"][1][place]
    assert FaultKind.PATCH in kinds(seen(lambda pixels, points: tinted(points, pixels, where, 0.08, shade)))


@pytest.mark.parametrize("who", ["astronaut", "admiral"])
def test_washed_out_features_are_ashen(seen: Callable[..., tuple[Fault, ...]], who: str) -> None:
    def washed(pixels: Pixels, points: Points) -> Pixels:
        soft = cv2.GaussianBlur(pixels, (0, 0), 0.06 * geometry.face_width(points))
        return cv2.addWeighted(pixels, 0.45, soft, 0.55, 0)

    assert FaultKind.ASHEN in kinds(seen(washed, who))


def test_a_face_that_is_darker_as_a_whole_is_ashen(seen: Callable[..., tuple[Fault, ...]]) -> None:
    assert FaultKind.ASHEN in kinds(seen(lambda pixels, points: (pixels * 0.75).astype(np.uint8)))


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as made:
        yield made


def test_what_the_engine_makes_of_the_samples_is_clean(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    result = pipeline.run(source, target, Settings(engine=EngineName.LANDMARK))
    scale = result.size.width / source.size.width
    points = result.target_face.landmarks * scale
    pictures = scene(result.before, target.pixels, points, points, result.source_face.landmarks)
    assert faults(pictures, result.pixels) == ()


def test_glasses_that_come_along_whole_are_no_fault(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    result = pipeline.run(target, source, Settings(engine=EngineName.LANDMARK))
    assert "glasses_carried" in {notice.code for notice in result.notices}
    assert result.inspection == Inspection()
    scale = result.size.width / target.size.width
    points = result.target_face.landmarks * scale
    pictures = scene(result.before, source.pixels, points, points, result.source_face.landmarks)
    assert FaultKind.GHOST not in kinds(faults(pictures, result.pixels)), "the pictures tell it, too"


def test_the_same_pictures_have_the_same_faults(
    seen: Callable[..., tuple[Fault, ...]], faces: dict[str, tuple[Pixels, Points]]
) -> None:
    place = faces["astronaut"][1][list(mesh.RIGHT_CHEEK)].mean(0)
    first, again = (seen(lambda pixels, points: tinted(points, pixels, place, 0.1, (-80, -80, -80))) for _ in range(2))
    assert first == again


def test_a_tiny_face_at_the_border_can_be_looked_at(faces: dict[str, tuple[Pixels, Points]]) -> None:
    pixels, points = faces["astronaut"]
    small = cv2.resize(pixels, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA)
    corner = np.floor(points.mean(0) * 0.15).astype(int)
    cut, moved = small[corner[1] :, corner[0] :], points * 0.15 - corner
    assert isinstance(faults(scene(cut, pixels, moved, moved, points), cut), tuple)
