"""What ties a button to what its press does: once for each time that it was drawn.

A press that comes again before the button was drawn anew is one that was meant once. With `runner.fastReruns`, which
the app's own settings switch off, Streamlit also runs a session's script beside a run that it replaces, with one state
for both: what a press calls may be called by either, by both, or by neither. That it is not broken off midway is
`pages.parts.services.whole_callbacks`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import streamlit as st

from pages.parts.pressing.presses import Presses

_PRESSES = "presses"  # in the session: by the key of each button


class Press(TypedDict):
    """What of a button is given here."""

    key: str
    on_click: Callable[..., None]
    args: tuple[Any, ...]


def once(key: str, act: Callable[..., object], *args: object) -> Press:
    """The `key`, `on_click` and `args` of a button that is about to be drawn.

    Args:
        act: what a press does; called once for each time that the button was drawn, however often the press comes.
            It may call no command of Streamlit's that ends a run, but for `leave_for` as the last thing.
        args: for it.
    """
    of_button = _presses().setdefault(key, Presses())
    return Press(key=key, on_click=_heard, args=(of_button, of_button.next, act, args))


def each(key: str, act: Callable[..., object], *args: object) -> Press:
    """The same for a button that may be pressed again before it was drawn again, as one that goes a step back."""
    return Press(key=key, on_click=_done, args=(act, args))


def _done(act: Callable[..., object], args: tuple[Any, ...]) -> None:
    act(*args)


def _heard(of_button: Presses, number: int, act: Callable[..., object], args: tuple[Any, ...]) -> None:
    with of_button.heard(number) as is_new:
        if is_new:
            act(*args)


def _presses() -> dict[str, Presses]:
    kept: dict[str, Presses] = st.session_state.setdefault(_PRESSES, {})
    return kept
