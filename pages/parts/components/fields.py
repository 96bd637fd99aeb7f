"""One setting as one widget, wherever it stands: the key of the widget is `<of>_<name of the setting>`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fusion.settings import CHOICES, RANGES
from pages.parts.i18n import Words


def slider(say: Words, name: str, *, of: str, disabled: bool = False) -> None:
    """A number within its range."""
    low, high = RANGES[name]
    st.slider(
        say(f"settings.{name}"),
        min_value=low,
        max_value=high,
        step=0.05,
        format="%+.2f" if low < 0 else "%.2f",
        help=say(f"settings.{name}.help"),
        disabled=disabled,
        key=f"{of}_{name}",
        persist_state="session",
    )


def select(
    say: Words, name: str, offered: Sequence[str], *, of: str, disabled: bool = False, help: str | None = None
) -> None:
    """One of many.

    Args:
        help: key of what is said about it; the setting's own if None.
    """
    key = f"{of}_{name}"
    say_anew(say, key)
    st.selectbox(
        say(f"settings.{name}"),
        offered,
        format_func=lambda value: say.value(name, value),
        help=say(help or f"settings.{name}.help"),
        disabled=disabled,
        key=key,
        persist_state="session",
    )


def say_anew(say: Words, key: str) -> None:
    """Before a box of choices is drawn, in case the language was changed.

    A browser shows what was chosen in the words in which that was done, until it is told the choice again.

    Args:
        key: of the box.
    """
    state = st.session_state
    if state.setdefault(f"{key}_language", say.language) != say.language and key in state:
        state[key] = state[key]
    state[f"{key}_language"] = say.language


def toggle(say: Words, name: str, *, of: str) -> None:
    """Yes or no."""
    st.toggle(say(f"settings.{name}"), help=say(f"settings.{name}.help"), key=f"{of}_{name}", persist_state="session")


def segments(say: Words, name: str, *, of: str, group: str | None = None) -> None:
    """One of few.

    Args:
        group: what its values are called by, where that is not its own name.
    """
    st.segmented_control(
        say(f"settings.{name}"),
        [str(value) for value in CHOICES[name]],
        required=True,
        format_func=lambda value: say.value(group or name, value),
        help=say(f"settings.{name}.help"),
        key=f"{of}_{name}",
        persist_state="session",
    )
