"""The history of several people: each sees and deletes their own jobs alone."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from fusion.storage import Query
from pages.parts.server.visitor import COOKIE
from tests.support.app_driver import desk, press, run, texts
from tests.support.pages.history import ended, shown

PAGE = "pages/studio/history.py"
FUSE = "pages/studio/fuse.py"


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
