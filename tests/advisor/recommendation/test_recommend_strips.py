"""A card that has no room for the unet engine's enhancer whole, and has for it in strips."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.cli import text
from advisor.device import Place
from advisor.device.compute_target import Kind
from advisor.forecast import predict, shipped, shipped_coefficients
from advisor.recommendation import Option, Verdict, judge
from fusion.memory import strips
from fusion.settings import Settings
from fusion.types import EngineName, Precision, Tier
from tests.support.fixtures.advice import BOTH, GIB, MIB, advise, codes, pair, place, taken

UNET = Settings(engine=EngineName.UNET, precision=Precision.BFLOAT16, output=Tier.T1024)


def card(free_bytes: float) -> Place:
    return replace(place(free_bytes / GIB), kind=Kind.CUDA, name="a card")


def judged(where: Place, precision: Precision = Precision.BFLOAT16) -> Option:
    return judge(pair(), replace(UNET, precision=precision), where, BOTH, TRACED)


TRACED = shipped(Kind.CUDA)
WHOLE = judged(card(64 * GIB)).forecast.peak_high_bytes
SHORT = 0.98 * WHOLE


def test_with_room_nothing_is_made_in_strips() -> None:
    option = judged(card(2 * WHOLE))
    assert (option.verdict, option.workload.strip_rows) == (Verdict.FITS, 0)
    assert "in_strips" not in codes(option)


def test_what_does_not_fit_whole_fits_in_strips_as_high_as_there_is_room_for() -> None:
    little, least = judged(card(SHORT)), judged(card(0.8 * WHOLE))
    assert strips.WHOLE > little.workload.strip_rows > least.workload.strip_rows >= strips.LEAST
    assert Verdict.TOO_BIG not in (little.verdict, least.verdict)
    assert least.forecast.peak_bytes < little.forecast.peak_bytes < WHOLE
    assert "in_strips" in codes(little)
    assert little.size == judged(card(64 * GIB)).size


def test_where_not_even_strips_fit_the_least_need_is_named() -> None:
    option = judged(card(0.1 * WHOLE))
    assert (option.verdict, option.workload.strip_rows) == (Verdict.TOO_BIG, strips.LEAST)
    assert option.workload.lends
    assert "in_strips" not in codes(option)


def test_weights_are_lent_where_strips_do_not_suffice() -> None:
    strips_alone, lent = judged(card(0.8 * WHOLE)), judged(card(0.7 * WHOLE))
    assert not strips_alone.workload.lends
    assert lent.verdict != Verdict.TOO_BIG
    assert lent.workload.lends
    assert "lent" in codes(lent)


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
def test_what_the_job_will_do_is_told_whatever_a_card_has_and_it_is_too_much_only_where_no_more_can_be_saved(
    precision: Precision,
) -> None:
    before = 0
    for mib in range(1000, 4500, 20):
        where = replace(card(mib * MIB), reserve_bytes=400 * MIB)
        option = judged(where, precision)
        will = strips.foreseen(mib * MIB - 400 * MIB - TRACED.rest_bytes, precision)
        assert (option.workload.strip_rows or strips.WHOLE, option.workload.lends) == (will.strip_rows, will.lends)
        if option.verdict == Verdict.TOO_BIG:
            assert (option.workload.strip_rows, option.workload.lends) == (strips.LEAST, True), mib
        assert option.forecast.peak_bytes >= before or option.workload.lends, mib
        before = option.forecast.peak_bytes
    assert option.workload.strip_rows == 0


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.FLOAT16])
def test_a_card_with_2_gb_runs_unet(precision: Precision) -> None:
    """By what is shipped, with what is left alone of a card and what its driver has already."""
    two_gb = replace(card(1.95 * GIB), total_bytes=2 * GIB, reserve_bytes=400 * MIB)
    one = replace(BOTH, precision=precision, precisions=frozenset({precision, Precision.FLOAT32}))
    advice = advise(place=two_gb, ways=one, known=shipped(Kind.CUDA), pins={"output": Tier.T1024})
    option = taken(advice)
    assert option.workload.engine == EngineName.UNET
    assert option.workload.precision == precision
    assert option.workload.lends


def test_a_processor_is_weighed_as_it_was_measured() -> None:
    assert judged(place(SHORT / GIB)).workload.strip_rows == 0


def test_the_advice_takes_unet_in_strips_and_says_so() -> None:
    advice = advise(place=card(SHORT), ways=BOTH, known=TRACED, pins={"output": Tier.T1024})
    option = taken(advice)
    assert option.workload.engine == EngineName.UNET
    assert option.to_json()["strip_rows"] == option.workload.strip_rows > 0
    (said,) = [reason for reason in option.reasons if reason.code == "in_strips"]
    assert f"{option.workload.strip_rows} rows at a time" in str(said)
    assert any("in strips" in line for line in text.lines(advice, card(SHORT)))


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.FLOAT16])
def test_a_card_is_thought_to_need_for_strips_what_a_processor_was_seen_to_need(precision: Precision) -> None:
    work = replace(judged(card(64 * GIB)).workload, precision=precision, strip_rows=strips.LEAST)
    on_host = shipped(Kind.CPU).once_loaded
    on_card = shipped_coefficients.on_card(on_host)  # where nothing was traced
    above = [
        predict(each, known).peak_bytes - known.rest_bytes
        for each, known in ((work, on_card), (replace(work, strip_rows=0), on_host))
    ]
    assert above[0] == pytest.approx(above[1], rel=1e-3)
    assert predict(replace(work, strip_rows=0), on_card).peak_bytes > predict(work, on_card).peak_bytes
