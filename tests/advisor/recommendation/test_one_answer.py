"""Advice, and what the diagnosis offers as a remedy, name one size for the same photos, and it is not called blurry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.diagnosis import diagnose
from advisor.diagnosis.rules.base import SERIOUS_FROM
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.quality import Measures, Run
from advisor.recommendation import Intent, Option, Pair
from fusion.settings import Settings
from fusion.sizing import best_output, layout, sharpness_limits
from fusion.types import EngineName, Size, Tier
from tests.advisor.diagnosis.test_diagnose import PHOTO, RESULT
from tests.support.fixtures.advice import advise, pair, taken

FACES = (0.2, 0.5)  # of the shorter side
SOURCES = (60.0, 185.0, 500.0, 3000.0)
PHOTOS = (
    *(Size(512, 512), Size(910, 1137), Size(1116, 900), Size(1024, 1024), Size(1050, 1050), Size(1100, 1600)),
    *(Size(1359, 3087), Size(2000, 2100), Size(3000, 4000), Size(4032, 3024), Size(6000, 4000)),
)
CASES = [
    pair(photo, share * min(photo.width, photo.height), px) for photo in PHOTOS for share in FACES for px in SOURCES
]


def remedy(shown: Pair, size: Size, settings: Settings) -> object:
    """The output that the diagnosis of a result of a size names, whose face was enlarged too far."""
    subject = shown.subject
    assert subject.target_px
    assert subject.source_px
    assert PHOTO.face is not None
    scale = size.width / subject.photo.width
    target = replace(PHOTO, size=subject.photo, face=replace(PHOTO.face, width_px=subject.target_px, inter_eye_px=100))
    source = replace(PHOTO, face=replace(PHOTO.face, width_px=subject.source_px))
    result = replace(RESULT, size=size, inter_eye_px=100 * scale, enlargement=4.0)
    measures = Measures(target, source, None, result)
    (found,) = (
        each
        for each in diagnose(measures, Run(settings, EngineName.LANDMARK, settings)).findings
        if each.cause == "enlarged"
    )
    return found.remedy.patch["output"]


def is_sharp(option: Option) -> bool:
    return option.detail_ratio is None or option.detail_ratio <= sharpness_limits.SHARP


@pytest.mark.parametrize("photo", PHOTOS, ids=str)
def test_a_photo_whose_face_the_source_fills_comes_out_as_large_as_it_is(photo: Size) -> None:
    assert taken(advise(pair(photo, 200, 3000))).size == photo


@pytest.mark.parametrize("intent", Intent)
@pytest.mark.parametrize("shown", CASES)
def test_nothing_that_is_recommended_is_blown_up_but_where_no_size_is_sharp(shown: Pair, intent: Intent) -> None:
    advice = advise(shown, intent)
    chosen, photo = taken(advice), shown.subject.photo
    assert chosen.size.pixels <= photo.pixels or chosen.size == min((each.size for each in advice.options), key=_pixels)
    least = min(advice.options, key=lambda option: option.size.pixels)
    assert is_sharp(chosen) == is_sharp(least), "soft only where even the smallest is"
    if is_sharp(chosen):
        assert chosen.detail_ratio is not None
        assert not THRESHOLDS["source_enlarged"].is_past(chosen.detail_ratio), "the check after the run says otherwise"


@pytest.mark.parametrize("shown", CASES)
def test_the_diagnosis_names_the_size_that_is_recommended(shown: Pair) -> None:
    chosen = taken(advise(shown))
    if not is_sharp(chosen):
        return  # another photo is its remedy then
    large = layout.plan(shown.subject.photo, Settings(output=Tier.T4096)).size
    if chosen.size.pixels >= large.pixels:
        return
    assert remedy(shown, large, Settings(output=Tier.T4096)) == str(chosen.settings.output)
    best = best_output.best(shown.subject, EngineName.LANDMARK)
    assert best is not None
    assert best[1].size == chosen.size


def test_what_the_check_calls_blurry_was_called_soft_before() -> None:
    enlarged = THRESHOLDS["source_enlarged"]
    serious = next(ratio / 100 for ratio in range(100, 300) if enlarged.confidence(ratio / 100) >= SERIOUS_FROM)
    assert sharpness_limits.verdict(serious) == sharpness_limits.Verdict.SOFT
    assert not enlarged.is_past(sharpness_limits.SHARP)


@pytest.mark.parametrize(("side", "taken_side"), [(1050, 1050), (3000, 1024)])
def test_a_preset_does_not_resample_a_photo_for_a_few_pixels(side: int, taken_side: int) -> None:
    assert taken(advise(pair(Size(side, side), 200, 900), Intent.ART)).size == Size(taken_side, taken_side)


def _pixels(size: Size) -> int:
    return size.pixels
