"""What lies over a face, drawn onto two photos that everybody has."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from fusion.faces import Face, FaceFinder
from fusion.parsing import FaceMap, GlassesWorn, parse
from tests.support.fixtures.photos import admiral, astronaut

MOUTH, BELOW_EYE, CHIN = (13, 14), (118, 119, 100), (152,)
EYES = ((33, 133), (362, 263))


@dataclass(frozen=True)
class Person:
    """A photo and its face."""

    pixels: np.ndarray
    face: Face

    @property
    def width(self) -> float:
        return self.face.width_px

    def point(self, ids: tuple[int, ...]) -> np.ndarray:
        """The middle of some landmarks, px."""
        middle: np.ndarray = self.face.landmarks[list(ids)].mean(axis=0)
        return middle

    def dotted(self, at: tuple[int, ...], share: float, color: tuple[int, int, int]) -> np.ndarray:
        """The photo with a disc on it, its radius a share of the face width."""
        middle = self.point(at).astype(int).tolist()
        return cv2.circle(self.pixels.copy(), middle, round(share * self.width), color, -1, cv2.LINE_AA)


@pytest.fixture(scope="module", params=[astronaut, admiral])
def person(request: pytest.FixtureRequest) -> Person:
    photo = request.param()
    with FaceFinder() as finder:
        return Person(photo, finder.find(photo).faces[0])


def disc(seen: FaceMap, person: Person, ids: tuple[int, ...], share: float) -> np.ndarray:
    """(side, side) float32, 1 within a disc of the photo, its radius a share of the face width."""
    at = seen.crop_from_photo[:, :2] @ person.point(ids) + seen.crop_from_photo[:, 2]
    radius = share * person.width * float(np.hypot(*seen.crop_from_photo[:, 0]))
    canvas = np.zeros((seen.side, seen.side), np.float32)
    return cv2.circle(canvas, np.round(at - 0.5).astype(int).tolist(), round(radius), 1.0, -1)


def test_an_uncovered_face_has_no_cover(person: Person) -> None:
    seen = parse(person.pixels, person.face)
    assert seen.share(seen.cover) < 0.01
    assert seen.share(seen.shadow) < 0.02


@pytest.mark.parametrize("color", [(20, 20, 22), (240, 240, 240), (30, 90, 200)])
def test_a_thing_before_the_mouth_covers_it_whatever_its_color(person: Person, color: tuple[int, int, int]) -> None:
    seen = parse(person.dotted(MOUTH, 0.25, color), person.face)
    assert seen.share(seen.cover, disc(seen, person, MOUTH, 0.22)) > 0.9
    assert seen.beard_sure < 0.5


def test_a_phone_as_dark_as_hair_is_a_cover_and_no_hair(person: Person) -> None:
    low = person.point(CHIN)
    corner, end = (low + np.array(by) * person.width for by in ((-0.45, -0.75), (0.1, 0.5)))
    black = (18, 18, 20)
    pixels = cv2.rectangle(person.pixels.copy(), corner.astype(int).tolist(), end.astype(int).tolist(), black, -1)
    seen = parse(pixels, person.face)
    assert 0.15 < seen.share(seen.cover) < 0.5
    assert seen.share(seen.hair, seen.features) < 0.02


def test_fingers_in_the_color_of_skin_cover_the_mouth(person: Person) -> None:
    column, row = person.point(BELOW_EYE).astype(int)
    skin = cv2.blur(person.pixels, (9, 9))[row, column].astype(float)
    pixels = person.pixels.copy()
    for k in (-1, 0, 1):
        ends = [(person.point(MOUTH) + person.width * np.array([x, k * 0.16])).astype(int) for x in (-0.55, 0.2)]
        for thick, light in ((0.17, 0.45), (0.14, 0.8), (0.09, 1.0)):
            line = ends[0].tolist(), ends[1].tolist(), (light * skin).tolist(), round(thick * person.width)
            cv2.line(pixels, *line, cv2.LINE_AA)
    seen = parse(pixels, person.face)
    assert seen.share(seen.cover, disc(seen, person, MOUTH, 0.1)) > 0.5


def test_dark_discs_before_the_eyes_are_lenses_that_hide_them(person: Person) -> None:
    dark = (25, 22, 20)
    pixels = Person(person.dotted(EYES[0], 0.2, dark), person.face).dotted(EYES[1], 0.2, dark)
    right, left = (person.point(eye).astype(int).tolist() for eye in EYES)
    seen = parse(cv2.line(pixels, right, left, dark, 4, cv2.LINE_AA), person.face)
    assert seen.glasses == GlassesWorn.DARK
    assert all(seen.share(seen.on_top, disc(seen, person, eye, 0.1)) > 0.8 for eye in EYES)


def test_text_all_over_a_face_is_a_cover() -> None:
    photo = admiral()
    with FaceFinder() as finder:
        woman = Person(photo, finder.find(photo).faces[0])
    pixels, (x, y) = photo.copy(), woman.point((10,))
    for row in range(7):
        where = int(x - 0.7 * woman.width), int(y + row * 0.22 * woman.width)
        cv2.putText(pixels, "SAMPLE STOCK", where, cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 2, cv2.LINE_AA)
    seen = parse(pixels, woman.face)
    assert seen.share(seen.cover) > 0.04


def test_a_shadow_with_an_edge_is_one_and_light_from_aside_is_none(person: Person) -> None:
    columns = np.broadcast_to(np.arange(person.pixels.shape[1]), person.pixels.shape[:2])
    aside = (columns - person.point((1,))[0]) / person.width
    edge = np.where(aside > 0.1, 0.3, 1.0)  # of sRGB's bytes: some four stops
    slope = np.clip(0.85 - 0.3 * aside, 0.6, 1.0)
    hard, soft = (parse((person.pixels * by[..., None]).astype(np.uint8), person.face) for by in (edge, slope))
    assert hard.share(hard.shadow) > 0.15
    assert soft.share(soft.shadow) < 0.03
    assert hard.share(hard.cover) < 0.05
