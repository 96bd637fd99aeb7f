"""A verdict comes back from the database as it was, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest

from advisor.diagnosis import Action, Cause, Finding, Level, Remedy, Symptom, Verdict, kept
from advisor.diagnosis.result_check import VERSION
from fusion.errors import FusionError, Reason

SEAM = Finding(
    Symptom.SEAM,
    Cause.MASK_HARD,
    Level.SERIOUS,
    0.9,
    {"width_px": 1.5, "jump": 12.0, "where": "jaw"},
    Remedy("Use the mode blend, which has the softest border.", {"mode": "blend"}),
    "result.edge_p95",
)
SMALL = Finding(
    Symptom.BLURRY,
    Cause.SOURCE_SMALL,
    Level.MINOR,
    0.6,
    {"source_px": 60.0, "output_px": 120.0, "factor": 2.0},
    Remedy("Take a larger photo.", action=Action.OTHER_SOURCE),
)


def test_a_verdict_comes_back_from_the_database_as_it_was() -> None:
    made = Verdict((SEAM, SMALL), 8.25, {"result": {"change": 8.25}}, None, 0.5)
    assert kept(json.loads(json.dumps(made.to_json()))) == made
    failed = Verdict(error=FusionError(Reason.PHOTOS_GONE, why="they were removed"))
    again = kept(json.loads(json.dumps(failed.to_json())))
    assert again is not None
    assert again.error is not None
    assert "they were removed" in again.error.message


def test_a_verdict_that_could_not_be_given_for_an_unknown_reason_has_not_passed() -> None:
    stored = Verdict(error=FusionError(Reason.PHOTOS_GONE, why="x")).to_json() | {"error": "moon_full"}
    again = kept(stored)
    assert again is not None
    assert again.error is not None
    assert (again.passed, again.error.reason) == (None, Reason.UNKNOWN)


@pytest.mark.parametrize(
    ("verdict", "passed", "changed"),
    [
        (Verdict((SEAM,), 8.0), False, True),
        (Verdict((SMALL,), 8.0), True, True),
        (Verdict((), 0.1), True, False),
        (Verdict((), None), True, None),
        (Verdict(error=FusionError(Reason.PHOTOS_GONE, why="x")), None, None),
        (Verdict((), 8.0, {"result": {"like_source": 0.5}}), True, True),
        (Verdict((), 8.0, {"result": {"like_source": 0.2}}), False, True),
        (Verdict((), 8.0, {"result": {"like_source": None}}), None, True),
        (Verdict((SEAM,), 8.0, {"result": {"like_source": None}}), False, True),
    ],
)
def test_that_the_face_changed_and_that_it_is_good_are_said_apart(
    verdict: Verdict, passed: bool | None, changed: bool | None
) -> None:
    told = verdict.to_json()
    assert (told["passed"], told["changed"]) == (passed, changed)


@pytest.mark.parametrize(
    "data", [None, {}, {"version": VERSION + 1}, {"version": VERSION}, {"version": VERSION, "error": None}]
)
def test_what_another_version_has_written_is_no_verdict(data: dict[str, object] | None) -> None:
    assert kept(data) is None


def test_a_cause_that_is_not_known_any_more_makes_no_verdict() -> None:
    told = Verdict((SEAM,), 8.0).to_json()
    told["findings"][0]["cause"] = "cursed"
    assert kept(told) is None
