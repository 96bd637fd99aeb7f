"""What a browser that is a run behind says of a box that is gone is no news, unless it is."""

from __future__ import annotations

import pytest
from streamlit.runtime.state import SessionState
from streamlit.testing.v1 import AppTest

from pages.parts.services import gone_widgets


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_call_callbacks", "_remove_stale_widgets"):
        monkeypatch.setattr(SessionState, name, getattr(SessionState, name))
    gone_widgets.keep()


def boxes_drawn_anew() -> None:
    """A box that is another one as soon as `turn` is, as where its choices have changed."""
    import streamlit as st

    def heard(key: str) -> None:
        st.session_state.heard = [*st.session_state.get("heard", []), st.session_state[key]]

    key = f"box_{st.session_state.get('turn', 0)}"
    st.selectbox("which", ["a", "b", "c"], key=key, on_change=heard, args=(key,))


def behind() -> AppTest:
    """A page that has taken "b" and drawn the box anew, with a browser that still has the old one."""
    page = AppTest.from_function(boxes_drawn_anew).run()
    page.selectbox[0].select("b").run()
    seen = page._tree
    page.session_state["turn"] = 1
    page.run()
    assert page.session_state["heard"] == ["b"]
    page._tree = seen
    page.selectbox[0].select("b")  # as it has said all the time
    return page


def test_what_a_gone_box_said_before_is_not_heard_again() -> None:
    page = behind().run()
    assert page.session_state["heard"] == ["b"]
    assert page.selectbox[0].key == "box_1"


def test_what_is_chosen_in_a_gone_box_at_the_last_moment_is_heard() -> None:
    page = behind()
    page.selectbox[0].select("c").run()
    assert page.session_state["heard"] == ["b", "c"]


def test_a_box_that_comes_back_is_heard_as_any_other() -> None:
    page = behind().run()
    page.session_state["turn"] = 0
    page.run()
    page.selectbox[0].select("c").run()
    assert page.session_state["heard"] == ["b", "c"]
