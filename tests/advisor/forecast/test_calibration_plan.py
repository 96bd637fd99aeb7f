"""What a calibration tries, in which order, and what it passes over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.device import Place, Ways
from advisor.device.compute_target import Kind
from advisor.forecast import shipped
from advisor.forecast.calibration_plan import affordable, planned, trials
from fusion.types import EngineName, Precision, Size, Switch
from fusion.worker import Trial
from tests.support.trials import three

GIB = 1 << 30
BOTH = Ways((EngineName.UNET, EngineName.LANDMARK), Precision.FLOAT32, "lanczos")
LANDMARK = Ways((EngineName.LANDMARK,), Precision.FLOAT32, "lanczos")


def place(gib: float) -> Place:
    return Place(Kind.CPU, "cpu", None, round(gib * GIB), round(gib * GIB), 0, 0)


@pytest.mark.parametrize("has_unet", [False, True])
def test_the_first_three_differ_in_size_and_share_of_face(has_unet: bool) -> None:
    first = trials(has_unet)[:3]
    assert len({each.output for each in first}) >= 2
    assert {each.face for each in first} == {0.45, 0.2}
    assert {each.engine for each in first} == ({*EngineName} - {EngineName.AUTO} if has_unet else {"landmark"})


def test_all_sizes_stages_and_shares_are_tried_and_none_twice() -> None:
    every = trials(has_unet=True)
    assert len(set(every)) == len(every)
    landmark = {(each.output.width, each.two_stage, each.face) for each in every if each.engine == EngineName.LANDMARK}
    assert {(side, Switch.OFF, face) for side in (512, 1024, 2048, 3072) for face in (0.45, 0.2)} <= landmark
    assert {(side, Switch.ON, 0.45) for side in (2048, 4096)} <= landmark
    unet = {(each.output.width, each.two_stage) for each in every if each.engine == EngineName.UNET}
    assert unet == {(512, Switch.OFF), (1024, Switch.OFF), (2048, Switch.OFF), (4096, Switch.ON)}


def test_only_what_fits_the_memory_is_planned() -> None:
    known = shipped(Kind.CPU)
    everywhere = planned(place(64), BOTH, known)
    assert [step.trial for step in everywhere] == list(trials(has_unet=True))
    small = planned(place(1.0), BOTH, known)
    assert small
    assert all(step.trial.engine == EngineName.LANDMARK for step in small)
    assert len(small) < len(planned(place(64), LANDMARK, known))
    assert planned(place(0.1), BOTH, known) == ()


def test_each_step_says_about_how_long_it_takes() -> None:
    steps = {step.trial: step.seconds for step in planned(place(64), LANDMARK, shipped(Kind.CPU))}
    small, large = (Trial(EngineName.LANDMARK, Size(side, side), Switch.OFF) for side in (512, 3072))
    assert 5 < steps[small] < steps[large] < 60


def test_on_a_card_that_was_never_measured_it_is_guessed() -> None:
    assert all(step.seconds > 0 for step in planned(place(64), BOTH, shipped(Kind.CUDA)))


def test_what_is_too_long_for_the_time_is_passed_over() -> None:
    long, short, last = (replace(step, seconds=each) for step, each in zip(three(), (30, 4, 5), strict=True))
    assert affordable((long, short, last), 40) == (long, short, last)
    assert affordable((long, short, last), 20) == (short, last)
    assert affordable((long, short, last), 20, pace=3.0) == (short,)
    assert affordable((long, short, last), 3) == ()
