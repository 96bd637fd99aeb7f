"""What the page says of a card that somebody supposes."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.app_driver import run, session, texts, with_samples


@pytest.fixture(scope="module")
def app() -> AppTest:
    """The sample pair on the page."""
    return with_samples(session())


def asked(at: AppTest, gib: float | None) -> str:
    at.number_input(key="what_if").set_value(gib)
    return texts(run(at))


def test_nothing_is_said_of_cards_before_somebody_asks(app: AppTest) -> None:
    assert "not measured on a card" not in asked(app, None)


@pytest.mark.parametrize(("gib", "fits"), [(0.5, False), (6.0, True)])
def test_every_size_has_its_answer_for_a_card_of_any_size(app: AppTest, gib: float, fits: bool) -> None:
    before = asked(app, None)
    said = asked(app, gib)
    new = {word: said.count(word) - before.count(word) for word in ("Does not fit", "Fits", "not known yet")}
    assert (new["Fits"] > 0, new["Does not fit"] > 0) == (fits, not fits)
    assert new["not known yet"] == new["Fits"] + new["Does not fit"]  # no card has told how long it takes
    assert "Memory is computed from the networks' own allocations" in said


def test_it_is_told_in_both_languages_that_no_card_was_measured(app: AppTest) -> None:
    asked(app, 6.0).index("not measured on a card")
    run(app).segmented_control(key="lang").set_value("zh")
    said = texts(run(app))
    run(app).segmented_control(key="lang").set_value("en")
    run(app)
    assert "并非在显卡上实测" in said
