"""The history's page, always opened through streamlit_app.py, with a worker that computes nothing behind it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.errors import FusionError, Reason
from fusion.face_setting import BySize, FaceChoice, WhichFace
from fusion.jobs import Jobs
from fusion.memory import Rung, Step
from fusion.settings import Settings
from fusion.storage import Query
from fusion.types import AGAIN, Box, Mode, State
from pages.parts.history import retention
from pages.parts.server.visitor import COOKIE, LOCAL
from pages.parts.services import services
from pages.parts.session import stored_widgets
from tests.support import fake_pipeline as fake
from tests.support.app_driver import desk, png, run, session, texts
from tests.support.fixtures.photos import admiral, astronaut, gradient
from tests.support.queued import end
from tests.support.waiting import SECONDS, until

PAGE = "pages/studio/history.py"
FUSE = "pages/studio/fuse.py"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """The server's own queue, in a data folder of this module's, with a worker that computes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        patch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("history")))
        st.cache_resource.clear()
        yield services.jobs()
        st.cache_resource.clear()


@pytest.fixture(autouse=True)
def fresh(queue: Jobs) -> Iterator[None]:
    """Each test begins and ends with an empty history."""
    yield
    queue.purge()
    until(lambda: queue.count(Query()) == 0)
    queue.keep_for(30)


@pytest.fixture
def app() -> AppTest:
    """The history in a new session."""
    at = run(session())
    at.switch_page(PAGE)
    return at


def submit(queue: Jobs, settings: Settings | None = None, *, owner: str = LOCAL, **photos: bytes) -> str:
    target, source = photos.get("target", gradient()), photos.get("source", gradient(80, 100))
    return queue.submit(target, source, settings or Settings(), names=("me.png", "you.png"), owner=owner)


def ended(queue: Jobs, settings: Settings | None = None, *, owner: str = LOCAL, **photos: bytes) -> str:
    return end(queue, submit(queue, settings, owner=owner, **photos)).id


def running(queue: Jobs) -> str:
    id = submit(queue, Settings(ratio=fake.SLOW))
    until(lambda: queue.view(id).progress.fraction > 0.1)
    return id


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return run(at)


def shown(at: AppTest) -> list[str]:
    """Ids of the jobs on the shelf."""
    keys = (button.key or "" for button in at.button)
    return [key.removeprefix("open_") for key in keys if key.startswith("open_")]


# The shelf


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing has been fused yet"), ("zh", "还没有融合记录")])
def test_an_empty_history_says_so(app: AppTest, language: str, said: str) -> None:
    run(app).segmented_control(key="lang").set_value(language)
    assert said in texts(run(app))


def test_results_are_shown_newest_first_with_what_made_them(queue: Jobs, app: AppTest) -> None:
    ids = [ended(queue), ended(queue)]
    run(app)
    assert shown(app) == ids[::-1]
    assert texts(app).count("120×90") == 2
    assert "Landmark · 0.1 s" in texts(app)
    assert "today" in texts(app)
    assert len(app.image) == 2


def test_what_failed_says_why_and_what_to_do_and_can_be_tried_again(queue: Jobs, app: AppTest) -> None:
    id = ended(queue, Settings(ratio=fake.FACELESS))
    run(app)
    assert "No face was found" in texts(app)
    assert "at least 40 pixels wide" in texts(app)
    press(app, f"retry_{id}")
    until(lambda: queue.view(id).progress.state in AGAIN)
    assert queue.view(id).started is not None


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [("state", "failed", [1]), ("state", "done", [0]), ("engine", "unet", []), ("period", "day", [1, 0])],
)
def test_filters_narrow_what_is_shown(queue: Jobs, app: AppTest, name: str, value: str, kept: list[int]) -> None:
    ids = [ended(queue), ended(queue, Settings(ratio=fake.FACELESS))]
    run(app).selectbox(key=f"filter_{name}").select(value)
    assert shown(run(app)) == [ids[index] for index in kept]


def test_a_search_that_finds_nothing_offers_to_show_everything(queue: Jobs, app: AppTest) -> None:
    id = ended(queue)
    run(app).text_input(key="filter_text").set_value("nobody.png")
    assert shown(run(app)) == []
    assert "Nothing matches" in texts(app)
    press(app, "reset_filters")
    assert shown(app) == [id]
    app.text_input(key="filter_text").set_value("ME.P")
    assert shown(run(app)) == [id]


# What runs


def test_what_runs_and_waits_is_shown_live_and_can_be_cancelled(queue: Jobs, app: AppTest) -> None:
    first, second = running(queue), submit(queue)
    run(app)
    assert len(app.progress) == 2
    assert "one job before this one" in str([bar.text for bar in app.progress])
    press(app, f"cancel_{second}")
    press(app, f"cancel_{first}")
    until(lambda: queue.count(Query(states=frozenset({State.CANCELLED}))) == 2)
    assert sorted(shown(run(app))) == sorted([first, second])


