"""A widget that shows what is stored asks for a change where somebody has made one, and only there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from pages.parts.session import bound

KEY = "days"


@pytest.fixture
def stored() -> Iterator[list[int]]:
    """What the widget has asked to be stored."""
    yield []
    for name in (KEY, f"{KEY}_stored"):
        st.session_state.pop(name, None)


def sent(value: int) -> None:
    """A browser sends a value, as Streamlit puts it into the session before it calls `on_change`."""
    st.session_state[KEY] = value


def test_what_is_shown_is_the_default_and_sending_that_is_no_wish(stored: list[int]) -> None:
    box = bound(KEY, 30, stored.append)
    assert box.among((1, 7, 30))["index"] == 2
    sent(30)
    box.on_change()
    assert stored == []


def test_what_is_changed_is_stored_and_so_is_the_way_back_before_the_page_is_drawn(stored: list[int]) -> None:
    box = bound(KEY, 30, stored.append)
    for value in (7, 7, 30):
        sent(value)
        box.on_change()
    assert stored == [7, 30]


def test_what_was_stored_elsewhere_meanwhile_is_shown(stored: list[int]) -> None:
    bound(KEY, 30, stored.append)
    box = bound(KEY, 90, stored.append)
    assert st.session_state[KEY] == 90
    sent(90)
    box.on_change()
    assert stored == []
    sent(30)
    st.session_state[f"{KEY}_stored"].replaced_at = 0.0  # long ago
    box.on_change()
    assert stored == [30]
