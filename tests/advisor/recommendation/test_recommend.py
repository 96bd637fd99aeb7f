"""Which way to fuse is recommended, and why: claims about a pure function, with costs made by hand."""

from __future__ import annotations

import timeit
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.driver.gpu import Process
from advisor.driver.reasons import Reason
from advisor.forecast import Source
from advisor.recommendation import Advice, Intent, Option, Pair, Verdict, judge, nearest, recommend
from advisor.recommendation.candidates import ASKED
from advisor.recommendation.messages import SENTENCES
from advisor.recommendation.ranking import SLOW
from fusion.settings import MAX_SIDE, PRESETS, Preset, Settings
from fusion.sizing import Subject, layout
from fusion.sizing.sharpness_limits import SHARP
from fusion.types import Aspect, EngineName, Fit, Precision, Role, Size, Switch, Tier
from tests.support.fixtures.advice import BOTH, GIB, LANDMARK, coefficients, look, pair, place

KNOWN = coefficients()
PLENTY = place(64)


def advise(shown: Pair | None = None, intent: Intent = Intent.AUTO, **given: Any) -> Advice:
    """With plenty of memory and the landmark engine, unless said otherwise; `pins` become settings that are pinned."""
    pins = given.get("pins", {})
    return recommend(
        shown or pair(),
        intent,
        replace(Settings(), **pins),
        frozenset(pins),
        given.get("place", PLENTY),
        given.get("ways", LANDMARK),
        given.get("known", KNOWN),
    )


def codes(option: Option | None) -> list[str]:
    assert option is not None
    return [reason.code for reason in option.reasons]


def warned(advice: Advice) -> set[str]:
    return {warning.code for warning in advice.warnings}


def taken(advice: Advice) -> Option:
    assert advice.chosen is not None
    return advice.chosen


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


def test_a_photo_is_not_enlarged_unless_its_size_was_asked_for() -> None:
    small = pair(Size(800, 600), 200, 900)
    advice = advise(small)
    assert taken(advice).tier == "original"
    assert "next_enlarged" in codes(advice.chosen)
    assert taken(advise(small, Intent.ART)).tier == "1024"


@pytest.mark.parametrize(("intent", "tier"), ASKED.items())
def test_an_intent_asks_for_no_more_than_its_preset(intent: Intent, tier: Tier) -> None:
    assert PRESETS[Preset(intent)]["output"] == tier
    advice = advise(intent=intent)
    assert taken(advice).tier == tier
    larger = [option for option in advice.options if option.size.pixels > taken(advice).size.pixels]
    assert larger
    assert all("over_intent" in codes(option) and not option.is_useful for option in larger)


def test_what_restores_may_be_slightly_soft() -> None:
    shown = pair(source_px=350)  # at 2048 the face is 591 px wide: 1.7 times as much
    assert taken(advise(shown)).tier == "1024"
    assert taken(advise(shown, Intent.RESTORATION)).tier == "2048"


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


@pytest.mark.parametrize(("share", "verdict"), [(0.89, "fits"), (0.91, "tight"), (1.0, "tight"), (1.01, "too_big")])
def test_the_verdict_is_by_the_bound(share: float, verdict: str) -> None:
    (option,) = advise(pins={"output": Tier.T1024}).options
    free = option.forecast.peak_high_bytes / share / GIB
    (option,) = advise(pins={"output": Tier.T1024}, place=place(free)).options
    assert option.verdict == verdict


def test_what_the_worker_holds_already_counts_as_there() -> None:
    held = replace(place(0.3), held_bytes=GIB)
    assert advise(place=place(0.3)).chosen is None
    assert advise(place=held).chosen is not None


# --- pins ---


def test_a_size_of_ones_own_is_the_only_one_weighed() -> None:
    advice = advise(pins={"output": Size(1024, 1792), "fit": Fit.CROP})
    assert {(option.tier, option.size) for option in advice.options} == {("custom", Size(1024, 1792))}
    assert "shape_cropped" in warned(advice)


def test_the_shape_is_the_targets_unless_one_is_pinned() -> None:
    padded = advise(pins={"fit": Fit.PAD})
    assert all(option.size.width > option.size.height for option in padded.options)
    square = advise(pins={"fit": Fit.PAD, "aspect": Aspect.SQUARE, "output": Tier.T1024})
    assert taken(square).size == Size(1024, 1024)
    assert "shape_padded" in warned(square)
    kept = advise(pins={"aspect": Aspect.SQUARE, "output": Tier.T1024})
    assert taken(kept).size == Size(1024, 768)
    assert "shape_kept" in warned(kept)


