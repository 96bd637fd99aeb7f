"""What a look at a photo sees, for two people in the public domain and for what is done to their photos."""

from __future__ import annotations

import numpy as np
import pytest

from fusion.faces import Face, mesh, mirror
from fusion.parsing import GlassesWorn
from fusion.suitability import Shown, Trouble, Verdict, judge, look
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
    assert judge(look(astronaut(), faces[0]), look(admiral(), faces[1])).verdict == Verdict.GOOD


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


def test_light_from_one_side_is_harder(faces: tuple[Face, Face]) -> None:
    def hardness(strength: float) -> float:
        across = (np.arange(astronaut().shape[1]) - faces[0].box.centre[0]) / (faces[0].box.width / 2)
        gain = 1 + strength * np.clip(across, -1, 1)
        light = (astronaut() / 255.0) ** 2.2 * gain[None, :, None]
        shown: Shown = look((255 * np.clip(light, 0, 1) ** (1 / 2.2)).astype(np.uint8), faces[0])
        return shown.hardness

    assert hardness(0.0) < hardness(0.8)
