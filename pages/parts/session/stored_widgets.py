"""Widgets that show what is stored, whoever stored it, and store what a person changes by hand.

What is stored may be changed in another tab meanwhile. A widget that still shows something else is no wish then: only
its change is one.

A widget that a browser makes anew begins with its default, and sends that as if somebody had chosen it. Streamlit tells
the browser what the session has in its place, but once: where two runs follow each other at once, that may be lost. So
what a widget shows is its default as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import streamlit as st

from pages.parts.session.pins import LATE_SECONDS

T = TypeVar("T")


class Ticked(TypedDict):
    """What ties a box that is ticked, or not, to what it shows."""

    key: str
    value: bool
    on_change: Callable[[], None]


class Among(TypedDict):
    """What ties a box of choices to what it shows."""

    key: str
    index: int
    on_change: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Bound:
    """A widget that is about to be drawn, and what it shows."""

    key: str
    shows: Any
    on_change: Callable[[], None]

    def ticked(self) -> Ticked:
        """For `st.checkbox` or `st.toggle`."""
        return {"key": self.key, "value": bool(self.shows), "on_change": self.on_change}

    def among(self, offered: Sequence[Any]) -> Among:
        """For `st.selectbox`, of the choices that it offers."""
        index = offered.index(self.shows) if self.shows in offered else 0
        return {"key": self.key, "index": index, "on_change": self.on_change}


@dataclass(slots=True)
class _Shown:
    """What a widget was last given to show, and told of since; what of its own that replaced, and when."""

    stored: Any
    told: Any = None  # None: of nothing
    replaced: tuple[Any, ...] = ()
    replaced_at: float = 0.0

    def is_late(self, value: object) -> bool:
        """Whether a value comes from a browser that did not know yet that it had been replaced."""
        return value in self.replaced and time.monotonic() - self.replaced_at < LATE_SECONDS


def bound(key: str, stored: T, store: Callable[[T], None]) -> Bound:
    """What ties a widget that is about to be drawn to what is stored.

    Args:
        stored: what it shows, unless somebody has changed the widget since and `store` has not taken that.
        store: given what it was changed to by hand; a callback.
    """
    state, name = st.session_state, f"{key}_stored"
    shown: _Shown | None = state.get(name)
    if shown is None or key not in state:  # the page is new, or was left meanwhile
        state[name], state[key] = _Shown(stored), stored
    elif shown.stored != stored:
        if state[key] != stored:
            shown.replaced, shown.replaced_at = (state[key],), time.monotonic()
        shown.stored = state[key] = stored
        shown.told = None

    def changed() -> None:
        last: _Shown = state[name]
        if last.is_late(state[key]):
            state[key] = last.stored
        elif state[key] != (last.stored if last.told is None else last.told):  # else nobody has changed anything
            last.told = state[key]
            store(state[key])

    return Bound(key, state[key], changed)
