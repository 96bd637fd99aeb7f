"""Which desk a browser's tab has, and that the desk is kept as it changes.

A tab is known by a random name in its `sessionStorage`, which is there again when its page is loaded again and which no
other tab has. The page is drawn with a name of its own; a browser that knows another one says so at once, and the desk
of that name is put back before the page is drawn a second time. Who never was here is asked nothing and waits for
nothing. A desk is looked up under its owner: a name without the visitor's cookie opens nothing. Browsers copy the
storage of a tab that is duplicated: a desk that somebody is at is not given away, the second tab gets a copy under a
name of its own.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fusion.errors import FusionError, frameless
from pages.parts.choosing import undo
from pages.parts.fuse import settings_form
from pages.parts.i18n import words
from pages.parts.keeping.kept_desk import Restoring, taken
from pages.parts.server import visitor
from pages.parts.services import jobs, shelf
from pages.parts.session import Desk, desk, history_state

_KEY, _HERE = "desk_name", "desk_tab"
_NAME = re.compile(r"[0-9a-f]{32}")
_STORAGE = st.components.v2.component(
    "fusewise_desk_name", js=(Path(__file__).parent / "tab.js").read_text(encoding="utf-8")
)


@dataclass(slots=True)
class Tab:
    """What a session knows of its tab.

    Attributes:
        name: of its desk.
        is_new: nothing was kept under that name before: it is this session's own.
        is_taken: the desk is this session's, with all that was kept of it.
        refused: another name, which the browser had and is to forget.
        told: why the desk could not be kept, as it was last said.
    """

    name: str = field(default_factory=lambda: secrets.token_hex(16))
    is_new: bool = True
    is_taken: bool = False
    refused: str | None = None
    told: FusionError | None = None
    session: str = field(default_factory=lambda: f"{_session()}:{secrets.token_hex(4)}")

    @property
    def key(self) -> tuple[str, str]:
        return visitor.owner(), self.name


def begin() -> None:
    """Put back what the tab had on its desk before, if anything; before a page is drawn."""
    if not visitor.keeps_desk():
        return
    tab: Tab = st.session_state.setdefault(_HERE, Tab())
    known = _known()
    if known not in (None, tab.name, tab.refused):
        _change(tab, str(known))
    if not tab.is_taken:
        _take(tab)
    with st.sidebar:
        _STORAGE(key=_KEY, data={"name": tab.name, "instead": tab.refused}, on_name_change=lambda: None)
    _tell(tab)


def end() -> None:
    """Have the desk kept as it is now; after a page was drawn, however that has ended."""
    tab: Tab | None = st.session_state.get(_HERE)
    if tab is None or not tab.is_taken or "set_ratio" not in st.session_state:
        return
    here = desk()
    try:
        snapshot = taken(here, settings_form.said(), settings_form.sides())
    except FusionError:  # a browser sent what its widget does not offer: the page says so
        return
    if not shelf().put(tab.key, tab.session, snapshot):
        here.clear()


def _known() -> str | None:
    """The name that the browser has."""
    said = getattr(st.session_state.get(_KEY), "name", None)
    return said if isinstance(said, str) and _NAME.fullmatch(said) else None


def _change(tab: Tab, known: str) -> None:
    """Take the desk that the browser knows; a copy of it where somebody is at it, and none where one is begun here."""
    here = desk()
    is_begun = any(slot.view for slot in here.slots.values()) or bool(here.job or here.result)
    if is_begun or not shelf().claim((visitor.owner(), known), tab.session):
        tab.refused = known
        if not is_begun:
            _restore(here, known)
        return
    shelf().leave(tab.key, tab.session)
    tab.name, tab.is_new, tab.is_taken = known, False, False


def _take(tab: Tab) -> None:
    here = desk()
    if shelf().claim(tab.key, tab.session) and not tab.is_new:
        _restore(here, tab.name)
    # Streamlit keeps the desk longer than its page. When all ends the shelf may go first: it is not to be made anew.
    key, session, kept = tab.key, tab.session, shelf()
    here.left = lambda: kept.leave(key, session)
    tab.is_taken = True


def _restore(here: Desk, name: str) -> None:
    """What was kept under a name onto the desk; where that cannot be, the desk is empty and it is said why."""
    try:
        snapshot = shelf().find((visitor.owner(), name))
        if snapshot is not None:
            Restoring(snapshot, jobs().desk_photo, history_state.album().job).onto(here)
            undo.forget()
    except FusionError as error:
        here.clear()
        here.note = frameless(error)


def _tell(tab: Tab) -> None:
    error = shelf().error(tab.key)
    if error is not None and tab.told is None:
        say = words()
        st.toast(say("desk.not_kept", message=say.error(error)[0]), icon=":material/save:", duration="long")
    tab.told = error


def _session() -> str:
    here = get_script_run_ctx()
    return here.session_id if here is not None else ""
