"""What a look at a photo sees, for two people in the public domain and for what is done to their photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.faces import Face, mesh, mirror
from fusion.parsing import FaceMap, GlassesWorn, parse
from fusion.suitability import Shown, Trouble, Verdict, judge, look
from fusion.types import Role
from tests.support.fixtures.photos import admiral, astronaut
from tests.support.fixtures.shown import with_sunglasses

EYES = [*mesh.RIGHT_EYE, *mesh.LEFT_EYE]


def test_the_shares_of_a_face_sum_to_the_whole(faces: tuple[Face, Face]) -> None:
    for photo, face in zip((astronaut(), admiral()), faces, strict=True):
        shown = look(photo, face)
        assert shown.area.sum() == pytest.approx(1)
        assert (shown.area >= 0).all()
        assert 0.3 < shown.area[shown.features].sum() < 0.7
        assert all(((amount >= 0) & (amount <= 1)).all() for amount in shown.hidden.values())


def test_two_people_from_the_front_suit_each_other(faces: tuple[Face, Face]) -> None:
    found = judge(look(astronaut(), faces[0]), look(admiral(), faces[1]))
    assert [(cause.trouble, cause.verdict) for cause in found.causes] == [(Trouble.GLASSES_CARRIED, Verdict.FAIR)]


def test_a_mirrored_photo_shows_the_same_of_the_other_half(faces: tuple[Face, Face]) -> None:
    plain = look(admiral(), faces[1])
    flipped = np.ascontiguousarray(admiral()[:, ::-1])
    mirrored = look(flipped, mirror.mirrored_face(faces[1], flipped.shape[1]))
    assert mirrored.yaw == -plain.yaw
    assert np.abs(mirrored.area[mirror.pairing()] - plain.area).sum() < 0.02


def test_what_the_photo_cuts_off_is_seen_as_such(faces: tuple[Face, Face]) -> None:
    whole, face = look(admiral(), faces[1]), faces[1]
    cut = look(np.ascontiguousarray(admiral()[: int(face.landmarks[2, 1])]), face)  # right under the nose
    assert not whole.hidden[Trouble.CUT_OFF].any()
    assert cut.hidden[Trouble.CUT_OFF][list(mesh.LIPS_OUTER)].all()
    assert not cut.hidden[Trouble.CUT_OFF][EYES].any()
    assert judge(whole, cut).verdict == Verdict.POOR
    assert judge(whole, cut).causes[0].trouble == Trouble.CUT_OFF


def test_half_a_face_beyond_the_edge_is_there_in_the_mirror(faces: tuple[Face, Face]) -> None:
    half = look(np.ascontiguousarray(admiral()[:, : int(faces[1].landmarks[1, 0]) + 4]), faces[1])
    assert half.hidden[Trouble.CUT_OFF].mean() > 0.3
    causes = judge(look(admiral(), faces[1]), half).causes
    assert Trouble.CUT_OFF not in {cause.trouble for cause in causes if cause.verdict != Verdict.FAIR}


def test_eyes_behind_black_lenses_are_hidden(faces: tuple[Face, Face]) -> None:
    bare, worn = look(astronaut(), faces[0]), look(with_sunglasses(astronaut(), faces[0]), faces[0])
    assert bare.glasses == GlassesWorn.NONE
    assert worn.glasses == GlassesWorn.DARK
    assert not bare.hidden[Trouble.DARK_LENSES].any()
    assert worn.hidden[Trouble.DARK_LENSES][EYES].min() > 0.5
    assert judge(look(admiral(), faces[1]), worn).causes[0].trouble == Trouble.DARK_LENSES


def test_a_glass_that_one_sees_through_hides_no_eyes(faces: tuple[Face, Face]) -> None:
    shown = look(admiral(), faces[1])
    assert shown.glasses == GlassesWorn.CLEAR
    assert not shown.hidden[Trouble.DARK_LENSES].any()


@pytest.fixture(scope="module")
def parsed(faces: tuple[Face, Face]) -> FaceMap:
    """What is where on the astronaut's face."""
    return parse(astronaut(), faces[0])


def test_a_fringe_down_to_the_brows_lies_over_them(faces: tuple[Face, Face], parsed: FaceMap) -> None:
    brows, rows = [*mesh.RIGHT_BROW, *mesh.LEFT_BROW], np.arange(parsed.side)[:, None]
    fringe = np.where(rows < parsed.points[brows, 1].min(), 1, 0) * np.ones_like(parsed.hair)
    bare = look(astronaut(), faces[0], replace(parsed, hair=np.zeros_like(fringe)))
    under = look(astronaut(), faces[0], replace(parsed, hair=fringe.astype(np.float32)))
    assert not bare.hidden[Trouble.HAIR][brows].any()
    assert under.hidden[Trouble.HAIR][brows].all()
    assert not under.hidden[Trouble.HAIR][EYES].any()


def test_an_eye_without_skin_around_it_is_under_a_lock(faces: tuple[Face, Face], parsed: FaceMap) -> None:
    middle = parsed.points[168]
    right = np.indices(parsed.skin.shape)[1] < middle[0]
    shown = look(astronaut(), faces[0], replace(parsed, skin=np.where(right, 0, 1).astype(np.float32)))
    assert shown.hidden[Trouble.HAIR][list(mesh.RIGHT_EYE_AROUND)].all()
    assert not shown.hidden[Trouble.HAIR][list(mesh.LEFT_EYE_AROUND)].any()


def test_a_dark_mouth_is_no_hair(faces: tuple[Face, Face], parsed: FaceMap) -> None:
    everywhere = look(astronaut(), faces[0], replace(parsed, hair=np.ones_like(parsed.hair)))
    assert not everywhere.hidden[Trouble.HAIR][list(mesh.LIPS_INNER)].any()


def test_an_overexposed_face_is_burnt_out(faces: tuple[Face, Face]) -> None:
    bright = (np.clip((astronaut() / 255.0) ** 2.2 * 2.5, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    plain, burnt = look(astronaut(), faces[0]), look(bright, faces[0])
    assert plain.burnt < 0.1
    assert burnt.burnt > 0.3
    causes = judge(burnt, plain).causes
    assert (Trouble.BURNT, Role.TARGET) in {(cause.trouble, cause.role) for cause in causes}


def test_light_from_one_side_has_more_contrast(faces: tuple[Face, Face]) -> None:
    def contrast(strength: float) -> float:
        across = (np.arange(astronaut().shape[1]) - faces[0].box.centre[0]) / (faces[0].box.width / 2)
        gain = 1 + strength * np.clip(across, -1, 1)
        light = (astronaut() / 255.0) ** 2.2 * gain[None, :, None]
        shown: Shown = look((255 * np.clip(light, 0, 1) ** (1 / 2.2)).astype(np.uint8), faces[0])
        return shown.contrast

    assert 0.5 < contrast(0.0) < contrast(0.8) - 0.3
