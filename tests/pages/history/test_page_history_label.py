"""The visible label on the page of the history: asked for before the first download, then one tick."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.declared import LOCAL, Declared
from fusion.errors import NotAllowed
from fusion.jobs import Jobs
from fusion.labels import DUTY, DUTY_WORDING, Label
from pages.parts.server import visitor
from pages.parts.server.visitor import COOKIE
from pages.parts.session import labelling
from tests.support.app_driver import has_button, press, run, texts
from tests.support.pages.history import ended
from tests.support.pages.label import answers, component, downloads, drawn, forget


@pytest.fixture(autouse=True)
def nobody_has_answered(queue: Jobs) -> None:
    forget(queue)


@pytest.fixture
def opened(queue: Jobs, app: AppTest) -> AppTest:
    """A result in the history, opened."""
    app.query_params["job"] = ended(queue)
    return run(app)


def test_before_the_first_download_of_a_picture_a_person_is_asked(queue: Jobs, opened: AppTest) -> None:
    assert downloads(opened) == ["Recipe"], "a recipe holds no picture"
    assert not drawn(opened)
    press(opened, "ask_download_jpeg")
    assert DUTY[Label.EN] in texts(opened)
    assert has_button(opened, "label_keep")
    assert has_button(opened, "label_leave_out")
    assert answers(queue) == []


def test_the_answer_is_logged_and_the_download_that_was_asked_for_goes_on(queue: Jobs, opened: AppTest) -> None:
    press(opened, "ask_download_jpeg")
    press(opened, "label_keep")
    assert component(opened, "button") == "download_jpeg"
    assert downloads(opened) == ["PNG", "JPEG", "WebP", "Recipe"]
    assert not has_button(opened, "label_keep")
    (said,) = queue.declarations(Declared.LABEL)
    assert (said.value, said.by, said.wording) == ("on", LOCAL, DUTY_WORDING)
    assert component(run(opened), "button") is None, "and only once"


def test_what_is_shown_has_the_label_of_the_language_and_what_was_before_has_none(queue: Jobs, opened: AppTest) -> None:
    queue.choose_label(is_drawn=True, owner=LOCAL)
    label = drawn(run(opened))
    assert list(label) == ["after"]
    run(opened).segmented_control(key="lang").set_value("zh")
    assert drawn(run(opened))["after"]["box"] != label["after"]["box"]
    assert "AI生成" in texts(opened)


def test_who_leaves_it_out_is_asked_no_more_and_can_change_it_by_one_tick(queue: Jobs, opened: AppTest) -> None:
    press(opened, "ask_download_png")
    press(opened, "label_leave_out")
    assert not drawn(opened)
    assert "without a visible label" in texts(opened)
    opened.toggle(key="label_drawn").set_value(True)
    assert list(drawn(run(opened))) == ["after"]
    assert "with “AI-modified”" in texts(opened)
    assert answers(queue) == ["off", "on"]


def test_two_results_beside_each_other_both_have_it(queue: Jobs, app: AppTest) -> None:
    queue.choose_label(is_drawn=True, owner=LOCAL)
    app.query_params.update({"job": ended(queue), "with": ended(queue)})
    assert list(drawn(run(app))) == ["before", "after"]


@pytest.mark.parametrize(("value", "said"), [("on", "is shown in a corner"), ("off", "No visible “AI-modified” mark")])
def test_what_the_environment_says_cannot_be_changed_on_the_page(
    opened: AppTest, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("FUSEWISE_LABEL", value)
    assert said in texts(run(opened))
    assert downloads(opened) == ["PNG", "JPEG", "WebP", "Recipe"]
    assert not opened.toggle


# On a server for several


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several people use the app, and whoever looks has shown no token."""
    monkeypatch.setenv("FUSEWISE_SINGLE_USER", "false")
    monkeypatch.setattr(type(st.context), "cookies", {COOKIE: "a" * 32})


@pytest.mark.usefixtures("many")
def test_a_visitor_of_a_server_gets_the_label_without_being_asked_and_cannot_switch_it_off(
    queue: Jobs, app: AppTest
) -> None:
    app.query_params["job"] = ended(queue, owner=visitor_of(app))
    run(app)
    assert downloads(app) == ["PNG", "JPEG", "WebP", "Recipe"]
    assert list(drawn(app)) == ["after"]
    assert "“AI-modified” is shown in a corner" in texts(app)
    assert not app.toggle
    with pytest.raises(NotAllowed):
        labelling.choose(is_drawn=False)
    assert answers(queue) == []


@pytest.mark.usefixtures("many")
def test_the_administrator_of_a_server_switches_it_off_for_everybody(
    queue: Jobs, app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.query_params["job"] = ended(queue, owner=visitor_of(app))
    monkeypatch.setattr(visitor, "is_administrator", lambda: True)
    assert "For everybody who uses this server" in run(app).toggle(key="label_drawn").help
    app.toggle(key="label_drawn").set_value(False)
    assert not drawn(run(app))
    assert answers(queue) == ["off"]
    monkeypatch.setattr(visitor, "is_administrator", lambda: False)
    assert "No visible “AI-modified” mark" in texts(run(app))


def visitor_of(at: AppTest) -> str:
    """Whose jobs the session sees."""
    at.switch_page("pages/studio/fuse.py")
    owner: str = run(at).session_state["desk"].owner
    at.switch_page("pages/studio/history.py")
    return owner
