"""What a segmentation network adds, whoever stands in for it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from fusion.faces import Face, FaceFinder, mesh
from fusion.parsing import GlassesWorn, Maps, Segments, kept, parse, shapes
from fusion.parsing.silhouette import segments
from fusion.photos import decode, samples
from fusion.types import Role
from tests.support.fixtures.photos import astronaut


@dataclass(frozen=True)
class Told:
    """A network that says what it was given to say."""

    segments: Segments

    def of(self, pixels: np.ndarray) -> Segments:
        assert pixels.shape[:2] == self.segments.person.shape
        return self.segments


@pytest.fixture(scope="module")
def face() -> Face:
    with FaceFinder() as finder:
        return finder.find(astronaut()).faces[0]


def halves() -> tuple[np.ndarray, np.ndarray]:
    """The left half, and the right one."""
    left = np.zeros((256, 256), np.float32)
    left[:, :128] = 1
    return left, 1 - left


def test_outside_the_person_there_is_neither_skin_nor_hair(face: Face) -> None:
    left, right = halves()
    seen = parse(astronaut(), face, Told(Segments(left)))
    assert not (seen.skin * right).any()
    assert not (seen.hair * right).any()
    assert (seen.skin * left).any()


def test_hair_and_skin_of_a_network_replace_the_guesses(face: Face) -> None:
    left, right = halves()
    seen = parse(astronaut(), face, Told(Segments(np.ones_like(left), hair=left, skin=right)))
    assert seen.share(seen.hair, left) > 0.99
    assert seen.share(seen.skin, left) < 0.01


def test_a_share_is_how_sure_a_network_is_and_no_transparency(face: Face) -> None:
    everybody = np.ones((256, 256), np.float32)
    plain = parse(astronaut(), face)
    hulls = (shapes.hull(plain.points[list(ids)], 256) for ids in (mesh.RIGHT_CHEEK, mesh.LEFT_CHEEK))
    cheeks = (shapes.either(*hulls) > 0.5) & (plain.hair < 0.01)
    rather_skin = parse(astronaut(), face, Told(Segments(everybody, hair=0.25 * everybody, skin=0.7 * everybody)))
    assert rather_skin.hair[cheeks].max() < 0.05
    assert rather_skin.skin[cheeks].min() > 0.95
    rather_hair = parse(astronaut(), face, Told(Segments(0.8 * everybody, hair=0.75 * everybody, skin=0.2 * everybody)))
    assert rather_hair.hair[cheeks].min() > 0.95


@pytest.mark.parametrize(("away", "is_hair"), [(0.02, True), (0.2, False)])
def test_what_is_no_skin_just_beside_a_networks_hair_is_a_strand_of_it(face: Face, away: float, is_hair: bool) -> None:
    plain = parse(astronaut(), face)
    width = float(np.ptp(plain.points[:, 0]))
    column, row = plain.points[list(mesh.RIGHT_CHEEK)].mean(0)
    strand = np.array([[column, row - 0.06 * width], [column, row + 0.06 * width]])
    inverse = cv2.invertAffineTransform(plain.crop_from_photo)
    (left, top), (right, bottom) = (strand @ inverse[:, :2].T + inverse[:, 2]).astype(int).tolist()
    pixels = cv2.line(astronaut().copy(), (left, top), (right, bottom), (10, 10, 10), max(2, int(0.03 * face.width_px)))
    hair = np.zeros((256, 256), np.float32)
    hair[:, : int(column - away * width)] = 1
    seen = parse(pixels, face, Told(Segments(np.ones_like(hair), hair=hair, skin=1 - hair)))
    assert (seen.hair[int(row), int(column)] > 0.5) == is_hair


def test_one_mask_is_the_person_and_of_several_the_first_is_the_background() -> None:
    masks = [np.full((4, 4), share, np.float32) for share in (0.2, 0.5, 0.1, 0.15, 0.05)]
    assert segments(masks[:1], ["selfie"]).hair is None
    several = segments(masks, ["background", "hair", "body-skin", "face-skin", "clothes"])
    assert several.person == pytest.approx(0.8 * np.ones((4, 4)))
    assert several.hair is masks[1]
    assert several.skin == pytest.approx(0.25 * np.ones((4, 4)))


def test_maps_ask_for_the_network_once() -> None:
    asked: list[int] = []
    photo = decode.read(samples.TARGET.read(), Role.TARGET)
    with FaceFinder() as finder:
        (found,) = finder.find(photo.pixels).faces

    def network() -> Told:
        asked.append(1)
        return Told(Segments(np.ones((256, 256), np.float32)))

    maps = Maps(network)
    maps.of(photo, found)
    maps.forget()
    maps.of(photo, found)
    assert asked == [1]


def test_the_tips_of_a_fringe_that_were_guessed_count_beside_a_networks_hair_and_nowhere_else(face: Face) -> None:
    guessed = parse(astronaut(), face)
    everybody, nobody = np.ones((256, 256), np.float32), np.zeros((256, 256), np.float32)
    near = parse(astronaut(), face, Told(Segments(everybody, hair=np.full_like(nobody, 0.4), skin=everybody)))
    far = parse(astronaut(), face, Told(Segments(everybody, hair=nobody, skin=everybody)))
    assert guessed.hair.max() > 0.9
    assert near.hair[guessed.hair > 0.9].min() > 0.8
    assert not far.hair.any()


def test_a_network_that_comes_later_is_used_for_faces_that_were_parsed_without_it(face: Face) -> None:
    photo = decode.read(samples.sample_pair()[0], Role.TARGET)
    nobody = np.zeros((256, 256), np.float32)
    there: list[Told] = []
    maps = Maps(lambda: there[0] if there else None)
    assert maps.of(photo, face).skin.any()
    there.append(Told(Segments(nobody)))
    assert not maps.of(photo, face).skin.any()


def test_glasses_are_worn_where_a_network_sees_them_and_nowhere_else(face: Face) -> None:
    everybody = np.ones((256, 256), np.float32)
    bare = parse(astronaut(), face, Told(Segments(everybody, glasses=np.zeros_like(everybody))))
    assert bare.glasses == GlassesWorn.NONE
    seen = np.zeros_like(everybody)
    eyes = bare.points[list(mesh.RIGHT_EYE + mesh.LEFT_EYE)]
    (left, top), (right, bottom) = (eyes.min(0) - 12).astype(int), (eyes.max(0) + 12).astype(int)
    seen[top:bottom, left:right] = 1
    worn = parse(astronaut(), face, Told(Segments(everybody, glasses=seen)))
    assert worn.glasses == GlassesWorn.CLEAR
    assert worn.frame[top:bottom, left].min() > 0.5, "its rim is the outline of what was seen"
    for eye in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        column, row = bare.points[list(eye)].mean(0).astype(int)
        assert worn.frame[row, column] == 0
        assert worn.lenses[row, column] == 1
    inner = bare.points[[mesh.RIGHT_EYE[8], mesh.LEFT_EYE[8]], 0].mean().astype(int)
    assert worn.frame[:, inner].max() > 0.5


def test_rims_that_no_line_was_found_of_are_joined_across_the_nose_and_stay_whole(face: Face) -> None:
    everybody = np.ones((256, 256), np.float32)
    bare = parse(astronaut(), face, Told(Segments(everybody, glasses=np.zeros_like(everybody))))
    seen = np.zeros_like(everybody)
    between = bare.points[[133, 362]]
    for eye in (mesh.RIGHT_EYE, mesh.LEFT_EYE):
        centre = bare.points[list(eye)].mean(0).astype(int).tolist()
        cv2.circle(seen, centre, int(0.4 * np.ptp(bare.points[list(mesh.RIGHT_EYE + mesh.LEFT_EYE), 0])), 1.0, -1)
    seen[:, int(between[:, 0].mean()) - 1 : int(between[:, 0].mean()) + 2] = 0
    worn = parse(astronaut(), face, Told(Segments(everybody, glasses=seen)))
    assert worn.frame_outlined
    assert worn.frame[:, int(between[:, 0].mean())].max() > 0.5, "the bridge, which the network has not"
    whole = kept(worn, astronaut(), face.landmarks)
    rim = cv2.warpAffine(worn.frame, cv2.invertAffineTransform(worn.crop_from_photo), whole.shape[::-1]) > 0.9
    assert whole[rim].min() == 1, "whatever its colour"
