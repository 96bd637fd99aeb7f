"""A page that is loaded again has on its desk what was there before; nobody else has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.config import load
from fusion.errors import Reason
from fusion.jobs import Jobs
from fusion.photos import samples
from fusion.types import Role
from pages.parts.keeping import Tab
from pages.parts.server.visitor import COOKIE, LOCAL
from pages.parts.services import jobs, services, shelf
from pages.parts.session import history_state
from tests.support.app_driver import agreed, desk, has_button, press, run, session, texts, until, upload, with_samples

pytestmark = pytest.mark.usefixtures("own_server")

ANNA, BEN = "a" * 32, "b" * 32


def name(at: AppTest) -> str:
    """Of the desk, as the browser's tab knows it."""
    tab: Tab = at.session_state["desk_tab"]
    return tab.name


def opened(known: str | None = None) -> AppTest:
    """A page in a tab that knows the name of a desk, or none."""
    at = session()
    if known is not None:
        at.session_state["desk_tab"] = Tab(name=known, is_new=False)
    return run(at)


def closed(at: AppTest) -> str:
    """The browser has left the page; the name that its tab keeps."""
    desk(at).leave()
    return name(at)


def with_a_server_started_anew(at: AppTest) -> str:
    """Likewise, and nothing is in memory any more."""
    known = closed(at)
    shelf().flush()
    shelf.clear()
    return known


def loaded_again(at: AppTest) -> AppTest:
    return opened(closed(at))


@pytest.fixture(autouse=True)
def _no_desks() -> Iterator[None]:
    yield
    shelf().forget(None)
    shelf.clear()
    queue().purge()


def queue() -> Jobs:
    return jobs()