def test_auto_pins_nothing() -> None:
    pins = {"output": Tier.AUTO, "engine": EngineName.AUTO, "two_stage": Switch.AUTO, "precision": Precision.AUTO}
    assert advise(pins=pins, ways=BOTH).to_json() == advise(ways=BOTH).to_json()


def test_an_engine_that_is_pinned_and_not_there_is_weighed_and_warned_of() -> None:
    advice = advise(pins={"engine": EngineName.UNET})
    assert taken(advice).workload.engine == EngineName.UNET
    assert "weights_missing" in warned(advice)


def test_a_precision_that_the_device_lacks_is_weighed_as_what_it_becomes() -> None:
    advice = advise(pins={"precision": Precision.FLOAT16}, ways=BOTH)
    assert taken(advice).settings.precision == Precision.FLOAT16
    assert taken(advice).workload.precision == Precision.FLOAT32
    assert "precision_unfit" in warned(advice)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    photo = Size(draw(st.integers(200, 6000)), draw(st.integers(200, 6000)))
    most = min(photo.width, photo.height)
    return pair(photo, draw(st.floats(40, most)), draw(st.floats(40, 3000)))


def pinned() -> st.SearchStrategy[dict[str, Any]]:
    sizes = st.builds(Size, st.integers(64, 5000), st.integers(64, 5000))
    return st.fixed_dictionaries(
        {},
        optional={
            "output": st.sampled_from([*Tier][1:]) | sizes,
            "aspect": st.sampled_from(Aspect),
            "fit": st.sampled_from(Fit),
            "two_stage": st.sampled_from([Switch.ON, Switch.OFF]),
            "engine": st.sampled_from([EngineName.LANDMARK, EngineName.UNET]),
            "precision": st.sampled_from([Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT16]),
            "ratio": st.floats(0.0, 1.0),
        },
    )


INTENTS = st.sampled_from(Intent)
WAYS = st.sampled_from([BOTH, LANDMARK])
FREE = st.floats(0.1, 12)


@given(shown=pairs(), intent=INTENTS, ways=WAYS, free=FREE, pins=pinned())
def test_what_is_chosen_fits_and_every_option_is_as_pinned(
    shown: Pair, intent: Intent, ways: Any, free: float, pins: dict[str, Any]
) -> None:
    here = place(free)
    advice = advise(shown, intent, ways=ways, place=here, pins=pins)
    for option in advice.options:
        assert {name: getattr(option.settings, name) for name in pins} == pins
        assert option.reasons or option.detail_ratio is None
        assert all(str(reason) for reason in option.reasons)
    fitting = [option for option in advice.options if option.verdict != Verdict.TOO_BIG]
    assert (advice.chosen is None) == (not fitting)
    if advice.chosen is not None:
        assert advice.chosen in advice.options
        forecast = advice.chosen.forecast
        assert forecast.peak_high_bytes <= here.budget_bytes(forecast.rest_bytes)


@given(shown=pairs(), intent=INTENTS, ways=WAYS, free=FREE, more=st.floats(0, 8), pins=pinned())
def test_more_memory_never_gives_a_smaller_output_of_the_same_engine_nor_nothing(
    shown: Pair, intent: Intent, ways: Any, free: float, more: float, pins: dict[str, Any]
) -> None:
    little, much = (advise(shown, intent, ways=ways, place=place(gib), pins=pins).chosen for gib in (free, free + more))
    if little is None:
        return
    assert much is not None
    if little.workload.engine == much.workload.engine:
        assert much.size.pixels >= little.size.pixels
    else:
        assert much.workload.engine == EngineName.UNET, "the better engine came into reach"


