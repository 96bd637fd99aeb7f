"""What is said of a fusion before it runs: size, sharpness, and what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion import sizing
from fusion.ops import finish
from fusion.outlook import SHARP, Subject, Verdict, outlook, verdict
from fusion.spec import Aspect, Box, EngineName, Fit, Settings, Size, Switch, Tier

LANDMARK, UNET = EngineName.LANDMARK, EngineName.UNET
SMALL = Subject(Size(512, 512), Box(200, 100, 300, 230), target_px=100.0, source_px=200.0)
LARGE = Subject(Size(4000, 3000), Box(1500, 800, 2500, 2000), target_px=1000.0, source_px=300.0)


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.2, Verdict.SHARP),
        (1.2, Verdict.SHARP),
        (1.21, Verdict.SLIGHTLY_SOFT),
        (2.0, Verdict.SLIGHTLY_SOFT),
        (2.1, Verdict.SOFT),
    ],
)
def test_softness_begins_at_one_point_two_and_is_plain_from_two(ratio: float, expected: Verdict) -> None:
    assert verdict(ratio) == expected


def test_a_jump_from_512_to_2048_is_said_to_be_no_sharper_and_by_how_much() -> None:
    seen = outlook(replace(SMALL, source_px=120.0), Settings(output=Tier.T2048), LANDMARK)
    assert seen.plan.size == Size(2048, 2048)
    assert seen.detail is not None
    assert seen.detail.face_px == pytest.approx(400)
    assert seen.detail.ratio == pytest.approx(400 / 120)
    assert seen.verdict == Verdict.SOFT
    assert seen.is_enlarged
    assert seen.is_target_soft
    assert seen.smaller == Tier.T512


def test_a_face_with_enough_pixels_is_sharp_and_nothing_smaller_is_offered() -> None:
    seen = outlook(SMALL, Settings(output=Tier.T1024), LANDMARK)
    assert seen.verdict == Verdict.SHARP
    assert not seen.is_enlarged
    assert seen.smaller is None
    assert seen.is_target_soft, "the face is from another photo than the rest"


def test_no_smaller_output_is_offered_where_none_is_sharp() -> None:
    seen = outlook(replace(SMALL, source_px=40.0), Settings(output=Tier.T1024), LANDMARK)
    assert seen.verdict == Verdict.SOFT
    assert seen.smaller is None


@given(
    photo=st.builds(Size, st.integers(64, 5000), st.integers(64, 5000)),
    face_px=st.floats(10, 2000),
    source_px=st.floats(10, 2000),
    output=st.one_of(st.sampled_from(Tier), st.builds(Size, st.integers(64, 8192), st.integers(64, 8192))),
    aspect=st.sampled_from(Aspect),
    fit=st.sampled_from(Fit),
    engine=st.sampled_from([LANDMARK, UNET]),
)
def test_the_smaller_output_is_smaller_and_sharp(
    photo: Size, face_px: float, source_px: float, output: Tier | Size, aspect: Aspect, fit: Fit, engine: EngineName
) -> None:
    face = Box(photo.width * 0.4, photo.height * 0.4, photo.width * 0.6, photo.height * 0.6)
    subject = Subject(photo, face, face_px, source_px)
    settings = Settings(output=output, aspect=aspect, fit=fit)
    seen = outlook(subject, settings, engine)
    if seen.smaller is None:
        return
    after = outlook(subject, replace(settings, output=seen.smaller), engine)
    assert after.verdict == Verdict.SHARP
    assert after.plan.size.pixels < seen.plan.size.pixels
    assert after.smaller is None
    assert isinstance(seen.smaller, Size) == isinstance(output, Size)


def test_the_smaller_one_of_a_custom_size_has_its_shape() -> None:
    seen = outlook(LARGE, Settings(output=Size(6000, 2000), fit=Fit.CROP), LANDMARK)
    assert isinstance(seen.smaller, Size)
    assert seen.smaller.width / seen.smaller.height == pytest.approx(3, abs=0.01)


def test_a_strip_too_thin_to_be_smaller_offers_nothing() -> None:
    settings = Settings(output=Size(8192, 64), fit=Fit.PAD)
    seen = outlook(Subject(Size(4000, 64), Box(0, 0, 60, 64), 50.0, 40.0), settings, LANDMARK)
    assert seen.verdict != Verdict.SHARP
    assert seen.smaller is None


def test_keep_says_which_size_it_fitted_the_photo_into() -> None:
    portrait = Settings(output=Tier.T1024, aspect=Aspect.NINE_TO_SIXTEEN)
    assert outlook(SMALL, portrait, LANDMARK).asked == Size(768, 1365)
    assert outlook(SMALL, replace(portrait, fit=Fit.PAD), LANDMARK).asked is None
    assert outlook(SMALL, replace(portrait, aspect=Aspect.AUTO), LANDMARK).asked is None


@pytest.mark.parametrize(
    ("subject", "ratio"), [(replace(SMALL, source_px=None), 0.7), (Subject(Size(512, 512)), 0.7), (SMALL, 0.0)]
)
def test_without_a_face_to_fuse_there_is_a_size_and_no_verdict(subject: Subject, ratio: float) -> None:
    seen = outlook(subject, Settings(output=Tier.T2048, ratio=ratio), LANDMARK)
    assert seen.plan.size == Size(2048, 2048)
    assert (seen.detail, seen.verdict, seen.smaller, seen.two_stage_helps) == (None, None, None, False)


def test_unet_is_measured_by_what_its_networks_draw() -> None:
    seen = outlook(replace(LARGE, source_px=60.0), Settings(output=Tier.T2048), UNET)
    assert seen.detail is not None
    assert seen.detail.native_px == sizing.ENHANCER_FACE_PX


@pytest.mark.parametrize(
    ("subject", "two_stage", "output", "helps"),
    [
        (LARGE, Switch.OFF, Tier.T4096, True),
        (LARGE, Switch.AUTO, Tier.T4096, False),  # runs by itself
        (LARGE, Switch.ON, Tier.T4096, False),
        (LARGE, Switch.AUTO, Tier.T1024, False),  # all of it is in the working size
        (SMALL, Switch.OFF, Tier.T2048, False),
    ],
)
def test_two_stage_is_advised_where_it_would_run_and_does_not(
    subject: Subject, two_stage: Switch, output: Tier, helps: bool
) -> None:
    subject = replace(subject, source_px=90.0)
    seen = outlook(subject, Settings(output=output, two_stage=two_stage), LANDMARK)
    assert seen.verdict != Verdict.SHARP
    assert seen.two_stage_helps == helps


def test_softness_begins_where_automatic_sharpening_does() -> None:
    assert finish.AUTO_FROM == SHARP
