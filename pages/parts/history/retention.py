"""How long the history is kept, how much it weighs, and the question before everything is deleted."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import streamlit as st

from fusion import config
from fusion.jobs import DAY_S
from fusion.storage import Query
from fusion.units import MIB
from pages.parts.components import fields
from pages.parts.i18n import Words, job_text, words
from pages.parts.pressing import once
from pages.parts.server import visitor
from pages.parts.session import Album, bound, history_state

FOR_EVER = -1  # None would be a box in which nothing is chosen
DAYS = (1, 7, 30, 90, FOR_EVER)


def keeping(say: Words, here: Album, owner: str | None) -> None:
    """The retention, the weight, and the button that deletes everything."""
    with st.expander(say("keep.title"), key="keeping"):
        _retention(say, here)
        count = here.queue.count(Query(owner=owner))
        megabytes, limit = here.queue.stored_bytes(owner) / MIB, config.load().history_gb
        st.caption(say("keep.weight", count=count, megabytes=megabytes, limit=limit))
        st.button(
            say("keep.purge"),
            icon=":material/delete_forever:",
            disabled=not (count or here.queue.count_desks(owner) or here.queue.own_presets.count(owner)),
            help=say("keep.purge.help"),
            **once("purge", _ask_to_purge),
        )


def _retention(say: Words, here: Album) -> None:
    kept = here.queue.history_days
    if not visitor.is_administrator():
        st.markdown(say("keep.for", days=job_text.days(say, kept)))
        st.caption(say("keep.not_yours"))
        return
    now = FOR_EVER if kept is None else kept
    offered = DAYS if now in DAYS else (now, *DAYS)
    fields.say_anew(say, "keep_days")
    chosen = st.selectbox(
        say("keep.label"),
        offered,
        format_func=lambda value: job_text.days(say, _days(value)),
        help=say("keep.help"),
        width=260,
        **bound("keep_days", now, partial(_choose, here)).among(offered),
    )
    if chosen != now:
        days = _days(chosen)
        lost = _lost(here, days)
        st.warning(say("keep.shorter", count=lost, days=job_text.days(say, days)), icon=":material/warning:")
        st.button(say("keep.apply"), **once("keep_apply", here.keep_for, days))


def _days(chosen: int) -> int | None:
    """What an option means."""
    return None if chosen == FOR_EVER else chosen


def _choose(here: Album, chosen: int) -> None:
    """Keep for so long, unless somebody has to be asked first because something would be lost; a callback."""
    if not _lost(here, _days(chosen)):
        here.keep_for(_days(chosen))


def _lost(here: Album, days: int | None) -> int:
    """How many jobs are older than that."""
    return 0 if days is None else here.queue.count(Query(until=time.time() - days * DAY_S))


def _ask_to_purge() -> None:
    st.session_state.to_purge = True


def questions(say: Words, here: Album, owner: str | None) -> None:
    """Asks what a button wants to be asked, over the page."""
    if st.session_state.pop("to_purge", False):
        _ask(say("purge.title"), lambda: _purge(owner))


def _ask(title: str, body: Callable[[], None]) -> None:
    st.dialog(title)(body)()


def _purge(owner: str | None) -> None:
    say, here = words(), history_state.album()
    megabytes = here.queue.stored_bytes(owner) / MIB
    st.markdown(say("purge.all", count=here.queue.count(Query(owner=owner)), megabytes=megabytes))
    st.caption(say("delete.files"))
    _answers(say, say("keep.purge"), "purge_sure", partial(here.purge, owner))


def _answers(say: Words, label: str, key: str, act: Callable[[], None]) -> None:
    """Two buttons, either of which closes the question."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        is_kept = st.button(say("delete.not"), key=f"{key}_not")
        is_done = st.button(label, type="primary", icon=":material/delete:", **once(key, act))
    if is_kept or is_done:
        st.rerun()
