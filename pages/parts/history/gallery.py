"""The grid of the history: a small picture of each result, what it is, and what can be done with it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import streamlit as st

from fusion.jobs import JobView
from fusion.storage import Query
from fusion.types import State
from pages.parts.fuse import verdict_badges
from pages.parts.history.filters import ENDED
from pages.parts.i18n import Words, job_text
from pages.parts.server import rights
from pages.parts.session import Album, history_state

PER_PAGE = 20
COLUMNS, NARROWEST_PX = 5, 150
PICTURE_PX = 80  # the height of the place of a picture that there is not
LOOKS: Mapping[str, tuple[str, Literal["green", "red", "gray", "orange", "blue"]]] = {
    State.DONE: ("check_circle", "green"),
    State.FAILED: ("error", "red"),
    State.INTERRUPTED: ("power_off", "orange"),
    State.CANCELLED: ("stop_circle", "gray"),
    State.RUNNING: ("bolt", "blue"),
    State.QUEUED: ("hourglass_top", "gray"),
}


def shelf(say: Words, here: Album, query: Query) -> int:
    """Draws one page of what has ended, with the way to the others, and returns how many there are of all."""
    ended = replace(query, states=query.states & ENDED)
    count = here.queue.count(ended) if ended.states else 0
    if not count:
        return 0
    pages = math.ceil(count / PER_PAGE)
    key = f"page_{abs(hash(ended))}"
    page = min(st.session_state.get(key, 1), pages)
    found = here.queue.history(replace(ended, limit=PER_PAGE, offset=(page - 1) * PER_PAGE))
    _chosen(say, here)
    with st.grid(COLUMNS, min_column_width=NARROWEST_PX, gap="small", key="shelf"):
        for view in found:
            with st.container(border=True, gap="xsmall", key=f"job_{view.id}"):
                _card(say, here, view)
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=key)
    return count


def _chosen(say: Words, here: Album) -> None:
    """What can be done with those that are chosen."""
    found = here.chosen_jobs()
    done = sorted((view for view in found if view.outcome is not None), key=lambda view: view.number)
    can_compare = len(found) == len(done) == 2
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="chosen"):
        st.caption(say("history.chosen", count=len(found)) if found else say("history.choose"), width="content")
        st.button(
            say("history.compare"),
            icon=":material/compare:",
            disabled=not can_compare,
            help=None if can_compare else say("history.compare.help"),
            key="compare_chosen",
            on_click=here.open,
            args=tuple(view.id for view in done),
        )
        st.button(
            say("history.delete"),
            icon=":material/delete:",
            disabled=not found,
            key="delete_chosen",
            on_click=_ask_to_delete,
            args=(tuple(view.id for view in found),),
        )
        st.button(
            say("history.choose_none"),
            type="tertiary",
            disabled=not found,
            key="choose_none",
            on_click=here.untick,
        )


def _ask_to_delete(ids: tuple[str, ...]) -> None:
    st.session_state.to_delete = ids


def _card(say: Words, here: Album, view: JobView) -> None:
    picture(say, view)
    if view.progress.state != State.DONE:
        badge(say, view)
    with st.container(
        horizontal=True, wrap=False, gap="xsmall", vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(f":small[**{job_text.plain(job_text.size(say, view))}**]", width="content")
        _tick(say, here, view)
    first = job_text.photos(view) if view.outcome is None else job_text.made(say, view).partition(" · ")[2]
    st.caption("  \n".join(line for line in (first, moment(say, view)) if line))
    remarks = _remarks(say, view)
    if remarks:
        st.markdown("  \n".join(remarks))
    with st.container(horizontal=True, gap="xsmall", key=f"actions_{view.id}"):
        st.button(
            say("history.open"),
            help=say("history.open.help"),
            key=f"open_{view.id}",
            on_click=here.open,
            args=(view.id,),
        )
        if history_state.can_retry(view):
            retry(say, here, view)


def _tick(say: Words, here: Album, view: JobView) -> None:
    st.session_state.setdefault(history_state.tick_key(view.id), view.id in here.chosen)
    st.checkbox(
        say("history.choose_one", what=job_text.made(say, view)),
        label_visibility="collapsed",
        width="content",
        key=history_state.tick_key(view.id),
        on_change=here.tick,
        args=(view.id,),
    )


def picture(say: Words, view: JobView) -> None:
    """A job's small picture; a sign in its place where there is none."""
    jpeg = history_state.thumbnails().of(view)
    if jpeg is not None:
        alt = say("history.alt", what=job_text.made(say, view), when=moment(say, view))
        st.image(jpeg, width="stretch", alt=alt)
        return
    icon = LOOKS[view.progress.state][0] if view.outcome is None else "broken_image"
    with st.container(height=PICTURE_PX, border=False, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown(f"## :gray[:material/{icon}:]", text_alignment="center")


def badge(say: Words, view: JobView) -> None:
    """A job's state."""
    icon, colour = LOOKS[view.progress.state]
    st.badge(say(f"state.{view.progress.state}"), icon=f":material/{icon}:", color=colour)


def retry(say: Words, here: Album, view: JobView) -> None:
    """The button that queues a job again."""
    st.button(
        say("history.retry"),
        icon=":material/refresh:",
        help=say("history.retry.help"),
        key=f"retry_{view.id}",
        on_click=here.retry,
        args=(view.id,),
    )


def moment(say: Words, view: JobView) -> str:
    """When a job was made, in the zone of the browser."""
    return job_text.when(say, view.made, st.context.timezone, time.time())


def _remarks(say: Words, view: JobView) -> list[str]:
    """What went otherwise than asked for."""
    lines = []
    fault = verdict_badges.fault(say, view)
    if fault:
        lines.append(f":small[:orange[:material/report: {fault}]]")
    if view.steps:
        lines.append(f":small[:orange[:material/trending_down: {say('history.stepped')}]]")
    if view.error is not None and view.progress.state != State.CANCELLED:
        lines += [f":small[:red[{job_text.plain(part)}]]" for part in say.error(rights.discreet(view.error))]
    return lines
