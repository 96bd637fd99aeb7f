"""From measures to causes: each cause from what it alone changes, ranked, with a remedy that fits the settings."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from advisor.diagnosis import THRESHOLDS, Action, Cause, Level, Symptom, diagnose
from advisor.diagnosis.run_rules import RULES
from advisor.quality import FaceQuality, Look, Measures, PairQuality, PhotoQuality, ResultQuality, Run
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.types import EngineName, Mode, Size

FACE = FaceQuality(
    width_px=240.0,
    inter_eye_px=104.0,
    yaw=2.0,
    pitch=-3.0,
    roll=1.0,
    blur=0.36,
    sharpness=1.0,
    one_way=0.05,
    noise=0.6,
    light=0.05,
    covered=0.02,
    covered_border=0.03,
    luminance=60.0,
    clipped_dark=0.0,
    clipped_bright=0.0,
)
PHOTO = PhotoQuality(Size(1000, 1200), 300_000, (240.0,), 0, 0, 1.0, 45.0, FACE)
PAIR = PairQuality(
    yaw=3.0, pitch=2.0, roll=0.0, light=0.1, colour=4.0, exposure_ev=0.2, noise_ratio=1.0, sharpness_ratio=1.0
)
RESULT = ResultQuality(
    size=Size(1000, 1200),
    inter_eye_px=104.0,
    blur=0.36,
    sharpness=1.0,
    enlargement=1.0,
    blockiness=1.0,
    stretch=1.0,
    is_aligned=True,
    change=8.0,
    face_to_ring=1.0,
    features=1.0,
    skin=0.9,
    skin_kept=0.8,
    target_enlargement=1.0,
    edge_median=1.0,
    grain=1.0,
    edge_width=0.12,
    edge_l=0.5,
    edge_a=0.2,
    edge_b=0.2,
    edge_p95=2.0,
    edge_excess=0.1,
    edge_where="",
    looks=(),
    like_source=0.7,
    like_target=0.2,
    skin_l=0.5,
    skin_a=0.3,
    skin_b=0.3,
    rim_l=0.5,
    rim_a=0.3,
    rim_b=0.3,
    exposure_ev=0.02,
)
CLEAN = Measures(PHOTO, PHOTO, PAIR, RESULT)
RUN = Run(Settings(), EngineName.LANDMARK, Settings())


def changed(**changes: Any) -> Measures:
    """The clean measures with others at the paths given: source__face__blur=0.8."""
    measures: Any = CLEAN
    for path, value in changes.items():
        measures = _set(measures, path.split("__"), value)
    found: Measures = measures
    return found


def _set(noun: Any, names: list[str], value: Any) -> Any:
    first, *rest = names
    return replace(noun, **{first: _set(getattr(noun, first), rest, value) if rest else value})


def causes(measures: Measures, run: Run | None = None, symptom: Symptom | None = None) -> list[Cause]:
    return [finding.cause for finding in diagnose(measures, run, symptom).findings]


FAULTS: dict[Cause, dict[str, Any]] = {
    Cause.SOURCE_SMALL: {"source__face__width_px": 110.0, "result__face_to_ring": 0.5},
    Cause.ENLARGED: {"result__enlargement": 4.0, "result__size": Size(4000, 4800), "result__inter_eye_px": 416.0},
    Cause.SOURCE_BLURRED: {"source__face__blur": 0.8, "result__face_to_ring": 0.4},
    Cause.TARGET_BLURRED: {"target__face__blur": 0.85, "result__blur": 0.85},
    Cause.FACE_SMALL: {"result__inter_eye_px": 16.0, "result__size": Size(154, 185)},
    Cause.OVER_SMOOTHED: {"result__skin_kept": 0.2, "result__skin": 0.2},
    Cause.STRETCHED: {"result__stretch": 1.4},
    Cause.SOURCE_COMPRESSED: {"source__blockiness": 2.0},
    Cause.RESULT_COMPRESSED: {"result__blockiness": 2.0},
    Cause.FACE_SOFT: {"result__face_to_ring": 0.3},
    Cause.MASK_HARD: {"result__edge_width": 0.005, "result__edge_median": 6.0, "result__edge_where": "forehead"},
    Cause.COLOUR_STEP: {"result__rim_b": 12.0},
    Cause.EXPOSURE_STEP: {"result__exposure_ev": 0.8},
    Cause.LIGHT_APART: {"target__face__light": -0.5, "source__face__light": 0.5, "pair__light": 1.0},
    Cause.HEADS_APART: {"pair__yaw": 45.0},
    Cause.COVERED: {"source__face__covered": 0.5},
    Cause.GRAIN_DIFFERS: {"result__grain": 4.0},
    Cause.BORDER_SHOWS: {"result__edge_p95": 18.0, "result__edge_where": "forehead"},
    **{
        cause: {"result__looks": (Look(kind, "forehead", 2.0),)}
        for kind, cause in {
            "patch": Cause.LOOKS_PATCHED,
            "asymmetry": Cause.LOOKS_UNEVEN,
            "eyes": Cause.LOOKS_BLACK_EYED,
            "edge": Cause.LOOKS_CUT,
            "ghost": Cause.LOOKS_GHOSTLY,
            "smear": Cause.LOOKS_SMEARED,
            "ashen": Cause.LOOKS_ASHEN,
        }.items()
    },
    Cause.NO_FACE: {"target__face": None, "target__faces_px": (), "pair": None, "result": None},
    Cause.FACE_TINY: {"source__face__width_px": 30.0, "result": None},
    Cause.FACE_TURNED: {
        "source__face": None,
        "source__faces_px": (),
        "source__turned": 1,
        "pair": None,
        "result": None,
    },
    Cause.FACE_DARK: {
        "target__face": None,
        "target__faces_px": (),
        "target__luminance": 3.0,
        "pair": None,
        "result": None,
    },
    Cause.UNCHANGED: {"result__change": 0.1},
    Cause.OTHER_FACE: {"target__faces_px": (240.0, 230.0)},
    Cause.UNLIKE_SOURCE: {"result__like_source": 0.2},
    Cause.UNLIKE_POSE: {"result__like_source": 0.2, "pair__yaw": 24.0},
}


def test_nothing_is_found_where_nothing_is_wrong_and_what_was_looked_for_is_said() -> None:
    for run in (None, RUN):
        found = diagnose(CLEAN, run)
        assert found.findings == ()
        assert not found.is_serious
        assert set(FAULTS) - {Cause.MODE_UNLIKE_LIGHT} <= set(found.looked_for)


@pytest.mark.parametrize("cause", FAULTS)
def test_each_cause_is_found_first_in_what_it_changes(cause: Cause) -> None:
    found = diagnose(changed(**FAULTS[cause])).findings
    assert found[0].cause == cause
    assert 0.5 <= found[0].confidence <= 1


@pytest.mark.parametrize("cause", FAULTS)
def test_a_finding_says_why_in_numbers_and_its_remedy_fits_the_settings(cause: Cause) -> None:
    finding = diagnose(changed(**FAULTS[cause])).findings[0]
    assert "{" not in finding.text + finding.remedy.text
    assert any(isinstance(value, int | float) for value in finding.evidence.values())
    assert bool(finding.remedy.patch) != (finding.remedy.action is not None)
    finding.remedy.applied(Settings())
    if finding.gauge:
        assert changed(**FAULTS[cause]).number(finding.gauge) is not None
    json.dumps(finding.to_json())


@pytest.mark.parametrize("cause", FAULTS)
def test_a_remedy_changes_what_the_job_was_run_with(cause: Cause) -> None:
    for finding in diagnose(changed(**FAULTS[cause]), RUN).findings:
        if finding.remedy.patch:
            assert finding.remedy.applied(RUN.settings) != RUN.settings


@pytest.mark.parametrize("symptom", Symptom)
def test_only_what_explains_the_symptom_is_said(symptom: Symptom) -> None:
    found = diagnose(
        changed(result__skin_kept=0.2, result__skin=0.2, result__exposure_ev=0.9, source__faces_px=(240.0, 200.0)),
        None,
        symptom,
    )
    assert all(finding.symptom == symptom for finding in found.findings)
    assert len(found.findings) == (0 if symptom == Symptom.SLOW else 1)


def test_what_follows_from_a_cause_is_not_said_before_it() -> None:
    soft = changed(source__face__width_px=60.0, source__face__blur=0.9, result__face_to_ring=0.2)
    assert causes(soft)[0] == Cause.SOURCE_SMALL
    assert Cause.FACE_SOFT not in causes(soft)
    enlarged = changed(result__enlargement=4.0, result__size=Size(4000, 4800), result__inter_eye_px=416.0)
    assert Cause.SOURCE_SMALL not in causes(enlarged), "the face filled its pixels before it was enlarged"
    untouched = changed(result__change=0.0, result__edge_median=20.0, result__edge_width=0.001, result__grain=5.0)
    assert causes(untouched) == [Cause.UNCHANGED]


def test_the_stronger_evidence_comes_first() -> None:
    assert causes(changed(result__exposure_ev=0.5, result__grain=9.0))[:2] == [Cause.GRAIN_DIFFERS, Cause.EXPOSURE_STEP]
    assert causes(changed(result__exposure_ev=1.4, result__grain=4.0))[:2] == [Cause.EXPOSURE_STEP, Cause.GRAIN_DIFFERS]


def test_without_a_result_only_the_photos_are_judged() -> None:
    found = diagnose(Measures(PHOTO, PHOTO, PAIR))
    assert found.findings == ()
    assert Cause.HEADS_APART in found.looked_for
    assert not {Cause.MASK_HARD, Cause.UNCHANGED, Cause.ENLARGED} & set(found.looked_for)


def test_of_a_stranger_no_setting_is_claimed() -> None:
    looked = set(diagnose(CLEAN).looked_for)
    assert not {Cause.RATIO_LOW, Cause.DOWNGRADED, Cause.MODE_UNLIKE_LIGHT, Cause.SMOOTHING_OUTSIDE} & looked


def test_a_low_ratio_is_told_from_a_fusion_that_did_not_take_place() -> None:
    low = Settings(ratio=0.1)
    weak = changed(result__change=0.2)
    assert causes(weak, Run(low, EngineName.LANDMARK, low)) == [Cause.RATIO_LOW]
    assert causes(weak, RUN) == [Cause.UNCHANGED]
    assert diagnose(weak).findings[0].remedy.action == Action.FUSE_HERE
    assert diagnose(weak).is_serious


def test_a_job_that_went_on_with_less_says_so() -> None:
    run = replace(RUN, steps=(Step(Rung.TIER, "2048", "1024"),))
    found = diagnose(changed(result__enlargement=2.0), run).findings
    assert found[0].cause == Cause.DOWNGRADED
    assert "2048" in found[0].text


def test_unlike_light_asks_for_the_mode_that_mends_it() -> None:
    unlike = changed(**FAULTS[Cause.LIGHT_APART])
    assert diagnose(unlike, RUN).findings[0].cause == Cause.MODE_UNLIKE_LIGHT
    assert diagnose(unlike, RUN).findings[0].remedy.patch == {"mode": "overlay"}
    overlay = Settings(mode=Mode.OVERLAY)
    assert causes(unlike, Run(overlay, EngineName.LANDMARK, overlay)) == [Cause.LIGHT_APART]


def test_smoothing_is_lowered_from_where_it_was() -> None:
    for smoothing, lower in ((0.9, 0.4), (0.4, 0.2), (0.1, 0.0)):
        settings = Settings(skin_smoothing=smoothing)
        found = diagnose(
            changed(result__skin_kept=0.2, result__skin=0.2), Run(settings, EngineName.LANDMARK, settings)
        ).findings
        assert found[0].remedy.patch == {"skin_smoothing": lower}


def test_a_small_source_is_mended_by_a_smaller_size_and_a_tiny_one_by_another_photo() -> None:
    half = diagnose(changed(source__face__width_px=130.0, result__face_to_ring=0.6)).findings[0]
    assert half.remedy.patch == {"output": "512"}
    tiny = diagnose(changed(source__face__width_px=50.0, result__face_to_ring=0.3)).findings[0]
    assert tiny.remedy.action == Action.OTHER_SOURCE


def test_a_picture_that_cannot_be_laid_on_its_target_is_judged_by_itself() -> None:
    alone = changed(result__is_aligned=False, result__change=None, result__face_to_ring=None, result__edge_median=None)
    found = diagnose(replace(alone, result=replace(alone.result, edge_width=None, enlargement=4.0)))  # type: ignore[type-var]
    assert found.findings[0].cause == Cause.ENLARGED
    assert Cause.MASK_HARD not in found.looked_for


def test_what_is_sure_is_serious() -> None:
    assert diagnose(changed(result__exposure_ev=2.0)).findings[0].level == Level.SERIOUS
    assert diagnose(changed(result__exposure_ev=THRESHOLDS["exposure"].value)).findings[0].level == Level.MINOR


@pytest.mark.parametrize("role", ["target", "source"])
def test_a_file_over_the_limit_is_said_to_be_large_and_none_at_it(role: str) -> None:
    assert PHOTO.file_bytes is not None
    limit_bytes = PHOTO.file_bytes
    photo = replace(PHOTO, file_bytes=28 * limit_bytes)
    large = replace(CLEAN, target=photo) if role == "target" else replace(CLEAN, source=photo)
    (found,) = diagnose(large, limit_bytes=limit_bytes).findings
    assert (found.symptom, found.cause, found.evidence["role"]) == (Symptom.SLOW, Cause.FILE_LARGE, role)
    assert "8.0 MiB: over 0.28" in found.text
    assert diagnose(CLEAN, limit_bytes=limit_bytes).findings == ()
    assert Cause.FILE_LARGE not in diagnose(large).looked_for


def test_rules_name_measures_that_exist() -> None:
    for rule in RULES:
        for need in rule.needs:
            noun: Any = CLEAN if need not in ("run", "limit_bytes") else None
            for name in need.split(".") if noun else ():
                assert hasattr(noun, name), need
                noun = getattr(noun, name)


def test_every_number_of_the_nouns_is_set_here() -> None:
    for noun in (FACE, PHOTO, PAIR, RESULT):
        assert is_dataclass(noun)
        assert all(getattr(noun, field.name) is not None for field in fields(noun))
