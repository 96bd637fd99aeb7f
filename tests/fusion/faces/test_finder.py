"""Every face of 40 px is found in photos of any size, and its landmarks stay on it however the photo is turned."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from fusion.errors import NoFace
from fusion.faces import Face, FaceFinder, choose
from fusion.faces.finder import Search
from fusion.faces.geometry import face_width
from fusion.faces.windows import FINEST, WINDOW_HEIGHT, WINDOW_WIDTH, spans
from fusion.types import Box, Role
from tests.support.fixtures.photos import ADMIRAL_BOX, ASTRONAUT_BOX, admiral, astronaut, head, paste, scene


@pytest.fixture(scope="module")
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as made:
        yield made


@pytest.fixture(scope="module")
def woman(finder: FaceFinder) -> Face:
    """The astronaut's face in her own photo."""
    (face,) = finder.find(astronaut()).faces
    return face


def apart(face: Face, expected: np.ndarray) -> float:
    """Mean distance of the landmarks from `expected`, in eye distances."""
    return float(np.linalg.norm(face.landmarks - expected, axis=1).mean()) / face.inter_eye_px


def at(faces: tuple[Face, ...], x: float, y: float) -> list[Face]:
    """The faces whose box holds that point."""
    return [f for f in faces if f.box.left < x < f.box.right and f.box.top < y < f.box.bottom]


# one face


def test_a_face_has_all_that_the_pipeline_needs(woman: Face) -> None:
    assert woman.landmarks.shape == (478, 2)
    assert woman.landmarks.dtype == np.float32
    assert woman.depth.shape == (478,)
    assert woman.score > 0.9
    assert len(woman.blendshapes) == 52
    assert {"jawOpen", "mouthSmileLeft", "eyeBlinkRight"} <= set(woman.blendshapes)
    assert woman.blendshapes["mouthSmileLeft"] > 0.3  # she smiles
    assert all(0 <= value <= 1 for value in woman.blendshapes.values())
    assert woman.inter_eye_px == pytest.approx(42, abs=3)
    assert woman.width_px == pytest.approx(95, abs=6)
    assert woman.width_px == face_width(woman.landmarks)


def test_landmarks_and_blendshapes_cannot_be_written(woman: Face) -> None:
    with pytest.raises(ValueError, match="read-only"):
        woman.landmarks[0] = 0
    with pytest.raises(TypeError):
        woman.blendshapes["jawOpen"] = 1.0  # type: ignore[index]


def test_landmarks_lie_where_the_features_are(woman: Face) -> None:
    left, top, right, bottom = ASTRONAUT_BOX
    assert abs(woman.box.left - left) < 12
    assert abs(woman.box.right - right) < 12
    assert abs(woman.box.bottom - bottom) < 12
    nose, chin, forehead = woman.landmarks[[4, 152, 10]]
    assert forehead[1] < nose[1] < chin[1]
    assert top - 15 < forehead[1] < top + 25
    # Pupils are darker than the whites beside them, lips redder than the chin.
    pixels = astronaut().astype(float)
    pupil, corner = woman.landmarks[468], woman.landmarks[[33, 133]].mean(axis=0)
    assert np.linalg.norm(pupil - corner) < 0.15 * woman.inter_eye_px
    x, y = woman.landmarks[17].astype(int)
    chin_x, chin_y = ((woman.landmarks[17] + woman.landmarks[152]) / 2).astype(int)
    assert np.ptp(pixels[y, x]) > np.ptp(pixels[chin_y, chin_x])


def test_depth_is_nearest_at_the_nose(woman: Face) -> None:
    assert woman.depth[4] < woman.depth[[234, 454, 10, 152]].min()
    assert 0.2 * woman.width_px < np.ptp(woman.depth) < 1.5 * woman.width_px


