"""What is pinned is kept, and what is chosen beside it fits, whatever the photos and the memory."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from advisor.recommendation import Intent, Pair
from advisor.recommendation.ranking import SLOW, SLOW_OF_UNET
from fusion.sizing import layout
from fusion.sizing.sharpness_limits import SHARP
from fusion.types import Aspect, EngineName, Fit, Precision, Size, Switch, Tier
from tests.support.fixtures.advice import (
    BOTH,
    LANDMARK,
    advise,
    coefficients,
    pair,
    place,
    taken,
    warned,
)


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
    fitting = [option for option in advice.options if option.verdict.fits]
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
    if option.workload.engine == EngineName.UNET:
        assert other.forecast.seconds > SLOW_OF_UNET * option.forecast.seconds
        return
    assert other.forecast.seconds > SLOW * option.forecast.seconds
    assert option.detail_ratio is None or option.detail_ratio <= SHARP
