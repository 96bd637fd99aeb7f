"""A result that is not like its source is said to be so, with the first reason that there is, and one thing to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from advisor.diagnosis import Action, Cause, Finding, Level
from advisor.diagnosis.run_rules import diagnose
from advisor.quality import FaceQuality, Measures, PairQuality, PhotoQuality, ResultQuality, Run
from fusion.settings import Settings
from fusion.types import EngineName, Size, Switch

SIZE = Size(800, 1000)


def face(yaw: float = 0.0, blur: float = 0.4, width_px: float = 240.0) -> FaceQuality:
    return FaceQuality(width_px, 0.45 * width_px, yaw, 0, 0, blur, 9, 0, 1, 0, 0, 0, 60, 0, 0)


def photo(one: FaceQuality) -> PhotoQuality:
    return PhotoQuality(SIZE, 100_000, (one.width_px,), 0, 0, 1.0, 60.0, one)


def found(cosine: float, ours: FaceQuality, theirs: FaceQuality, **run: Any) -> Finding | None:
    result = ResultQuality(SIZE, 108, 0.4, 9, 1, 1, 1, True, change=6.0, like_source=cosine, like_target=0.1)
    pair = PairQuality(theirs.yaw - ours.yaw, 0, 0, 0, 0, 0, 1, 1)
    settings = replace(Settings(ratio=1.0, engine=EngineName.LANDMARK), **run)
    told = Run(settings, settings.engine, settings)
    all = diagnose(Measures(photo(ours), photo(theirs), pair, result), told).findings
    unlike = [each for each in all if each.cause.startswith("unlike_")]
    assert len(unlike) <= 1
    return unlike[0] if unlike else None


REASONS: list[tuple[Cause, FaceQuality, FaceQuality, dict[str, Any], dict[str, Any] | Action]] = [
    (Cause.UNLIKE_RATIO, face(), face(), {"ratio": 0.8}, {"ratio": 1.0}),
    (Cause.UNLIKE_MIRROR, face(15), face(-15), {"mirror": Switch.OFF}, {"mirror": "on"}),
    (Cause.UNLIKE_POSE, face(15), face(-15), {"mirror": Switch.ON}, Action.OTHER_SOURCE),
    (Cause.UNLIKE_SOFT, face(), face(blur=0.8), {}, Action.OTHER_SOURCE),
    (Cause.UNLIKE_SOFT, face(), face(width_px=50), {}, Action.OTHER_SOURCE),
    (Cause.UNLIKE_ENGINE, face(), face(), {"engine": EngineName.UNET}, {"engine": "landmark"}),
    (Cause.UNLIKE_SOURCE, face(), face(), {}, Action.OTHER_SOURCE),
]


@pytest.mark.parametrize(("cause", "ours", "theirs", "run", "mend"), REASONS)
def test_the_first_reason_that_there_is_is_named_with_what_mends_it(
    cause: Cause, ours: FaceQuality, theirs: FaceQuality, run: dict[str, Any], mend: dict[str, Any] | Action
) -> None:
    one = found(0.2, ours, theirs, **run)
    assert one is not None
    assert (one.cause, one.level) == (cause, Level.SERIOUS)
    assert (one.remedy.action or dict(one.remedy.patch)) == mend
    assert "0.20" in one.text


@pytest.mark.parametrize(("cosine", "is_told"), [(0.37, False), (0.35, True)])
def test_it_is_told_from_where_it_is_no_longer_the_same_person(cosine: float, is_told: bool) -> None:
    assert (found(cosine, face(), face()) is not None) == is_told


def test_a_face_of_both_that_was_asked_for_is_no_serious_fault() -> None:
    one = found(0.2, face(), face(), ratio=0.5)
    assert one is not None
    assert one.level == Level.MINOR
