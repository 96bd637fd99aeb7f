"""One setting as one widget, wherever it stands: the key of the widget is `<of>_<name of the setting>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import streamlit as st

from fusion.settings import CHOICES, RANGES
from pages.parts.i18n import Words

Named = Mapping[str, str]  # a value, and what it is called
_NOT_NAMED: Named = {}
T = TypeVar("T")
_LAST = "last_"  # before the key of a widget: what was chosen last


def held(key: str, first: T) -> T:
    """What the session has for a widget that is about to be drawn, to be its default as well.

    A browser that makes a widget anew begins with the default, and sends it as if somebody had chosen that: see
    `pages.parts.session.stored_widgets`.

    Args:
        key: of the widget.
        first: where the session has nothing yet.
    """
    found: T = st.session_state.get(key, first)
    return found


def place_of(key: str, offered: Sequence[Any]) -> int:
    """Likewise for a box of choices: the place of what it holds among them; the first where it is none of them."""
    chosen = st.session_state.get(key)
    return offered.index(chosen) if chosen in offered else 0


def slider(say: Words, name: str, *, of: str, disabled: bool = False) -> None:
    """A number within its range."""
    low, high = RANGES[name]
    st.slider(
        say(f"settings.{name}"),
        min_value=low,
        max_value=high,
        value=held(f"{of}_{name}", low),
        step=0.05,
        format="%+.2f" if low < 0 else "%.2f",
        help=say(f"settings.{name}.help"),
        disabled=disabled,
        key=f"{of}_{name}",
        persist_state="session",
    )


def select(
    say: Words,
    name: str,
    offered: Sequence[str],
    *,
    of: str,
    disabled: bool = False,
    help: str | None = None,
    named: Named = _NOT_NAMED,
) -> None:
    """One of many.

    Args:
        help: key of what is said about it; the setting's own if None.
        named: what some of the values are called here and now.
    """
    key = f"{of}_{name}"
    labels = {value: named.get(value) or say.value(name, value) for value in offered}
    _meet(key, labels)
    say_anew(say, key, *labels.values())
    st.selectbox(
        say(f"settings.{name}"),
        offered,
        index=place_of(key, offered),
        format_func=lambda value: labels.get(value, value),
        help=say(help or f"settings.{name}.help"),
        disabled=disabled,
        key=key,
        persist_state="session",
    )


def say_anew(say: Words, key: str, *labels: str) -> None:
    """Before a box of choices is drawn, in case the language was changed, or what its choices are called.

    A browser shows what was chosen in the words in which that was done, until it is told the choice again.

    Args:
        key: of the box.
        labels: of its choices, where they change within a language.
    """
    state, words = st.session_state, (say.language, *labels)
    if state.setdefault(f"{key}_language", words) != words and key in state:
        state[key] = state[key]
    state[f"{key}_language"] = words


def value(key: str) -> Any:
    """What the widget with this key says.

    For a moment a browser still sends the words in which something was chosen, after the page has found others for it.
    """
    said = st.session_state[key]
    if said is None:  # as `one_of`
        said = st.session_state.get(_LAST + key)
    return st.session_state.get(f"{key}_labels", {}).get(said, said)


def _meet(key: str, labels: Mapping[str, str]) -> None:
    """Remember what the values of a box were called: a few sentences in a session."""
    st.session_state.setdefault(f"{key}_labels", {}).update({label: value for value, label in labels.items()})


def toggle(say: Words, name: str, *, of: str) -> None:
    """Yes or no."""
    key = f"{of}_{name}"
    about = say(f"settings.{name}.help")
    st.toggle(say(f"settings.{name}"), held(key, False), help=about, key=key, persist_state="session")


def segments(say: Words, name: str, *, of: str, group: str | None = None, named: Named = _NOT_NAMED) -> None:
    """One of few.

    Args:
        group: what its values are called by, where that is not its own name.
        named: what some of the values are called here and now.
    """
    one_of(
        say(f"settings.{name}"),
        [str(value) for value in CHOICES[name]],
        key=f"{of}_{name}",
        format_func=lambda value: named.get(value) or say.value(group or name, value),
        help=say(f"settings.{name}.help"),
    )


def one_of(
    label: str,
    offered: Sequence[str],
    *,
    key: str,
    first: str | None = None,
    kind: Literal["segments", "pills"] = "segments",
    format_func: Callable[[Any], Any] = str,
    **options: Any,
) -> str:
    """One of few, of which there is always one: draws it and returns what is chosen.

    A browser whose place for it was lost and made anew shows no choice, and says so with the next thing that is done.
    Nobody can take a choice back here, so that is no wish: what was chosen last still holds, and is shown again.

    Args:
        first: what is chosen at first, where nothing has set that.
        options: further ones of `st.segmented_control` or `st.pills`.
    """
    state = st.session_state
    if state.get(key) is None:
        state[key] = state.get(_LAST + key, first)
    draw: Callable[..., str] = st.pills if kind == "pills" else st.segmented_control
    chosen = draw(label, offered, required=True, key=key, format_func=format_func, persist_state="session", **options)
    state[_LAST + key] = chosen
    return chosen
