"""What is deleted from the history and how long it is kept, in one tab and in two."""

from __future__ import annotations

import sqlite3
import time

import pytest
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs, removal
from fusion.storage import Query
from pages.parts.history import retention
from pages.parts.session import stored_widgets
from tests.support.app_driver import has_button, press, run, texts
from tests.support.fixtures.photos import gradient
from tests.support.pages.history import change, ended, shown
from tests.support.waiting import SECONDS, until

# Deleting, keeping


def test_what_is_ticked_is_deleted_at_once_and_can_be_taken_back_for_a_while(
    queue: Jobs, app: AppTest, other: AppTest
) -> None:
    kept, gone = ended(queue), ended(queue, target=gradient(64, 64))
    run(app).checkbox(key=f"tick_{gone}").check()
    press(run(app), "delete_chosen")
    assert shown(app) == [kept]
    assert "1 fusion deleted" in texts(app)
    app.query_params["job"] = gone
    assert "There is no job" in run(app).error[0].value
    press(run(other), "undo_delete")
    assert shown(other) == shown(run(app)) == [gone, kept]


def test_what_is_not_taken_back_goes_with_its_files_though_nobody_looks(
    queue: Jobs, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = ended(queue)
    app.query_params["job"] = gone
    press(run(app), "delete_opened")
    assert "Nothing has been fused yet" in texts(app)
    assert has_button(app, "undo_delete")
    monkeypatch.setattr(removal, "UNDO_S", 0.0)
    until(lambda: not [*queue.folder.iterdir(), *(queue.folder.parent / "photos").iterdir()])
    assert queue.count(Query(discarded=None)) == 0
    assert not has_button(run(app), "undo_delete")


def test_everything_is_deleted_once_that_is_confirmed(queue: Jobs, app: AppTest) -> None:
    for _ in range(2):
        ended(queue)
    press(run(app), "purge")
    assert "All 2 fusions in the history" in texts(app)
    assert "will be deleted" in texts(app)
    assert queue.count(Query()) == 2
    press(app, "purge_sure")
    assert "Nothing has been fused yet" in texts(app)
    assert [path for path in queue.folder.iterdir() if path.is_dir()] == []


def test_how_long_the_history_is_kept_can_be_chosen(queue: Jobs, app: AppTest) -> None:
    run(app).selectbox(key="keep_days").select(7)
    run(app)
    assert queue.history_days == 7
    assert "for 7 days" in texts(run(app))


def older(queue: Jobs, id: str, days: float) -> None:
    """Have a job been made and ended so long ago."""
    then = str(time.time() - days * 86_400)
    change(queue, id, made=then, started=then, ended=then)


def test_a_shorter_time_is_chosen_only_once_it_is_said_what_would_be_lost(queue: Jobs, app: AppTest) -> None:
    old, new = ended(queue), ended(queue, target=gradient(64, 64))
    older(queue, old, days=3)
    run(app).selectbox(key="keep_days").select(1)
    assert "for 1 day, 1 that are older are deleted at once" in texts(run(app))
    assert queue.history_days == 30
    press(app, "keep_apply")
    assert queue.history_days == 1
    assert shown(run(app)) == [new]
    assert not app.warning


def test_another_language_is_no_choice_and_the_browser_is_told_so(queue: Jobs, app: AppTest) -> None:
    ended(queue)
    run(app)
    for language, told in (("zh", True), ("zh", False), ("en", True)):
        app.segmented_control(key="lang").set_value(language)
        box = run(app).selectbox(key="keep_days")
        assert (box.value, box.proto.set_value) == (30, told)
    assert queue.history_days == 30


# Two tabs


@pytest.mark.parametrize(("chosen", "days"), [(7, 7), (45, 45), (retention.FOR_EVER, None)])
def test_a_tab_that_only_looks_again_shows_what_another_one_chose(
    queue: Jobs, app: AppTest, other: AppTest, chosen: int, days: int | None
) -> None:
    ended(queue)
    assert run(app).selectbox(key="keep_days").value == 30
    if chosen in retention.DAYS:
        run(other).selectbox(key="keep_days").select(chosen)
        run(other)
    else:
        queue.keep_for(days)  # of another program's
    for search in ("me", "you"):
        app.text_input(key="filter_text").set_value(search)
        run(app)
        assert queue.history_days == days
        assert app.selectbox(key="keep_days").value == chosen


def test_each_tab_may_choose_after_the_other(queue: Jobs, app: AppTest, other: AppTest) -> None:
    run(app)
    run(other)
    for at, days in ((other, 7), (app, 90), (other, 30)):
        at.selectbox(key="keep_days").select(days)
        run(at)
        assert queue.history_days == days
        assert run(app).selectbox(key="keep_days").value == days
        assert run(other).selectbox(key="keep_days").value == days


def test_what_a_browser_still_sends_of_before_is_no_choice(
    queue: Jobs, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_widgets, "LATE_SECONDS", SECONDS)
    run(app)
    queue.keep_for(7)
    assert run(app).selectbox(key="keep_days").value == 7
    app.selectbox(key="keep_days").select(30)  # as a part of the page would that looks by itself
    assert run(app).selectbox(key="keep_days").value == 7
    assert queue.history_days == 7
    monkeypatch.setattr(stored_widgets, "LATE_SECONDS", 0.0)
    app.selectbox(key="keep_days").select(30)
    run(app)
    assert queue.history_days == 30


def test_a_question_falls_away_when_another_tab_has_chosen(queue: Jobs, app: AppTest, other: AppTest) -> None:
    id = ended(queue)
    older(queue, id, days=3)
    run(app).selectbox(key="keep_days").select(1)
    assert run(app).warning
    run(other).selectbox(key="keep_days").select(90)
    run(other)
    assert not run(app).warning
    assert app.selectbox(key="keep_days").value == queue.history_days == 90
    assert shown(app) == [id]


def test_a_choice_that_cannot_be_stored_is_told_on_the_page(queue: Jobs, app: AppTest) -> None:
    run(app)
    file = sqlite3.connect(queue.ledger.path)
    file.execute("ALTER TABLE options RENAME TO gone")
    file.commit()
    try:
        app.selectbox(key="keep_days").select(7)
        app.run()
        assert not app.exception
        assert "cannot be used" in app.error[0].value
    finally:
        file.execute("ALTER TABLE gone RENAME TO options")
        file.commit()
        file.close()
