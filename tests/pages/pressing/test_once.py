"""What a press does is done once, whatever else the browser sends meanwhile."""

from __future__ import annotations

import ast

from streamlit.testing.v1 import AppTest

from tests.support import ROOT

# What only a browser follows: a download without a run of the page, and the way to and from who knows one.
NOTHING_OF_OURS = {"'ignore'", "st.login", "st.logout"}


def thrice() -> None:
    """The same press comes three times, then the button is drawn again and pressed again."""
    import streamlit as st

    from pages.parts.pressing import each, once

    st.session_state.once, st.session_state.each = [], []
    for way, done in ((once, st.session_state.once), (each, st.session_state.each)):
        drawn = way(way.__name__, done.append, "first")
        for _ in range(3):
            drawn["on_click"](*drawn["args"])
        again = way(way.__name__, done.append, "second")
        again["on_click"](*again["args"])


def test_a_press_is_heard_once_until_its_button_is_drawn_again() -> None:
    page = AppTest.from_function(thrice).run()
    assert not page.exception
    assert page.session_state["once"] == ["first", "second"]
    assert page.session_state["each"] == ["first"] * 3 + ["second"]


def test_every_button_that_does_something_is_heard_once() -> None:
    plain = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "pages").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("button")
        for given in call.keywords
        if given.arg == "on_click" and ast.unparse(given.value) not in NOTHING_OF_OURS
    ]
    assert not plain, f"drawn without `once` or `each`: {plain}"


def test_no_press_is_answered_where_the_button_is_drawn_with_another_page() -> None:
    """A run that ends before it has drawn the button would not have heard of it."""
    going = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "pages").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "st.switch_page" and path.name != "way.py"
    ]
    assert not going, f"`leave_for` it in what the press does: {going}"