def test_what_is_given_up_while_a_job_runs_is_told_at_once(queue: Jobs, app: AppTest) -> None:
    id = running(queue)
    change(queue, id, steps=json.dumps([Step(Rung.TIER, "2048", "1024").to_json()]))
    assert "Memory ran out: the output is 1024 instead of 2048" in texts(run(app))


def test_an_interrupted_job_says_so_and_goes_on_with_one_click(queue: Jobs, app: AppTest) -> None:
    id = ended(queue)
    why = json.dumps(FusionError(Reason.INTERRUPTED).to_json())
    change(queue, id, state=State.INTERRUPTED, error=why, facts=None)
    assert "press Retry" in texts(run(app))
    press(app, f"retry_{id}")
    until(lambda: queue.view(id).progress.state == State.DONE)
    assert not app.error


def change(queue: Jobs, id: str, **to: str | None) -> None:
    """Make a row of the history say something else."""
    with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
        names = ", ".join(f"{name} = ?" for name in to)
        file.execute(f"UPDATE jobs SET {names} WHERE id = ?", [*to.values(), id])


# One job


def test_a_result_is_opened_with_its_files_and_settings_and_closed_again(queue: Jobs, app: AppTest) -> None:
    id = ended(queue, Settings(ratio=0.3))
    press(run(app), f"open_{id}")
    assert app.query_params["job"] == id
    assert [getattr(button, "label", "") for button in app.get("download_button")] == ["PNG", "JPEG", "WebP", "Recipe"]
    assert "me.png + you.png" in texts(app)
    assert "0.30" in str(app.table[0].value)
    press(app, "back")
    assert shown(app) == [id]


@pytest.mark.parametrize("face", [0, 1, BySize(1), Box(680, 130, 870, 340), "largest"])
def test_a_job_can_be_fused_again_with_the_face_that_was_chosen(
    queue: Jobs, app: AppTest, sample_pair: tuple[bytes, bytes], face: WhichFace
) -> None:
    both = np.zeros((600, 1024, 3), np.uint8)
    both[:512, :512], both[:, 512:] = astronaut(), admiral()  # the larger one on the right
    settings = Settings(faces=FaceChoice(target=face))
    app.query_params["job"] = ended(queue, settings, target=png(both), source=sample_pair[1])
    run(app)
    shown = {0: "number 1", 1: "number 2", BySize(1): "number 2 by size", "largest": "largest"}
    assert f"{shown.get(face, 'around 775, 235 px')} · largest" in str(app.table[0].value)
    press(app, "again")
    chosen = desk(app).faces.target
    if face == "largest":
        assert chosen == face
    else:
        assert isinstance(chosen, Box), "once the faces are known"
        assert (chosen.left > 512) == (face not in (0, BySize(1)))
    assert desk(app).faces.source == "largest"


def test_a_job_can_be_fused_again_with_its_photos_and_settings(
    queue: Jobs, app: AppTest, sample_pair: tuple[bytes, bytes]
) -> None:
    settings = Settings(ratio=0.3, mode=Mode.BLEND, brightness=0.1)
    id = ended(queue, settings, target=sample_pair[0], source=sample_pair[1])
    app.query_params["job"] = id
    press(run(app), "again")
    assert app.title[0].value == "Fuse two faces"
    assert [slot.name for slot in desk(app).slots.values()] == ["me.png", "you.png"]
    assert all(slot.view for slot in desk(app).slots.values())
    state = app.session_state
    assert (state.set_ratio, state.set_mode, state.set_brightness) == (0.3, "blend", 0.1)


def test_without_its_photos_a_job_gives_its_settings_alone_and_says_so(queue: Jobs, app: AppTest) -> None:
    id = ended(queue, Settings(ratio=0.3))
    for file in (queue.folder.parent / "photos").iterdir():
        file.unlink()
    app.query_params["job"] = id
    press(run(app), "again")
    assert app.session_state.set_ratio == 0.3
    assert all(slot.view is None for slot in desk(app).slots.values())
    assert "photos" in app.error[0].value


@pytest.mark.parametrize("id", ["0" * 16, "![x](https://example.org/x.png)"])
def test_an_address_of_nothing_is_told_and_the_history_stays(queue: Jobs, app: AppTest, id: str) -> None:
    kept = ended(queue)
    app.query_params["job"] = id
    run(app)
    assert "There is no job" in app.error[0].value
    assert "example.org" not in app.error[0].value
    assert shown(app) == [kept]


# Two jobs