@given(shown=pairs(), intent=INTENTS, ways=WAYS, two_stage_s=st.floats(1e-7, 1e-5))
def test_past_2048_the_choice_is_two_stages_where_the_room_is_over_a_megapixel_but_for_the_rule_of_time(
    shown: Pair, intent: Intent, ways: Any, two_stage_s: float
) -> None:
    advice = advise(shown, intent, ways=ways, known=coefficients(two_stage_s=two_stage_s))
    option = taken(advice)
    if option.size.pixels <= layout.TWO_STAGE_OVER or option.workload.room_px <= layout.WORKING_PIXELS:
        return
    if option.workload.two_stage:
        return
    other = next(
        each
        for each in advice.options
        if each.size == option.size and each.workload.engine == option.workload.engine and each.workload.two_stage
    )
    assert option.forecast.seconds is not None
    assert other.forecast.seconds is not None
    assert other.forecast.seconds > SLOW * option.forecast.seconds
    assert option.detail_ratio is None or option.detail_ratio <= SHARP


# --- warnings ---


def test_heads_that_are_turned_apart_are_warned_of_from_30_degrees() -> None:
    turned = {yaw: pair(source=look(Size(3000, 2000), 900, yaw=yaw), target=look(Size(4000, 3000), 1000, yaw=-5))
              for yaw in (24, 26)}  # fmt: skip
    assert "yaw_differs" not in warned(advise(turned[24]))
    assert "yaw_differs" in warned(advise(turned[26]))


@pytest.mark.parametrize(("one", "other", "told"), [(-0.3, 0.3, True), (0.3, 0.3, False), (-0.3, 0.1, False)])
def test_light_from_opposite_sides_is_warned_of(one: float, other: float, told: bool) -> None:
    lit = pair(target=look(Size(4000, 3000), 1000, light=one), source=look(Size(3000, 2000), 900, light=other))
    assert ("light_differs" in warned(advise(lit))) == told


def test_a_small_or_covered_face_is_warned_of_by_its_role() -> None:
    advice = advise(pair(source=look(Size(3000, 2000), 50, covered=0.4)))
    told = {warning.code: warning.details["role"] for warning in advice.warnings if "role" in warning.details}
    assert told == {"face_small": Role.SOURCE, "face_covered": Role.SOURCE}


def test_a_photo_longer_than_any_output_is_warned_of() -> None:
    assert "photo_side" in warned(advise(pair(Size(9000, 4000))))


def test_a_card_that_cannot_be_used_is_warned_of_and_none_at_all_is_not() -> None:
    (warning,) = advise(place=place(8, why=Reason.TORCH_WITHOUT_CUDA)).warnings
    assert "built without CUDA" in str(warning)
    assert "make setup" in str(warning)
    assert not advise(place=place(8, why=Reason.NO_DRIVER)).warnings


def test_a_forecast_that_was_not_measured_here_is_warned_of() -> None:
    assert "not_measured" in warned(advise(known=coefficients(source=Source.ELSEWHERE)))
    estimated = advise(known=coefficients(source=Source.ESTIMATED, timed=False))
    assert "basis_estimated" in codes(estimated.chosen)
    assert advise().warnings == ()


# --- one option, and the way out ---


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
    assert one.verdict == Verdict.TOO_BIG
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


# --- sentences and speed ---


def test_reasons_are_numbers_in_sentences() -> None:
    (soft,) = advise(pair(source_px=420), pins={"output": Tier.T2048, "two_stage": Switch.OFF}).options
    assert str(soft.reasons[0]) == (
        "The source's face is 420 px wide; at 2365×1774 it is enlarged 1.4×: soft unless two-stage."
    )


def test_json_is_what_the_command_line_promises() -> None:
    data = advise().to_json()
    wanted = {"width", "height", "tier", "two_stage", "engine", "precision", "verdict", "peak_bytes",
              "peak_bytes_high", "seconds", "seconds_high", "detail_ratio", "reasons"}  # fmt: skip
    assert wanted <= set(data["chosen"])
    assert data["chosen"] in data["options"]
    assert all({"code", "details", "text"} == set(reason) for reason in data["chosen"]["reasons"])


def test_every_sentence_ends_as_one() -> None:
    assert all(sentence.endswith((".", "}")) for sentence in SENTENCES.values())
    assert all(sentence == sentence.strip() and "  " not in sentence for sentence in SENTENCES.values())


def test_a_full_table_takes_milliseconds() -> None:
    advise(ways=BOTH)
    best = min(timeit.repeat(lambda: advise(ways=BOTH), number=5, repeat=7)) / 5
    assert best < 0.010, "2 ms on an idle machine; benchmarks/advisor measures it"
