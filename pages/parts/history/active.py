"""What runs and waits, live: how far each job is, and the button that stops it."""

from __future__ import annotations

import streamlit as st

from fusion.jobs import JobView
from fusion.storage import Query
from fusion.types import State
from pages.parts.components import cards, redrawn
from pages.parts.history.filters import GOING
from pages.parts.i18n import Words, job_text, words
from pages.parts.pressing import once
from pages.parts.session import Album, history_state

LOOK_SECONDS = 0.5
MOST = 6  # rows
_MANY = 300  # jobs that are looked through for those that come next


def going(owner: str | None) -> None:
    """Draws what runs and waits of an owner's, or of everybody's for None; nothing where nothing does."""
    seen = _first(history_state.album(), owner)
    if seen:
        _live(owner, frozenset(view.id for view in seen))


@redrawn(LOOK_SECONDS)
def _live(owner: str | None, seen: frozenset[str]) -> None:
    """Looks again; once one of those that were seen has ended, the page is drawn anew."""
    here, say = history_state.album(), words()
    query = Query(owner=owner, states=GOING, limit=_MANY)
    now = here.queue.history(query)
    if not seen <= {view.id for view in now}:
        st.rerun()
    with st.container(border=True, gap="xsmall", key="going"):
        first = sorted(now, key=_turn)[:MOST]
        for view in first:
            _row(say, here, view)
        more = here.queue.count(query) - len(first)
        if more > 0:
            st.caption(say("history.more_waiting", count=more))


def _first(here: Album, owner: str | None) -> list[JobView]:
    return sorted(here.queue.history(Query(owner=owner, states=GOING, limit=_MANY)), key=_turn)[:MOST]


def _turn(view: JobView) -> tuple[bool, bool, int]:
    """What runs comes first, then whom somebody waits for, then those of batches; each in the order of coming."""
    return view.progress.state != State.RUNNING, view.batch is not None, view.number


def _row(say: Words, here: Album, view: JobView) -> None:
    ahead = here.queue.ahead_of(view.id) if view.progress.state == State.QUEUED else 0
    text = job_text.how_far(say, view, here.queue.worker().state == "starting", ahead)
    what = " · ".join(part for part in (job_text.size(say, view), job_text.photos(view)) if part)
    with st.container(gap="xxsmall", key=f"going_{view.id}"):
        st.caption(what)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(min(max(view.progress.fraction, 0.0), 1.0), text=text)
            st.button(
                say("run.cancel"),
                icon=":material/stop_circle:",
                **once(f"cancel_{view.id}", here.cancel, view.id),
            )
        cards.steps(say, view.steps)
