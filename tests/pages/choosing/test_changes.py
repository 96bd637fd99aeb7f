"""What somebody has set, change by change: pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.recommendation import Intent
from fusion.settings import Settings
from fusion.types import Mode, Tier
from pages.parts.choosing import changes as subject
from pages.parts.choosing.changes import MOST, Changes, Moment
from pages.parts.session.pins import Wishes

START = Settings()


def ratio(value: float) -> Moment:
    return Moment(replace(START, ratio=value))


def seen(*moments: Moment) -> Changes:
    kept = Changes()
    for moment in moments:
        kept.see(moment)
    return kept


def test_what_the_page_sets_by_itself_is_no_change() -> None:
    wishes = Wishes()
    advised = replace(START, output=Tier.T1024)
    kept = seen(Moment.of(START, wishes), Moment.of(advised, wishes))
    assert kept.undo() is None
    wishes.pinned = frozenset({"output"})
    kept.see(Moment.of(advised, wishes))
    assert kept.undo() == Moment(START)


def test_each_change_goes_back_and_forth_again() -> None:
    first, second, third = Moment(START), ratio(0.9), Moment(replace(START, ratio=0.9, mode=Mode.BLEND))
    kept = seen(first, second, third)
    assert [kept.undo(), kept.undo(), kept.undo()] == [second, first, None]
    assert [kept.redo(), kept.redo(), kept.redo()] == [second, third, None]
    kept.undo()
    kept.see(Moment(replace(START, mode=Mode.OVERLAY)))
    assert kept.redo() is None, "after another change there is nothing to be made again"


def test_a_drag_of_one_slider_is_one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    kept = seen(Moment(START), *(ratio(value) for value in (0.75, 0.8, 0.85)))
    assert len(kept.done) == 1
    now += subject.DRAG_SECONDS
    kept.see(ratio(0.9))
    kept.see(Moment(replace(START, ratio=0.9, brightness=0.1)))
    assert kept.done == [Moment(START), ratio(0.85), ratio(0.9)]


def test_a_preset_right_after_a_slider_is_a_change_of_its_own() -> None:
    kept = seen(Moment(START), ratio(0.8), replace(ratio(0.5), intent=Intent.SOCIAL))
    assert kept.done == [Moment(START), ratio(0.8)]


def test_the_last_changes_are_kept_and_no_more() -> None:
    kept = seen(*(Moment(own=str(number)) for number in range(MOST + 10)))
    assert len(kept.done) == MOST >= 20
    assert kept.done[-1].own == str(MOST + 8)
