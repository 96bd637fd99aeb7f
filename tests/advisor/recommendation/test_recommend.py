"""Which way to fuse is recommended, and why: claims about a pure function, with costs made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from advisor.driver.gpu import Process
from advisor.forecast import shipped
from advisor.recommendation import Intent, Verdict
from advisor.recommendation.candidates import ASKED
from fusion.settings import MAX_SIDE, PRESETS, Preset
from fusion.sizing import layout
from fusion.sizing.sharpness_limits import SHARP
from fusion.types import EngineName, Precision, Size, Switch, Tier
from tests.support.fixtures.advice import (
    BOTH,
    GIB,
    KNOWN,
    advise,
    codes,
    coefficients,
    pair,
    place,
    taken,
)

# --- the table ---


def test_every_tier_is_weighed_in_each_engine_and_in_two_stages_where_they_would_run() -> None:
    advice = advise(ways=BOTH)
    seen = [(option.tier, str(option.workload.engine), option.workload.two_stage) for option in advice.options]
    assert len(seen) == len(set(seen))
    assert {tier for tier, _, _ in seen} == {"512", "1024", "2048", "original", "4096"}
    assert {engine for _, engine, _ in seen} == {"landmark", "unet"}
    assert {tier for tier, _, two in seen if two} == {"2048", "original", "4096"}
    assert [option.size.pixels for option in advice.options] == sorted(option.size.pixels for option in advice.options)


def test_a_tier_that_is_the_photo_itself_is_called_original_and_listed_once() -> None:
    advice = advise(pair(Size(1024, 1024), 300, 300))
    assert [option.tier for option in advice.options if option.size == Size(1024, 1024)] == ["original"]
    assert "1024" not in {option.tier for option in advice.options}


def test_an_option_can_be_run_as_it_is() -> None:
    for option in advise(ways=BOTH).options:
        settings = option.settings
        assert "auto" not in (settings.output, settings.engine, settings.two_stage, settings.precision)
        assert layout.plan(Size(4000, 3000), settings, pair().subject.face).size == option.size
        assert (settings.two_stage == Switch.ON) == option.workload.two_stage


def test_no_side_is_longer_than_what_settings_take() -> None:
    sizes = [option.size for option in advise(pair(Size(9000, 400), 200, 200)).options]
    assert max(size.width for size in sizes) == MAX_SIDE


def test_the_detail_ratio_is_what_the_pixels_hold() -> None:
    for option in advise(pair(source_px=500)).options:
        assert option.detail_ratio is not None
        assert option.detail_ratio == pytest.approx(option.workload.face_px / 500, abs=0.01)
        assert option.is_useful == (option.detail_ratio <= SHARP)


# --- the choice ---


def test_the_largest_size_that_holds_detail_is_taken() -> None:
    assert taken(advise(pair(source_px=900))).tier == "original"
    assert taken(advise(pair(source_px=600))).tier == "2048"
    assert taken(advise(pair(source_px=200))).tier == "512"


def test_a_photo_is_not_enlarged_unless_its_size_is_set_by_hand() -> None:
    small = pair(Size(800, 600), 200, 900)
    advice = advise(small)
    assert taken(advice).tier == "original"
    assert "next_enlarged" in codes(advice.chosen)
    assert taken(advise(small, Intent.ART)).tier == "original", "nor for what it is for"
    assert taken(advise(small, pins={"output": Tier.T1024})).tier == "1024"


@pytest.mark.parametrize(("intent", "tier"), ASKED.items())
def test_an_intent_asks_for_no_more_than_its_preset(intent: Intent, tier: Tier) -> None:
    assert PRESETS[Preset(intent)]["output"] == tier
    advice = advise(intent=intent)
    assert taken(advice).tier == tier
    larger = [option for option in advice.options if option.size.pixels > taken(advice).size.pixels]
    assert larger
    assert all("over_intent" in codes(option) and not option.is_useful for option in larger)


def test_what_restores_is_to_be_sharp_as_anything_else_is() -> None:
    shown = pair(source_px=350)  # at 2048 the face is 591 px wide: 1.7 times as much
    assert taken(advise(shown)).tier == taken(advise(shown, Intent.RESTORATION)).tier == "1024"


def test_unet_is_taken_where_something_of_it_fits_and_landmark_where_nothing_does() -> None:
    assert taken(advise(ways=BOTH)).workload.engine == EngineName.UNET
    tight = advise(ways=BOTH, place=place(0.7))
    assert taken(tight).workload.engine == EngineName.LANDMARK
    assert "engine_memory" in codes(tight.chosen)
    assert "engine_weights" in codes(advise().chosen)


def test_precision_is_what_auto_means_and_float32_for_landmark() -> None:
    found = {(option.workload.engine, option.workload.precision) for option in advise(ways=BOTH).options}
    assert found == {(EngineName.UNET, Precision.BFLOAT16), (EngineName.LANDMARK, Precision.FLOAT32)}


def test_two_stages_where_one_does_not_fit() -> None:
    shown = pair(Size(2048, 2048), 1400, 1400)
    one, two = (option for option in advise(shown).options if option.tier == "original")
    between = (one.forecast.peak_high_bytes + two.forecast.peak_high_bytes) / 2 / GIB
    advice = advise(shown, place=place(between))
    assert (taken(advice).tier, taken(advice).workload.two_stage) == ("original", True)
    assert "stages_needed" in codes(advice.chosen)
    assert not taken(advise(shown)).workload.two_stage, "both fit, and up to 2048² one is enough"


def test_two_stages_past_2048_unless_they_take_long_for_a_face_that_is_sharp_anyway() -> None:
    assert taken(advise()).workload.two_stage
    assert "stages_large" in codes(advise().chosen)
    slow = advise(known=coefficients(two_stage_s=3e-6))
    assert not taken(slow).workload.two_stage
    assert "stages_slow" in codes(slow.chosen)
    soft = advise(pair(source_px=500), known=coefficients(two_stage_s=3e-6), pins={"output": Tier.T4096})
    assert taken(soft).workload.two_stage
    unknown = advise(known=coefficients(two_stage_s=3e-6, timed=False))
    assert taken(unknown).workload.two_stage


@pytest.mark.parametrize("target_px", [500, 1500])
@pytest.mark.parametrize("output", [Size(3000, 3000), Tier.T4096])
def test_unet_past_2048_is_taken_in_two_stages_only_where_they_are_known_to_take_hardly_longer(
    output: Tier | Size, target_px: float
) -> None:
    shown = pair(Size(3000, 3000), target_px)
    given: dict[str, Any] = {"ways": BOTH, "pins": {"output": output, "engine": EngineName.UNET}}
    slow = advise(shown, known=coefficients(two_stage_s=1.5e-6), **given)
    assert not taken(slow).workload.two_stage
    is_sharp = target_px * taken(slow).size.width / 3000 <= SHARP * layout.ENHANCER_FACE_PX
    assert ("stages_slow" if is_sharp else "stages_long") in codes(slow.chosen)
    assert taken(advise(shown, known=coefficients(two_stage_s=1.1e-6), **given)).workload.two_stage
    unknown = advise(shown, known=coefficients(timed=False), **given)
    assert not taken(unknown).workload.two_stage
    assert "stages_untimed" in codes(unknown.chosen)


def test_unet_is_taken_in_two_stages_where_one_does_not_fit_however_long_they_take() -> None:
    given: dict[str, Any] = {"ways": BOTH, "pins": {"output": Tier.T4096, "engine": EngineName.UNET}}
    slow = coefficients(two_stage_s=9e-6)
    one, two = advise(pair(Size(4000, 4000), 3000), known=slow, **given).options
    assert (one.workload.two_stage, two.workload.two_stage) == (False, True)
    between = (one.forecast.peak_high_bytes + two.forecast.peak_high_bytes) / 2 / GIB
    assert taken(advise(pair(Size(4000, 4000), 3000), known=slow, place=place(between), **given)).workload.two_stage


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize("target_px", [600, 1200, 2400])
def test_by_what_was_measured_unet_on_a_processor_is_not_taken_in_two_stages_with_span(
    precision: Precision, target_px: float
) -> None:
    pins = {"output": Tier.T4096, "engine": EngineName.UNET, "precision": precision}
    shown = pair(Size(4000, 4000), target_px)
    one, two = advise(shown, ways=BOTH, known=shipped("cpu"), pins=pins).options
    assert (one.workload.two_stage, two.workload.two_stage) == (False, True)
    assert one.forecast.seconds is not None
    assert two.forecast.seconds is not None
    assert two.forecast.seconds > 2 * one.forecast.seconds
    assert taken(advise(shown, ways=BOTH, known=shipped("cpu"), pins=pins)).settings == one.settings


def test_where_nothing_holds_detail_the_smallest_is_taken_and_says_so() -> None:
    advice = advise(pair(Size(512, 512), 300, 60))
    assert taken(advice).size == min((option.size for option in advice.options), key=lambda size: size.pixels)
    assert taken(advice).is_useful
    assert "smallest" in codes(advice.chosen)


def test_nothing_is_chosen_where_nothing_fits_and_the_reason_names_who_holds_the_memory() -> None:
    python, unnamed = Process(4242, "python", round(9.8 * GIB), False), Process(7, None, GIB, None)
    advice = advise(place=place(0.2, holders=(python, unnamed)))
    assert advice.chosen is None
    assert {option.verdict for option in advice.options} == {Verdict.TOO_BIG}
    assert str(advice.options[0].reasons[0]).endswith("`python` (pid 4242) holds 9.8 GiB.")
    assert codes(advise(place=place(0.2, holders=(unnamed,))).options[0])[0] == "too_big_held_unnamed"
    assert codes(advise(place=place(0.2)).options[0])[0] == "too_big"


def test_what_is_said_to_be_needed_is_never_less_than_what_is_there() -> None:
    for option in advise(place=place(0.55)).options:
        if option.verdict == Verdict.TOO_BIG:
            details = option.reasons[0].details
            assert float(details["need"]) > float(details["free"])


@pytest.mark.parametrize(("share", "verdict"), [(0.89, "fits"), (0.91, "tight"), (1.0, "tight"), (1.01, "may_fit")])
def test_the_verdict_is_by_the_bound(share: float, verdict: str) -> None:
    (option,) = advise(pins={"output": Tier.T1024}).options
    free = option.forecast.peak_high_bytes / share / GIB
    (option,) = advise(pins={"output": Tier.T1024}, place=place(free)).options
    assert option.verdict == verdict


def test_what_is_forecast_to_fit_and_might_not_is_offered_and_not_recommended() -> None:
    (option,) = advise(pins={"output": Tier.T1024}).options
    between = (option.forecast.peak_bytes + option.forecast.peak_high_bytes) / 2 / GIB
    advice = advise(pins={"output": Tier.T1024}, place=place(between))
    assert advice.chosen is None
    (option,) = advice.options
    assert (option.verdict, codes(option)[0]) == (Verdict.MAY_FIT, "may_fit")
    details = option.reasons[0].details
    assert float(details["likely"]) <= float(details["free"]) < float(details["need"])


def test_what_is_forecast_not_to_fit_is_too_big() -> None:
    (option,) = advise(pins={"output": Tier.T1024}).options
    (option,) = advise(pins={"output": Tier.T1024}, place=place(0.99 * option.forecast.peak_bytes / GIB)).options
    assert (option.verdict, codes(option)[0]) == (Verdict.TOO_BIG, "too_big")


def test_what_the_worker_holds_already_counts_as_there() -> None:
    held = replace(place(0.3), held_bytes=GIB)
    assert advise(place=place(0.3)).chosen is None
    assert advise(place=held).chosen is not None


@pytest.mark.parametrize(("per_px", "is_said"), [(79.9, False), (40.0, True)])
def test_two_stages_are_said_to_save_only_what_a_tenth_of_a_gib_shows(per_px: float, is_said: bool) -> None:
    memory = {
        regime: replace(line, coefficients=(0.0, 20.0, per_px if regime.two_stage else 80.0, 4.0, 0.0))
        for regime, line in KNOWN.memory.items()
    }
    advice = advise(known=replace(KNOWN, memory=memory))
    assert "stages_large" in codes(advice.chosen)
    assert ("stages_save" in codes(advice.chosen)) == is_said
