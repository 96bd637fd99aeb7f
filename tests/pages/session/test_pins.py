"""Values that the page has replaced may still come from the browser for a moment: they are nobody's choice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fusion.settings import Settings
from fusion.types import Mode, Tier
from pages.parts.session.pins import LATE_SECONDS, Wishes

BEFORE = Settings()
SET = replace(BEFORE, ratio=0.9, mode=Mode.BLEND)


def replaced() -> Wishes:
    """The page has put other settings into the widgets."""
    wishes = Wishes()
    wishes.show(SET, BEFORE)
    return wishes


def test_what_a_button_has_set_is_not_undone_by_what_the_browser_had_sent_before() -> None:
    assert replaced().hear(BEFORE) == SET
    assert replaced().hear(replace(SET, ratio=0.7)) == SET, "some of it may have come already"


def test_what_a_person_sets_meanwhile_counts() -> None:
    assert replaced().hear(replace(BEFORE, ratio=0.4)) == replace(SET, ratio=0.4)
    wishes = replaced()
    wishes.check(SET)
    wishes.check(SET)
    assert wishes.hear(BEFORE) == BEFORE, "once the browser has sent all that was set, what it says is a choice"


def test_after_a_moment_an_old_value_is_a_choice_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    wishes = replaced()
    now += LATE_SECONDS
    assert wishes.hear(BEFORE) == BEFORE


def test_a_late_size_is_no_persons_either() -> None:
    wishes = Wishes()
    wishes.show(replace(BEFORE, output=Tier.T512), BEFORE)
    wishes.hear(BEFORE)
    assert wishes.pinned == frozenset()
