"""The way back from the last change of a setting, and forth again: two buttons that say what they change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from advisor.recommendation import Intent
from pages.parts.choosing import own_state
from pages.parts.choosing.changes import Changes, Moment
from pages.parts.fuse import settings_form
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import each
from pages.parts.session import Desk

_CHANGES = "setting_changes"
_UNDO, _REDO = "undo", "redo"  # keys of the buttons
_KEYS = st.components.v2.component(
    "fusewise_undo_keys", js=(Path(__file__).parent / "undo.js").read_text(encoding="utf-8")
)


def buttons(say: Words, here: Desk) -> None:
    """Draws them, and takes note of what has changed; only before the settings, which they set."""
    kept = changes()
    kept.see(Moment.of(settings_form.chosen(), here.wishes, own_state.own().on))
    assert kept.now is not None
    undone = _what(say, kept.done[-1], kept.now) if kept.done else ""
    again = _what(say, kept.now, kept.undone[-1]) if kept.undone else ""
    _button(say, _UNDO, undone, here, kept.undo)
    _button(say, _REDO, again, here, kept.redo)
    _KEYS(key="undo_keys", data={"undo": _UNDO, "redo": _REDO}, width="content")


def changes() -> Changes:
    """This session's."""
    kept: Changes = st.session_state.setdefault(_CHANGES, Changes())
    return kept


def forget() -> None:
    """Other settings have come with another desk: no change of anybody's led to them."""
    st.session_state.pop(_CHANGES, None)


def _button(say: Words, key: str, what: str, here: Desk, step: Callable[[], Moment | None]) -> None:
    label = say(f"undo.{key}.what", what=what) if what else say(f"undo.{key}")
    st.button(
        label,
        icon=f":material/{key}:",
        type="tertiary",
        help=f"{label}  \n{say(f'undo.{key}.help')}" if what else say(f"undo.{key}.help"),
        disabled=not what,
        **each(key, _take, here, step),
    )


def _take(here: Desk, step: Callable[[], Moment | None]) -> None:
    """Set what was set at another moment; a callback."""
    moment = step()
    if moment is None:
        return
    here.wishes.intent, here.wishes.pinned = moment.intent, moment.pinned
    own_state.own().on = moment.own
    settings_form.put(here, moment.settings)


def _what(say: Words, before: Moment, then: Moment) -> str:
    """A change in a few words."""
    if then.own and then.own != before.own:
        return say("undo.preset", name=job_text.plain(then.own))
    if then.intent != before.intent and then.intent != Intent.AUTO:
        return say("undo.preset", name=say(f"preset.{then.intent}"))
    if then == Moment():
        return say("settings.reset")
    changed = before.changed(then)
    if len(changed) != 1:
        return say("undo.many", count=len(changed)) if changed else say("undo.choice")
    (name,) = changed
    now, later = (job_text.value(say, name, moment.settings) for moment in (before, then))
    return say("undo.one", name=say(f"settings.{name}"), before=now, after=later)
