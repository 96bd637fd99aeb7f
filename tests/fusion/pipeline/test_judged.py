"""A pair that makes no picture is refused before it is fused, unless that is asked for anyway."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from fusion.errors import PairRefused, Reason
from fusion.faces import FaceFinder
from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.suitability import Trouble, Verdict
from fusion.types import EngineName, Role, Tier
from tests.support.fixtures.photos import saved
from tests.support.fixtures.shown import with_sunglasses

QUICK = Settings(engine=EngineName.LANDMARK, output=Tier.T512)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as made:
        yield made


@pytest.fixture(scope="module")
def worn(target: Photo) -> Photo:
    """The target with black lenses before the eyes."""
    with FaceFinder() as finder:
        painted = with_sunglasses(target.pixels, finder.find(target.pixels).faces[0])
    return decode.read(saved(painted, "PNG"), Role.SOURCE)


def test_a_refused_pair_is_not_fused(pipeline: Pipeline, source: Photo, worn: Photo) -> None:
    with pytest.raises(PairRefused) as caught:
        pipeline.run(source, worn, QUICK)
    assert caught.value.reason == Reason.PAIR_REFUSED
    assert "lenses" in caught.value.message


def test_it_is_fused_anyway_where_that_is_asked_for_and_its_facts_say_what_stood_against_it(
    pipeline: Pipeline, source: Photo, worn: Photo
) -> None:
    result = pipeline.run(source, worn, QUICK.from_json(QUICK.to_json() | {"anyway": True}))
    assert result.suitability is not None
    assert result.suitability.verdict == Verdict.REFUSED
    assert result.suitability.causes[0].trouble == Trouble.DARK_LENSES
    told = [notice for notice in result.notices if notice.code == "pair"]
    assert [str(notice.details["trouble"]) for notice in told] == [
        str(cause.trouble) for cause in result.suitability.causes
    ]


def test_nothing_is_judged_where_nothing_is_fused(pipeline: Pipeline, source: Photo, worn: Photo) -> None:
    result = pipeline.run(source, worn, QUICK.from_json(QUICK.to_json() | {"ratio": 0.0}))
    assert result.suitability is None
    assert np.array_equal(result.pixels, result.before)


def test_a_pair_that_suits_is_told_to_suit(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    result = pipeline.run(target, source, QUICK)
    assert result.suitability is not None
    assert result.suitability.verdict in (Verdict.GOOD, Verdict.FAIR)