def test_two_results_of_one_size_are_compared_and_what_differs_is_listed(queue: Jobs, app: AppTest) -> None:
    ids = [ended(queue, Settings(ratio=ratio)) for ratio in (0.3, 0.6)]
    run(app)
    assert app.button(key="compare_chosen").disabled
    for id in ids:
        app.checkbox(key=f"tick_{id}").check()
    press(run(app), "compare_chosen")
    assert not app.image
    assert ["Fusion ratio", "0.30", "0.60"] in app.table[0].value.to_numpy().tolist()


def test_two_results_of_two_sizes_stand_side_by_side(queue: Jobs, app: AppTest) -> None:
    app.query_params.update({"job": ended(queue), "with": ended(queue, target=gradient(90, 90))})
    run(app)
    assert len(app.image) == 2
    assert ["Size", "120×90", "90×90"] in app.table[0].value.to_numpy().tolist()


def test_what_is_chosen_stays_chosen_while_the_database_cannot_be_asked(queue: Jobs, app: AppTest) -> None:
    id = ended(queue)
    run(app).checkbox(key=f"tick_{id}").check()
    run(app)
    here = app.session_state["album"]
    with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
        file.execute("ALTER TABLE jobs RENAME TO gone")
    try:
        with pytest.raises(FusionError, match="cannot be used"):
            here.chosen_jobs()
    finally:
        with contextlib.closing(sqlite3.connect(queue.ledger.path)) as file, file:
            file.execute("ALTER TABLE gone RENAME TO jobs")
    assert [view.id for view in here.chosen_jobs()] == [id]


# Deleting, keeping


def test_what_is_ticked_is_deleted_with_its_files_once_that_is_confirmed(queue: Jobs, app: AppTest) -> None:
    kept, gone = ended(queue), ended(queue, target=gradient(64, 64))
    outcome = queue.view(gone).outcome
    assert outcome is not None
    run(app).checkbox(key=f"tick_{gone}").check()
    press(run(app), "delete_chosen")
    assert outcome.output.exists()
    press(app, "delete_sure")
    assert shown(app) == [kept]
    assert not outcome.output.exists()
    assert len(list((queue.folder.parent / "photos").iterdir())) == 2


def test_everything_is_deleted_once_that_is_confirmed(queue: Jobs, app: AppTest) -> None:
    for _ in range(2):
        ended(queue)
    press(run(app), "purge")
    assert "all 2 in the history" in texts(app)
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


# Two tabs


@pytest.fixture
def other() -> AppTest:
    """Another tab of the same person's."""
    at = run(session())
    at.switch_page(PAGE)
    return at


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


# Several people


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The server serves many people; these are the cookies of who is looking."""
    jar: dict[str, str] = {COOKIE: "a" * 32}
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    monkeypatch.setattr(type(st.context), "cookies", jar)
    return jar


def owner_of(at: AppTest) -> str:
    at.switch_page(FUSE)
    owner = desk(run(at)).owner
    at.switch_page(PAGE)
    return owner


@pytest.mark.usefixtures("cookies")
def test_a_visitor_sees_their_own_jobs_and_nobody_elses(queue: Jobs, app: AppTest) -> None:
    mine, other = ended(queue, owner=owner_of(app)), ended(queue, owner="somebody else")
    assert shown(run(app)) == [mine]
    app.query_params["job"] = other
    run(app)
    assert "There is no job" in app.error[0].value
    assert not app.get("download_button")
    app.query_params.update({"job": mine, "with": other})
    run(app)
    assert "There is no job" in app.error[0].value


@pytest.mark.usefixtures("cookies")
def test_a_visitor_deletes_their_own_jobs_alone_and_keeps_them_as_long_as_the_owner_of_the_server_says(
    queue: Jobs, app: AppTest
) -> None:
    mine, other = ended(queue, owner=owner_of(app)), ended(queue, owner="somebody else")
    run(app)
    assert not [box for box in app.selectbox if box.key == "keep_days"]
    assert "only whoever runs it can change that" in texts(app)
    app.session_state["album"].delete([mine, other])
    assert queue.count(Query()) == 2
    press(app, "purge")
    press(app, "purge_sure")
    assert queue.view(other).outcome is not None
    assert queue.count(Query()) == 1


def test_another_browser_sees_none_of_it(queue: Jobs, app: AppTest, cookies: dict[str, str]) -> None:
    ended(queue, owner=owner_of(app))
    cookies[COOKIE] = "b" * 32
    assert "Nothing has been fused yet" in texts(run(app))


def test_a_browser_without_cookies_is_told_what_that_means(app: AppTest, cookies: dict[str, str]) -> None:
    cookies.clear()
    assert "keeps no cookies" in texts(run(app))
