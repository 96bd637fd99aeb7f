"""The jobs of a batch, a page at a time: a small picture, how far it is or what it made, and what can be done."""

from __future__ import annotations

import math

import streamlit as st

from fusion.facts import Facts
from fusion.jobs import Batch, Jobs, JobView, Query
from fusion.types import ENDED, State
from pages.parts.components import cards
from pages.parts.fuse import pair_verdict, verdict_badges
from pages.parts.history import LOOKS
from pages.parts.i18n import Words, job_text
from pages.parts.server import rights
from pages.parts.session import history_state

PER_PAGE = 10
PICTURE_PX = 64
HISTORY = "pages/studio/history.py"
_FAILED = frozenset({State.FAILED, State.INTERRUPTED})


def rows(say: Words, queue: Jobs, batch: Batch) -> None:
    """Draws them; while the batch runs and nobody has turned the pages, those that it is at."""
    states = _states(say, batch)
    total = sum(count for state, count in batch.counts.items() if not states or state in states)
    pages = max(1, math.ceil(total / PER_PAGE))
    page = _page(batch, pages) if not states else min(st.session_state.get(_key(batch), 1), pages)
    first, last = (page - 1) * PER_PAGE, min(page * PER_PAGE, total)
    # the history is newest first
    found = queue.history(Query(batch=batch.id, states=states, limit=last - first, offset=total - last))
    is_starting = queue.worker().state == "starting"
    for view in reversed(found):
        _row(say, view, is_starting)
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=_key(batch), on_change=_turn, args=(batch.id,))


def _states(say: Words, batch: Batch) -> frozenset[State]:
    """Which are shown; none for all. Asked where failures would be lost among many."""
    if batch.total <= PER_PAGE or not any(batch.counts.get(state) for state in _FAILED):
        return frozenset()
    chosen = st.segmented_control(
        say("batch.show"),
        ["all", "failed"],
        default="all",
        required=True,
        format_func=lambda value: say(f"batch.show.{value}"),
        label_visibility="collapsed",
        key=f"batch_show_{batch.id}",
    )
    return _FAILED if chosen == "failed" else frozenset()


def _page(batch: Batch, pages: int) -> int:
    state, key = st.session_state, _key(batch)
    if not state.get(f"{key}_turned"):
        ended = sum(batch.counts.get(each, 0) for each in ENDED)
        state[key] = min(pages, ended // PER_PAGE + 1) if ended < batch.total else state.get(key, 1)
    state[key] = min(state.get(key, 1), pages)
    return int(state[key])


def _turn(id: str) -> None:
    st.session_state[f"batch_page_{id}_turned"] = True


def _key(batch: Batch) -> str:
    return f"batch_page_{batch.id}"


def _row(say: Words, view: JobView, is_starting: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="top", gap="small", wrap=False, key=f"batch_row_{view.id}"):
        _picture(say, view)
        with st.container(gap="xxsmall", width="stretch"):
            _text(say, view, is_starting)
        if view.outcome is not None:
            if st.button(
                say("history.open"), help=say("history.open.help"), key=f"batch_open_{view.id}", type="tertiary"
            ):
                st.switch_page(HISTORY, query_params={"job": view.id})
        elif history_state.can_retry(view):
            st.button(
                say("history.retry"),
                icon=":material/refresh:",
                help=say("history.retry.help"),
                type="tertiary",
                key=f"batch_retry_{view.id}",
                on_click=history_state.album().retry,
                args=(view.id,),
            )


def _picture(say: Words, view: JobView) -> None:
    """As wide in every row; the sign of the state where there is none."""
    jpeg = history_state.thumbnails().of(view)
    if jpeg is not None:
        st.image(jpeg, width=PICTURE_PX, alt=say("batch.alt", what=job_text.photos(view)))
        return
    icon, colour = LOOKS[view.progress.state]
    with st.container(width=PICTURE_PX, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown(f"### :{colour}[:material/{icon}:]", text_alignment="center")


def _told(say: Words, view: JobView, facts: Facts) -> None:
    """How well the two faces go together, and folded away what else there is to know of the result."""
    found = facts.suitability
    if found is not None:
        why = f" {say.phrase(found.causes[0].why)}" if found.causes else ""
        st.markdown(f":small[{pair_verdict.badge(say, found.verdict)} :gray[{why}]]")
    if facts.notices:
        with st.expander(say("batch.notices", count=len(facts.notices)), key=f"batch_notices_{view.id}"):
            st.caption("  \n".join(f":material/info: {say.notice(notice)}" for notice in facts.notices))


def _text(say: Words, view: JobView, is_starting: bool) -> None:
    st.markdown(f":small[**{job_text.photos(view) or view.id}**]")
    state = say(f"state.{view.progress.state}")
    if view.progress.state == State.RUNNING:
        st.progress(min(max(view.progress.fraction, 0.0), 1.0), text=job_text.how_far(say, view, is_starting, 0))
    elif view.outcome is not None:
        fault = verdict_badges.fault(say, view)
        remark = f" · :orange[:material/report: {fault}]" if fault else ""
        st.caption(f"{state} · {job_text.made(say, view)}{remark}")
        _told(say, view, view.outcome.facts)
    elif view.error is not None and view.progress.state in _FAILED:
        message, remedy = say.error(rights.discreet(view.error))
        st.caption(f"{state}: :red[{job_text.plain(message)}] {job_text.plain(remedy)}")
    else:
        st.caption(state)
    cards.steps(say, view.steps)
