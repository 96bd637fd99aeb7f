"""Widgets that show what is stored, whoever stored it, and store what a person changes by hand.

What is stored may be changed in another tab meanwhile. A widget that still shows something else is no wish then: only
its change is one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import streamlit as st

from pages.parts.session.pins import LATE_SECONDS

T = TypeVar("T")


class Bound(TypedDict):
    """What ties a widget to what it shows."""

    key: str
    on_change: Callable[[], None]


@dataclass(slots=True)
class _Shown:
    """What a widget was last given to show; what of its own that replaced, and when."""

    stored: Any
    replaced: tuple[Any, ...] = ()
    replaced_at: float = 0.0

    def is_late(self, value: object) -> bool:
        """Whether a value comes from a browser that did not know yet that it had been replaced."""
        return value in self.replaced and time.monotonic() - self.replaced_at < LATE_SECONDS


def bound(key: str, stored: T, store: Callable[[T], None]) -> Bound:
    """The `key` and `on_change` of a widget that is about to be drawn without a value of its own.

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

    def changed() -> None:
        last: _Shown = state[name]
        if last.is_late(state[key]):
            state[key] = last.stored
        else:
            store(state[key])

    return {"key": key, "on_change": changed}
