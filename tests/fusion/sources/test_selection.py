"""Which photo of several is taken and which are mirrored, by what was measured of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fusion.faces import mesh, mirror
from fusion.sources import Choice, Look, Merit, MirroredFor, choose, mirrored_for, suit
from fusion.types import Switch

AREA = np.full(mesh.COUNT, 1 / mesh.COUNT, np.float32)
FREE = np.zeros(mesh.COUNT, np.float32)
RIGHT = np.zeros(mesh.COUNT, np.float32)
RIGHT[list(mesh.RIGHT_HALF)] = 1  # the person's right half is hidden
LEFT = RIGHT[mirror.pairing()]
PLAIN = Look(yaw=0.0, pitch=0.0, light=0.0, detail_px=300.0, hidden=FREE, area=AREA)


def hiding(hidden: np.ndarray, **changes: float) -> Look:
    return replace(PLAIN, hidden=hidden, **changes)  # type: ignore[arg-type]


def chosen(target: Look, *sources: Look) -> Choice:
    return choose([suit(target, source, Switch.AUTO) for source in sources])


@pytest.mark.parametrize(
    ("target", "source", "why"),
    [
        (20.0, -20.0, MirroredFor.POSE),
        (-20.0, 20.0, MirroredFor.POSE),
        (20.0, -4.0, MirroredFor.POSE),
        (20.0, -2.0, None),  # hardly nearer
        (4.0, -5.0, None),  # near enough
        (20.0, 10.0, None),  # the same side
    ],
)
def test_a_source_is_mirrored_where_that_turns_its_head_clearly_nearer(
    target: float, source: float, why: MirroredFor | None
) -> None:
    assert mirrored_for(replace(PLAIN, yaw=target), replace(PLAIN, yaw=source)) == why


@pytest.mark.parametrize(
    ("target", "source", "why"),
    [(0.4, -0.4, MirroredFor.LIGHT), (0.4, 0.4, None), (0.1, -0.4, None), (-0.9, 0.3, MirroredFor.LIGHT)],
)
def test_a_source_is_mirrored_where_that_brings_its_light_to_the_targets_side(
    target: float, source: float, why: MirroredFor | None
) -> None:
    assert mirrored_for(replace(PLAIN, light=target), replace(PLAIN, light=source)) == why


def test_the_lights_side_turns_no_head_away() -> None:
    target, source = replace(PLAIN, light=0.5, yaw=15.0), replace(PLAIN, light=-0.5, yaw=15.0)
    assert mirrored_for(target, source) is None


def test_the_heads_side_wins_no_light_from_the_wrong_one() -> None:
    target, source = replace(PLAIN, light=0.5, yaw=15.0), replace(PLAIN, light=0.5, yaw=-15.0)
    assert mirrored_for(target, source) is None


def test_a_mirror_moves_no_cover_onto_what_the_target_shows() -> None:
    target = hiding(RIGHT, yaw=20.0)
    assert mirrored_for(target, hiding(RIGHT, yaw=-20.0)) is None
    assert mirrored_for(target, hiding(LEFT, yaw=-20.0)) == MirroredFor.POSE
    assert mirrored_for(replace(PLAIN, yaw=20.0), hiding(RIGHT, yaw=-20.0)) == MirroredFor.POSE


def test_somebody_may_say_whether_a_source_is_mirrored() -> None:
    target, source = replace(PLAIN, yaw=20.0), replace(PLAIN, yaw=-20.0)
    assert mirrored_for(target, source, Switch.OFF) is None
    assert mirrored_for(target, target, Switch.ON) == MirroredFor.WISH


@pytest.mark.parametrize(
    ("worse", "merit"),
    [
        (replace(PLAIN, yaw=25.0), Merit.POSE),
        (replace(PLAIN, pitch=-25.0), Merit.POSE),
        (replace(PLAIN, light=0.6), Merit.LIGHT),
        (replace(PLAIN, detail_px=60.0), Merit.DETAIL),
        (hiding(RIGHT), Merit.FREEDOM),
    ],
)
def test_the_better_photo_is_taken_wherever_it_stands_and_why_is_told(worse: Look, merit: Merit) -> None:
    assert chosen(PLAIN, PLAIN, worse) == Choice(0, (merit,))
    assert chosen(PLAIN, worse, worse, PLAIN) == Choice(2, (merit,))


def test_of_photos_that_suit_alike_the_first_is_taken_for_no_reason() -> None:
    assert chosen(PLAIN, PLAIN, replace(PLAIN, detail_px=290.0)) == Choice(0, ())


def test_a_photo_is_judged_as_the_mirror_shows_it() -> None:
    target = replace(PLAIN, yaw=25.0)
    turned, away = replace(PLAIN, yaw=8.0), replace(PLAIN, yaw=-25.0)
    assert chosen(target, turned, away) == Choice(1, (Merit.POSE,))
    assert choose([suit(target, each, Switch.OFF) for each in (turned, away)]).index == 0


def test_what_is_hidden_where_the_target_is_hidden_too_costs_nothing() -> None:
    target = hiding(RIGHT)
    assert suit(target, hiding(RIGHT), Switch.OFF).lacking == 0
    assert suit(target, hiding(LEFT), Switch.OFF).lacking > 0.8


def test_more_detail_than_anybody_sees_is_no_merit() -> None:
    assert chosen(PLAIN, replace(PLAIN, detail_px=400.0), replace(PLAIN, detail_px=3000.0)) == Choice(0, ())
