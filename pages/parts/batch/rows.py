"""The jobs of a batch, a page at a time, to be judged: the face of each, its verdict, and what can be done."""

from __future__ import annotations

import math
from functools import partial
from typing import cast

import streamlit as st

from fusion.facts import Facts
from fusion.jobs import Batch, Jobs, JobView, Query
from fusion.types import ENDED, Order, State
from pages.parts.components import cards, fields
from pages.parts.fuse import pair_verdict
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import leave_for, once
from pages.parts.results import chip, face_card, lines
from pages.parts.server import rights
from pages.parts.session import history_state

PER_PAGE = 12
NARROWEST_PX = 160  # of a card, and of the face on it
HISTORY = "pages/studio/history.py"
ORDERS: tuple[Order, ...] = ("oldest", "likeness", "faults")
_FAILED = frozenset({State.FAILED, State.INTERRUPTED})


def rows(say: Words, queue: Jobs, batch: Batch) -> None:
    """Draws them; while the batch runs and nobody has turned the pages, those that it is at."""
    with st.container(horizontal=True, gap="small", key="batch_sorted"):
        order, states = _order(say), _states(say, batch)
    total = sum(count for state, count in batch.counts.items() if not states or state in states)
    pages = max(1, math.ceil(total / PER_PAGE))
    is_followed = not states and order == "oldest"
    page = _page(batch, pages) if is_followed else min(st.session_state.get(_key(batch), 1), pages)
    shown = Query(batch=batch.id, states=states, order=order, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    is_starting = queue.worker().state == "starting"
    with st.grid(face_card.COLUMNS, min_column_width=NARROWEST_PX, gap="xsmall", key="batch_shelf"):
        for view in queue.history(shown):
            with st.container(gap="xxsmall", key=f"batch_row_{view.id}"):
                _card(say, view, is_starting)
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, key=_key(batch), on_change=_turn, args=(batch.id,), persist_state="session")


def _order(say: Words) -> Order:
    chosen = fields.one_of(
        say("batch.order"),
        ORDERS,
        key="batch_order",
        first=ORDERS[0],
        format_func=lambda value: say(f"batch.order.{value}"),
        label_visibility="collapsed",
    )
    return cast("Order", chosen)


def _states(say: Words, batch: Batch) -> frozenset[State]:
    """Which are shown; none for all. Asked where failures would be lost among many."""
    if batch.total <= PER_PAGE or not any(batch.counts.get(state) for state in _FAILED):
        return frozenset()
    chosen = fields.one_of(
        say("batch.show"),
        ["all", "failed"],
        key=f"batch_show_{batch.id}",
        first="all",
        format_func=lambda value: say(f"batch.show.{value}"),
        label_visibility="collapsed",
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


def _card(say: Words, view: JobView, is_starting: bool) -> None:
    face_card.face(say, view, f"batch_open_{view.id}", partial(_open, batch=view.batch or ""))
    names, *others = lines(say, view)
    st.markdown("  \n".join(f":small[{line}]" for line in (names, *others, chip(say, view))))
    _text(say, view, is_starting)
    if view.can_be_retried:
        st.button(
            say("history.retry"),
            icon=":material/refresh:",
            help=say("history.retry.help"),
            type="tertiary",
            **once(f"batch_retry_{view.id}", history_state.album().retry, view.id),
        )


def _open(id: str, batch: str) -> None:
    leave_for(HISTORY, {history_state.OPEN: id, history_state.FROM: batch})


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
    """How far it is, why it came to nothing, or what there is to know of it."""
    if view.progress.state == State.RUNNING:
        st.progress(min(max(view.progress.fraction, 0.0), 1.0), text=job_text.how_far(say, view, is_starting, 0))
    elif view.outcome is not None:
        _told(say, view, view.outcome.facts)
    elif view.error is not None and view.progress.state in _FAILED:
        message, remedy = say.error(rights.discreet(view.error))
        st.caption(say.together(f":red[{job_text.plain(message)}]", job_text.plain(remedy)))
    cards.steps(say, view.steps)