def photos_on_disk() -> set[bytes]:
    return {file.read_bytes() for file in (load().data / "photos").iterdir()}


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The server serves many people; the cookies of the one who is looking."""
    kept = {COOKIE: ANNA}
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    monkeypatch.setattr(type(st.context), "cookies", kept)
    return kept


def test_a_fusion_is_there_again_with_photos_settings_and_consent() -> None:
    before = agreed(with_samples(session()))
    before.slider(key="set_ratio").set_value(0.55)
    press(run(before), "preset_art")
    press(before, "fuse")
    until(before, lambda at: desk(at).job is None and desk(at).result is not None)
    was = desk(before)
    after = loaded_again(before)
    now = desk(after)
    assert now is not was
    assert [slot.name for slot in now.slots.values()] == [slot.name for slot in was.slots.values()]
    assert [slot.data for slot in now.slots.values()] == list(samples.sample_pair())
    assert now.result is was.result, "what cost time to find out is not found out again"
    assert now.agreed.is_given
    assert (now.wishes.intent, now.wishes.pinned) == (was.wishes.intent, was.wishes.pinned)
    assert after.session_state["set_ratio"] == before.session_state["set_ratio"]
    assert after.button(key="fuse").label == before.button(key="fuse").label


def test_it_is_there_too_once_the_server_has_started_anew() -> None:
    before = agreed(with_samples(session()))
    press(before, "fuse")
    until(before, lambda at: desk(at).job is None and desk(at).result is not None)
    was = desk(before).result
    assert was is not None
    now = desk(opened(with_a_server_started_anew(before)))
    assert now.result is not None
    assert (now.result.job, now.result.after) == (was.job, was.after)
    assert all(slot.view is not None and len(slot.view.faces) == 1 for slot in now.slots.values())
    was.output.unlink()
    without = desk(opened(with_a_server_started_anew(opened(name(before)))))
    assert without.result is None
    assert without.photos == now.photos


def test_the_source_photos_and_the_choice_among_them_come_back(sample_pair: tuple[bytes, bytes]) -> None:
    at = run(session())
    for role, photo in zip(Role, sample_pair, strict=True):
        upload(at, role, f"{role}.png", photo)
    desk(at).take_sources([("another.png", sample_pair[0])])
    press(run(at), "pick_source_1")
    now = desk(loaded_again(at))
    assert [slot.name for slot in now.sources] == ["source.png", "another.png"]
    assert now.more.picked == 1


def test_a_job_that_runs_is_followed_to_its_result() -> None:
    before = agreed(with_samples(session()))
    press(before, "fuse")
    here = desk(before)
    job = here.job or (here.result.job if here.result is not None else None)
    after = until(loaded_again(before), lambda at: desk(at).job is None)
    result = desk(after).result
    assert result is not None
    assert result.job == job


def test_an_empty_desk_is_not_kept_and_a_cleared_one_is_forgotten() -> None:
    at = run(session())
    shelf().flush()
    assert queue().count_desks() == 0
    with_samples(at)
    shelf().flush()
    assert queue().count_desks(LOCAL) == 1
    assert photos_on_disk() == set(samples.sample_pair())
    press(at, "clear")
    shelf().flush()
    assert queue().count_desks() == 0
    assert photos_on_disk() == set()


def test_what_has_not_changed_is_not_written_again() -> None:
    at = with_samples(session())
    shelf().flush()
    with queue()._store.write() as file:
        file.execute("UPDATE desks SET updated = 7")
    run(run(at))
    shelf().flush()
    with queue()._store.read() as file:
        assert file.execute("SELECT updated FROM desks").fetchall() == [(7.0,)]


def test_a_second_tab_has_a_desk_of_its_own() -> None:
    first = with_samples(session())
    second = run(session())
    assert name(second) != name(first)
    assert desk(second).photos == ("", "")


def test_a_tab_that_was_duplicated_gets_a_copy() -> None:
    first = with_samples(session())
    second = session()
    second.session_state["desk_name"] = type("Said", (), {"name": name(first)})
    run(second)
    assert name(second) != name(first)
    assert desk(second).photos == desk(first).photos
    press(second, "clear")
    assert desk(loaded_again(first)).photos != ("", "")


def test_another_visitor_who_knows_the_name_has_nothing(cookies: dict[str, str]) -> None:
    known = closed(with_samples(session()))
    shelf().flush()
    cookies[COOKIE] = BEN
    assert desk(opened(known)).photos == ("", "")
    cookies[COOKIE] = ANNA
    assert desk(opened(known)).photos != ("", "")


def test_where_each_job_is_asked_for_no_consent_is_carried_on(cookies: dict[str, str]) -> None:
    at = agreed(with_samples(session()))
    assert desk(at).agreed.is_given
    assert not desk(loaded_again(at)).agreed.is_given


def test_of_a_browser_that_keeps_no_cookie_nothing_is_kept_and_that_is_said(cookies: dict[str, str]) -> None:
    cookies.clear()
    at = with_samples(session())
    assert "gone once it is closed or loaded again" in texts(at)
    assert "desk_tab" not in at.session_state
    shelf().flush()
    assert queue().count_desks() == 0


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_KEEP_DESK", "off")
    at = with_samples(session())
    assert "gone once it is closed or loaded again" in texts(at)
    shelf().flush()
    assert queue().count_desks() == 0


def test_delete_everything_deletes_what_lies_on_desks_and_takes_it_from_there() -> None:
    here, there = with_samples(session()), with_samples(session())
    shelf().flush()
    history_state.Album(queue()).purge(None)
    for at in (here, there):
        run(run(at))
        assert desk(at).photos == ("", "")
        assert not has_button(at, "change_target")
    shelf().flush()
    assert queue().count_desks() == 0
    assert photos_on_disk() == set()


def test_what_nobody_understands_is_told_and_the_desk_is_empty() -> None:
    known = with_a_server_started_anew(with_samples(session()))
    for body in ("{", "[]", json.dumps({"format": 99}), json.dumps({"format": 1, "photos": {"target": {}}})):
        with queue()._store.write() as file:
            file.execute("UPDATE desks SET body = ?", [body])
        at = opened(known)
        note = desk(at).note
        assert note is not None
        assert note.reason == Reason.DESK_UNREADABLE
        assert desk(at).photos == ("", "")
        assert any("cannot be understood" in error.value for error in at.error)
        desk(at).leave()
        shelf.clear()


def test_photos_that_are_gone_are_told_of() -> None:
    known = with_a_server_started_anew(with_samples(session()))
    for file in Path(load().data / "photos").iterdir():
        file.unlink()
    at = opened(known)
    note = desk(at).note
    assert note is not None
    assert note.reason == Reason.PHOTOS_GONE
    assert desk(at).photos == ("", "")


def test_a_full_disk_is_told_of_once_and_the_page_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.files.private.free_bytes", lambda folder: 0)
    at = with_samples(session())
    shelf().flush()
    assert "would not bring back" in run(at).toast[0].value
    assert not run(at).toast
    assert desk(at).photos != ("", "")


def test_the_end_of_the_server_makes_no_shelf_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    with_samples(session())
    monkeypatch.setattr(services, "Shelf", lambda *given: begun.append(given))
    st.cache_resource.clear()
    assert begun == []