def test_a_face_is_found_in_its_photo_at_every_scale(finder: FaceFinder, woman: Face) -> None:
    for scale in (0.5, 0.75, 1.5, 2.5, 5):
        scaled = cv2.resize(astronaut(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        (face,) = finder.find(scaled).faces
        assert apart(face, woman.landmarks * scale) < (0.05 if scale < 1 else 0.03), scale
        assert abs(face.yaw - woman.yaw) < 3
        assert abs(face.pitch - woman.pitch) < 3


def test_a_face_that_fills_the_photo_is_found(finder: FaceFinder) -> None:
    left, top, right, bottom = ADMIRAL_BOX
    close = cv2.resize(admiral()[top:bottom, left:right], None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    (face,) = finder.find(close).faces
    assert face.width_px > 0.75 * close.shape[1]


def test_a_face_cut_by_the_edge_is_found(finder: FaceFinder) -> None:
    left, _, right, _ = ADMIRAL_BOX
    (face,) = finder.find(np.ascontiguousarray(admiral()[:, : left + int(0.65 * (right - left))])).faces
    assert face.box.left == pytest.approx(left, abs=20)


def test_two_finds_of_one_photo_agree(finder: FaceFinder, woman: Face) -> None:
    (again,) = finder.find(astronaut()).faces
    assert (again.landmarks == woman.landmarks).all()


# pose


def test_mirroring_flips_yaw_and_roll_and_keeps_pitch(finder: FaceFinder) -> None:
    for photo in (astronaut(), admiral()):
        (face,) = finder.find(photo).faces
        (mirrored,) = finder.find(np.ascontiguousarray(photo[:, ::-1])).faces
        assert mirrored.yaw == pytest.approx(-face.yaw, abs=2)
        assert mirrored.roll == pytest.approx(-face.roll, abs=2)
        assert mirrored.pitch == pytest.approx(face.pitch, abs=2)


@pytest.mark.parametrize("degrees", [-75, -40, -15, 15, 40, 75])
def test_turning_the_photo_clockwise_adds_to_roll_alone(finder: FaceFinder, woman: Face, degrees: int) -> None:
    middle = (225.0, 130.0)
    matrix = cv2.getRotationMatrix2D(middle, -degrees, 1)  # OpenCV counts counter-clockwise
    turned = cv2.warpAffine(astronaut(), matrix, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    (face,) = finder.find(turned).faces
    assert face.roll - woman.roll == pytest.approx(degrees, abs=2)
    assert face.yaw == pytest.approx(woman.yaw, abs=3)
    assert face.pitch == pytest.approx(woman.pitch, abs=3)
    expected = (woman.landmarks - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    assert apart(face, expected) < 0.03


@pytest.mark.parametrize(
    ("turn", "roll"), [(cv2.ROTATE_90_CLOCKWISE, 90), (cv2.ROTATE_90_COUNTERCLOCKWISE, -90), (cv2.ROTATE_180, 180)]
)
def test_a_photo_that_lies_on_its_side_or_head_is_understood(finder: FaceFinder, turn: int, roll: int) -> None:
    for photo in (astronaut(), admiral()):
        (upright,) = finder.find(photo).faces
        (face,) = finder.find(cv2.rotate(photo, turn)).faces
        assert abs((face.roll - upright.roll - roll + 180) % 360 - 180) < 3
        assert face.yaw == pytest.approx(upright.yaw, abs=3)


# several faces


def test_two_people_side_by_side_are_two_faces_the_left_one_first(finder: FaceFinder) -> None:
    for left, right in ((astronaut(), admiral()), (admiral(), astronaut())):
        pair = np.zeros((600, 1024, 3), np.uint8)
        paste(pair, left, 0, 0)
        paste(pair, right, 512, 0)
        first, second = finder.find(pair).faces
        assert first.box.right < 512 < second.box.left


def test_faces_that_touch_are_not_taken_for_one(finder: FaceFinder) -> None:
    one = head(admiral(), ADMIRAL_BOX, 150)
    narrow = one[:, 40:-40]
    faces = finder.find(np.ascontiguousarray(np.hstack([narrow, narrow[:, ::-1], narrow]))).faces
    assert len(faces) == 3


def test_six_people_are_six_faces_each_with_landmarks_of_its_own(finder: FaceFinder) -> None:
    group = scene(1500, 1000)
    places = [(60, 50), (560, 40), (1100, 90), (130, 560), (640, 520), (1080, 600)]
    for i, (left, top) in enumerate(places):
        photo, box = ((astronaut(), ASTRONAUT_BOX), (admiral(), ADMIRAL_BOX))[i % 2]
        picture = head(photo, box, 60 + 20 * i)
        paste(group, picture[:, ::-1] if i >= 3 else picture, left, top)
    search = finder.find(group)
    assert len(search.faces) == 6
    assert search.turned == ()
    assert [f.box.centre[0] for f in search.faces] == sorted(f.box.centre[0] for f in search.faces)
    for i, (left, top) in enumerate(places):
        middle = left + (60 + 20 * i) * 0.83, top + (60 + 20 * i) * 0.9
        assert len(at(search.faces, *middle)) == 1, i


@pytest.mark.parametrize(("width", "height"), [(1000, 800), (2048, 1536), (6000, 4000), (9200, 6900)])
def test_faces_of_40_px_are_found_wherever_they_are(finder: FaceFinder, width: int, height: int) -> None:
    """Up to 63 megapixels; among the places are the corners and the seams between the detector's windows."""
    frame = scene(width, height)
    people = [head(astronaut(), ASTRONAUT_BOX, 40), head(admiral(), ADMIRAL_BOX, 40)]
    high, wide = np.max([p.shape[:2] for p in people], axis=0)
    seams_x = sorted({round(end / FINEST) for _, end in spans(round(width * FINEST), WINDOW_WIDTH)})[:3]
    seams_y = sorted({round(end / FINEST) for _, end in spans(round(height * FINEST), WINDOW_HEIGHT)})[:3]
    lefts = {0, width - wide, width // 3, *(min(x - wide // 2, width - wide) for x in seams_x)}
    tops = {0, height - high, height // 3, *(min(y - high // 2, height - high) for y in seams_y)}
    placed: list[tuple[int, int]] = []
    for left in sorted(lefts):
        for top in sorted(tops):
            if any(abs(left - x) < wide and abs(top - y) < high for x, y in placed):
                continue
            picture = people[len(placed) % 2]
            paste(frame, picture, left, top)
            placed.append((left, top))
    faces = finder.find(frame).faces
    missed = [(x, y) for x, y in placed if len(at(faces, x + wide / 2, y + high * 0.55)) != 1]
    assert missed == []
    assert len(faces) == len(placed)


def test_large_and_small_faces_are_found_in_one_photo(finder: FaceFinder) -> None:
    frame = scene(4000, 3000)
    paste(frame, head(admiral(), ADMIRAL_BOX, 1300), 300, 200)
    paste(frame, head(astronaut(), ASTRONAUT_BOX, 40), 3300, 2500)
    paste(frame, head(astronaut(), ASTRONAUT_BOX, 200), 3000, 500)
    widths = [face.width_px for face in finder.find(frame).faces]  # from left to right
    assert widths == pytest.approx([1300, 200, 40], rel=0.05)


# no face


def test_where_nobody_is_nobody_is_found(finder: FaceFinder) -> None:
    sky = np.repeat(np.linspace((70, 120, 210), (200, 220, 240), 700)[:, None], 900, axis=1).astype(np.uint8)
    noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3)).astype(np.uint8)
    for picture in (sky, noise, scene(1500, 1200), np.zeros((64, 64, 3), np.uint8)):
        search = finder.find(np.ascontiguousarray(picture))
        assert search == Search()
        with pytest.raises(NoFace) as caught:
            choose(search, "largest", Role.SOURCE)
        assert caught.value.reason == "no_face"
        assert "source" in caught.value.message


def test_a_face_without_landmarks_is_said_to_be_turned_or_covered(finder: FaceFinder) -> None:
    profile = cv2.resize(
        astronaut(), None, fx=0.4, fy=1, interpolation=cv2.INTER_AREA
    )  # as narrow as a head from the side
    search = finder.find(profile)
    assert search.faces == ()
    (box,) = search.turned
    assert box.left < 0.4 * 225 < box.right
    with pytest.raises(NoFace) as caught:
        choose(search, 0, Role.TARGET)
    assert caught.value.reason == "face_turned"


# the finder itself


def test_several_threads_may_share_a_finder(finder: FaceFinder, woman: Face) -> None:
    found: list[Search] = []
    threads = [threading.Thread(target=lambda: found.append(finder.find(astronaut()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all((search.faces[0].landmarks == woman.landmarks).all() for search in found)


def test_a_closed_finder_may_be_closed_again_and_says_that_it_is_closed() -> None:
    finder = FaceFinder()
    finder.close()
    finder.close()
    with pytest.raises(ValueError, match="closed"):
        finder.find(astronaut())


def test_a_box_of_a_face_is_a_box(woman: Face) -> None:
    assert isinstance(woman.box, Box)
    low, high = woman.landmarks.min(axis=0), woman.landmarks.max(axis=0)
    assert (woman.box.left, woman.box.top, woman.box.right, woman.box.bottom) == pytest.approx((*low, *high))
