"""What a browser tells of is heard to the end, though another run of the page is asked for meanwhile."""

from __future__ import annotations

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state import SafeSessionState
from streamlit.testing.v1 import AppTest

from pages.parts.services import whole_callbacks


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in (
        (SafeSessionState, "on_script_will_rerun"),
        (ScriptRunner, "_maybe_handle_execution_control_request"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    whole_callbacks.keep()


def met_by_another_run() -> None:
    """Of two things that are told of at once, the first one's callback is met by a wish that this run may end."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    def first() -> None:
        here = get_script_run_ctx()
        assert here is not None
        assert here.script_requests is not None
        here.script_requests.request_stop()
        st.session_state.half = True
        st.session_state.whole = True

    def second() -> None:
        st.session_state.other = st.session_state.b

    st.text_input("a", key="a", on_change=first)
    st.text_input("b", key="b", on_change=second)
    st.session_state.runs = st.session_state.get("runs", 0) + 1


def test_no_callback_is_broken_off_and_the_run_ends_right_after_them() -> None:
    page = AppTest.from_function(met_by_another_run).run()
    page.text_input(key="a").set_value("1")
    page.text_input(key="b").set_value("2").run()
    assert not page.exception
    assert page.session_state["whole"]
    assert page.session_state["other"] == "2"
    assert page.session_state["runs"] == 1, "what is drawn is drawn by the run that is asked for"


@pytest.mark.parametrize("key", ["a", "b"])
def test_what_is_told_is_heard_though_the_next_run_is_asked_for_before(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = AppTest.from_function(met_by_another_run).run()
    asked = ScriptCache.get_bytecode

    def asked_for_another(self: ScriptCache, path: str) -> object:
        here = get_script_run_ctx()
        assert here is not None
        assert here.script_requests is not None
        here.script_requests.request_stop()
        return asked(self, path)

    monkeypatch.setattr(ScriptCache, "get_bytecode", asked_for_another)
    page.text_input(key=key).set_value("2").run()
    assert page.session_state[{"a": "whole", "b": "other"}[key]]
    assert page.session_state["runs"] == 1
