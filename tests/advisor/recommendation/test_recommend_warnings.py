"""What advice warns of, and that its sentences and numbers are as promised."""

from __future__ import annotations

import timeit
from dataclasses import replace

import pytest

from advisor.driver.reasons import Reason
from advisor.forecast import Source
from advisor.recommendation.messages import SENTENCES
from fusion.types import Size, Switch, Tier
from tests.support.fixtures.advice import (
    BOTH,
    advise,
    codes,
    coefficients,
    look,
    pair,
    place,
    warned,
)

# --- warnings ---


@pytest.mark.parametrize(("one", "other", "told"), [(-0.3, 0.3, True), (0.3, 0.3, False), (-0.3, 0.1, False)])
def test_light_from_opposite_sides_is_warned_of(one: float, other: float, told: bool) -> None:
    lit = pair(target=look(Size(4000, 3000), 1000, light=one), source=look(Size(3000, 2000), 900, light=other))
    assert ("light_differs" in warned(advise(lit))) == told


def test_a_photo_longer_than_any_output_is_warned_of() -> None:
    assert "photo_side" in warned(advise(pair(Size(9000, 4000))))


def test_a_card_that_cannot_be_used_is_warned_of_and_none_at_all_is_not() -> None:
    told = replace(place(8, why=Reason.TORCH_WITHOUT_CUDA), command="pip install torch")
    (warning,) = advise(place=told).warnings
    assert "built without CUDA" in str(warning)
    assert "`pip install torch`" in str(warning)
    assert not advise(place=place(8, why=Reason.NO_DRIVER)).warnings


def test_a_forecast_that_was_not_measured_here_is_warned_of() -> None:
    assert "not_measured" in warned(advise(known=coefficients(source=Source.ELSEWHERE)))
    estimated = advise(known=coefficients(source=Source.ESTIMATED, timed=False))
    assert "basis_estimated" in codes(estimated.chosen)
    assert advise().warnings == ()


def test_a_processor_that_others_keep_busy_is_warned_of_and_counted_on() -> None:
    calm, busy = (advise(place=replace(place(8), slowdown=times)) for times in (1.0, 1.5))
    assert "cores_taken" not in warned(calm)
    assert "cores_taken" in warned(busy)
    assert "1.5× as long" in str(busy.warnings[0])
    assert calm.chosen is not None
    assert busy.chosen is not None
    assert calm.chosen.forecast.seconds is not None
    assert busy.chosen.forecast.seconds == pytest.approx(1.5 * calm.chosen.forecast.seconds)
    assert busy.chosen.forecast.peak_bytes == calm.chosen.forecast.peak_bytes


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
