"""Which jobs of the history are shown: by state, engine, time, batch and the photos' names."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import streamlit as st

from fusion.storage import Batch, Query
from fusion.types import EngineName, State
from pages.parts.components import fields
from pages.parts.i18n import Words, job_text

ANY = "any"
GOING = frozenset({State.QUEUED, State.RUNNING})
ENDED = frozenset(State) - GOING
_STATES: Mapping[str, frozenset[State]] = {
    ANY: frozenset(State),
    "going": GOING,
    "done": frozenset({State.DONE}),
    "faulty": frozenset({State.DONE}),
    "failed": frozenset({State.FAILED, State.INTERRUPTED}),
    "cancelled": frozenset({State.CANCELLED}),
}
_DAY_S = 86_400.0
_PERIODS: Mapping[str, float | None] = {ANY: None, "day": _DAY_S, "week": 7 * _DAY_S, "month": 30 * _DAY_S}
_NAMES = ("text", "state", "period", "engine", "batch")


def filters(say: Words, owner: str | None, batches: Sequence[Batch]) -> Query:
    """Draws the filters and returns what they ask for.

    Args:
        owner: whose jobs; None for everybody's.
        batches: that may be asked for.
    """
    with st.grid(5, min_column_width=130, gap="small", key="filters"):
        text = st.text_input(
            say("history.search"),
            fields.held("filter_text", ""),
            max_chars=100,
            icon=":material/search:",
            placeholder=say("history.search.hint"),
            key="filter_text",
            persist_state="session",
        )
        state = _select(say, "state", list(_STATES))
        period = _select(say, "period", list(_PERIODS))
        engine = _select(say, "engine", [ANY, *(str(name) for name in EngineName if name != EngineName.AUTO)])
        batch = ANY
        if batches:
            names = {each.id: job_text.batch(say, each) for each in batches if each.total}
            batch = _select(say, "batch", [ANY, *names], names)
    span = _PERIODS[period]
    return Query(
        owner=owner,
        states=_STATES[state],
        engine=None if engine == ANY else engine,
        batch=None if batch == ANY else batch,
        text=(text or "").strip(),
        since=None if span is None else _minute(time.time()) - span,
        faulty=state == "faulty",
    )


def is_narrowed(query: Query) -> bool:
    """Whether a query leaves something out."""
    given = (query.engine, query.batch, query.since)
    return bool(query.text) or query.states != _STATES[ANY] or any(each is not None for each in given)


def reset() -> None:
    """Everything is shown again; a callback."""
    for name in _NAMES:
        st.session_state[f"filter_{name}"] = "" if name == "text" else ANY


def _select(say: Words, name: str, offered: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    spoken = names or {}
    if st.session_state.get(f"filter_{name}") not in (None, *offered):  # a batch that is gone
        st.session_state[f"filter_{name}"] = ANY
    fields.say_anew(say, f"filter_{name}")
    return st.selectbox(
        say(f"history.{name}"),
        list(offered),
        index=fields.place_of(f"filter_{name}", list(offered)),
        format_func=lambda value: spoken.get(value) or say.value(f"history.{name}", value),
        key=f"filter_{name}",
        persist_state="session",
    )


def _minute(seconds: float) -> float:
    """The same all through a minute, so that the page that is shown does not change with each look."""
    return seconds - seconds % 60
