"""One job of the history: before and after, what made it, its files, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from fusion.jobs import JobView
from fusion.types import State
from pages.parts.components import cards, compare
from pages.parts.fuse import diagnosis_link, reopen, verdict_badges
from pages.parts.history import gallery
from pages.parts.history.filters import GOING
from pages.parts.i18n import Words, job_text
from pages.parts.session import Album, desk, history_state, previews

FUSE = "pages/studio/fuse.py"


def opened(say: Words, here: Album, view: JobView) -> None:
    """Draws it."""
    _actions(say, here, view)
    left, right = st.columns([7, 5], gap="large")
    with left:
        result = _picture(say, here, view)
    with right:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.subheader(job_text.size(say, view), anchor=False, width="content")
            gallery.badge(say, view)
        st.caption("  \n".join(_about(say, here, view)))
        if result is not None:
            verdict_badges.statements(say, view)
            cards.facts(say, result)
            cards.downloads(say, result)
        if view.progress.state not in GOING:
            diagnosis_link.link(say, view.id, is_done=view.outcome is not None)
        settings(say, job_text.settings(say, view.settings))


def back(say: Words, here: Album) -> None:
    """The way back to all."""
    st.button(say("history.back"), icon=":material/arrow_back:", type="tertiary", key="back", on_click=here.close)


def settings(say: Words, rows: Sequence[tuple[str, str]]) -> None:
    """A table of what was set to what."""
    with st.expander(say("history.settings"), icon=":material/tune:", key="settings_of_job"):
        table({say("history.setting"): [row[0] for row in rows], say("history.value"): [row[1] for row in rows]})


def table(columns: Mapping[str, Sequence[str]]) -> None:
    """A table of words."""
    st.table(dict(columns), border="horizontal", hide_index=True)


def _actions(say: Words, here: Album, view: JobView) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="actions"):
        back(say, here)
        if st.button(say("history.again"), icon=":material/replay:", help=say("history.again.help"), key="again"):
            reopen.open_again(desk(), view)
            st.switch_page(FUSE)
        if history_state.can_retry(view):
            gallery.retry(say, here, view)
        st.button(
            say("history.delete"),
            icon=":material/delete:",
            key="delete_opened",
            on_click=_ask_to_delete,
            args=(view.id,),
        )


def _ask_to_delete(id: str) -> None:
    st.session_state.to_delete = (id,)


def _picture(say: Words, here: Album, view: JobView) -> previews.ResultView | None:
    if view.error is not None:
        cards.error(say, view.error)
    if view.outcome is None:
        if view.progress.state not in GOING:
            cards.steps(say, view.steps)
        return None
    key = (view.id, view.ended)
    if here.seen is None or here.seen[0] != key:
        try:
            here.seen = (key, previews.view_result(view.id, view.settings, view.outcome))
        except OSError:
            st.error(say("history.gone"), icon=":material/broken_image:")
            return None
    compare(say, here.seen[1])
    return here.seen[1]


def _about(say: Words, here: Album, view: JobView) -> list[str]:
    lines = [f":material/schedule: {gallery.moment(say, view)}"]
    if job_text.photos(view):
        lines.append(f":material/photo_library: {job_text.photos(view)}")
    if view.batch is not None:
        lines.append(f":material/stacks: {job_text.plain(here.queue.batch(view.batch).name)}")
    if view.outcome is None and view.progress.state == State.DONE:
        lines.append(say("history.gone"))
    return lines
