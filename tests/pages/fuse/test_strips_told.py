"""What a page says of an option that a card has room for in strips alone, in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.device.compute_target import Kind
from advisor.forecast import shipped
from advisor.recommendation import Option, Verdict, judge
from fusion.memory import Rung, Step
from fusion.notices import Notice
from fusion.settings import Settings
from fusion.types import EngineName, Precision, Tier
from pages.parts.components import figures
from pages.parts.i18n import Words, job_text
from tests.support.fixtures.advice import BOTH, GIB, pair, place

UNET = Settings(engine=EngineName.UNET, precision=Precision.FLOAT32, output=Tier.T1024)


def option(free_gib: float) -> Option:
    where = replace(place(free_gib), kind=Kind.CUDA, name="a card")
    return judge(pair(source_px=1000.0), UNET, where, BOTH, shipped(Kind.CUDA))


@pytest.fixture(scope="module")
def narrow() -> Option:
    """On a card with a little less than it takes whole, and with room for strips."""
    whole = option(64)
    return replace(option(0.9 * whole.forecast.peak_high_bytes / GIB), verdict=Verdict.FITS)


@pytest.mark.parametrize(("language", "word"), [("en", "Fits in strips"), ("zh", "分条处理放得下")])
def test_an_option_in_strips_is_told_from_one_that_fits(language: str, word: str, narrow: Option) -> None:
    say = Words(language)
    assert narrow.workload.strip_rows > 0
    assert figures.room(say, narrow) == word
    assert figures.room(say, option(64)) != word


@pytest.mark.parametrize("language", ["en", "zh"])
def test_how_memory_was_saved_is_told_with_its_numbers(language: str) -> None:
    say = Words(language)
    strips = job_text.step(say, Step(Rung.STRIPS, "1024", "64"))
    assert "1024" in strips
    assert "64" in strips
    assert "256" in say.notice(Notice("in_strips", {"rows": 256}))
    assert say.notice(Notice("weights_lent")) != job_text.step(say, Step(Rung.LENT, "card", "host"))
