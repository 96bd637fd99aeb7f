"""Settings as they are: judged as the table has them, and what is nearest to those that do not fit."""

from __future__ import annotations

import pytest

from advisor.recommendation import Pair, Verdict, judge, nearest
from fusion.settings import Settings
from fusion.sizing import Subject, layout
from fusion.types import Fit, Size, Switch, Tier
from tests.support.fixtures.advice import (
    BOTH,
    KNOWN,
    LANDMARK,
    PLENTY,
    advise,
    codes,
    pair,
    place,
    taken,
)


def test_settings_as_they_are_are_judged_as_the_table_has_them() -> None:
    advice = advise(ways=BOTH)
    for option in advice.options:
        judged = judge(pair(), option.settings, PLENTY, BOTH, KNOWN)
        assert (judged.size, judged.forecast, judged.verdict) == (option.size, option.forecast, option.verdict)
        assert judged.settings == option.settings


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("photo", [Size(800, 600), Size(4000, 3000)])
def test_auto_is_judged_as_what_it_means(photo: Size, fit: Fit) -> None:
    shown, settings = pair(photo, 300, 300), Settings(fit=fit)
    judged = judge(shown, settings, PLENTY, BOTH, KNOWN)
    assert judged.size == layout.plan(photo, settings, shown.subject.face).size
    assert "auto" not in (judged.settings.output, judged.settings.engine, judged.settings.two_stage)
    assert layout.plan(photo, judged.settings, shown.subject.face).size == judged.size
    assert judged.tier == ("original" if photo.width == 800 else "2048")


def test_a_judged_option_says_why_it_does_not_fit() -> None:
    judged = judge(pair(), Settings(output=Tier.T4096), place(0.5), LANDMARK, KNOWN)
    assert (judged.verdict, codes(judged)[0]) == (Verdict.TOO_BIG, "too_big")


def test_nearest_to_what_does_not_fit_is_the_same_in_two_stages_before_a_smaller_one() -> None:
    one = judge(pair(), Settings(output=Tier.T4096, two_stage=Switch.OFF), place(1.2), LANDMARK, KNOWN)
    assert not one.verdict.fits
    found = nearest(advise(place=place(1.2)), one)
    assert found is not None
    assert (found.tier, found.workload.two_stage) == ("4096", True)
    smaller = nearest(advise(place=place(0.6)), one)
    assert smaller is not None
    assert smaller.size.pixels < one.size.pixels
    assert nearest(advise(place=place(0.1)), one) is None


def test_without_faces_the_photos_own_size_is_taken() -> None:
    advice = advise(Pair(Subject(Size(3000, 2000))))
    assert (taken(advice).tier, taken(advice).detail_ratio) == ("original", None)
