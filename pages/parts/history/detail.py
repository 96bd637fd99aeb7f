"""One job of the history: before and after, what made it, its files, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from fusion.jobs import JobView
from fusion.types import State
from pages.parts.components import cards, compare
from pages.parts.fuse import diagnosis_link, reopen, verdict_badges
from pages.parts.history import gallery, leaves
from pages.parts.history.filters import GOING
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import leave_for, once
from pages.parts.session import Album, batch_state, desk, labelling, previews

FUSE = "pages/studio/fuse.py"
BATCH = "pages/studio/batch.py"
_WAY_BACK = st.components.v2.component(
    "fusewise_way_back", js=Path(__file__).with_name("way_back.js").read_text(encoding="utf-8")
)


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


def back(say: Words, here: Album, *shown: JobView) -> None:
    """The ways back: to the batch that somebody came from, and to all, as by a click on the menu's entry of this page.

    Args:
        shown: what is open.
    """
    batch = here.came_from()
    if batch is not None:
        name = job_text.batch(say, batch)
        way = once("back_to_batch", _to_batch, batch.id)
        st.button(say("history.back.batch", name=name), icon=":material/arrow_back:", **way)
    st.button(say("history.back"), icon=":material/arrow_back:", type="tertiary", **once("back", here.close))
    _WAY_BACK(key="way_back", data={"what": " ".join(view.id for view in shown), "back": "back"})


def _to_batch(batch: str) -> None:
    batch_state.batch_desk().shown = batch
    leave_for(BATCH)


def _again(view: JobView) -> None:
    reopen.open_again(desk(), view)
    leave_for(FUSE)


def settings(say: Words, rows: Sequence[tuple[str, str]]) -> None:
    """A table of what was set to what."""
    with st.expander(say("history.settings"), key="settings_of_job"):
        table({say("history.setting"): [row[0] for row in rows], say("history.value"): [row[1] for row in rows]})


def table(columns: Mapping[str, Sequence[str]]) -> None:
    """A table of words."""
    st.table(dict(columns), border="horizontal", hide_index=True)


def _actions(say: Words, here: Album, view: JobView) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="actions"):
        back(say, here, view)
        help = say("history.again.help")
        way = once("again", _again, view)
        st.button(say("history.again"), icon=":material/face_retouching_natural:", help=help, **way)
        if view.can_be_retried:
            gallery.retry(say, here, view)
        st.button(
            say("history.delete"),
            icon=":material/delete:",
            **once("delete_opened", here.delete, (view.id,)),
        )


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
    result = here.seen[1]
    compare(say, result, labels=(None, labelling.stamp(say, result.output, result.facts)))
    return result


def _about(say: Words, here: Album, view: JobView) -> list[str]:
    lines = [f":material/schedule: {gallery.moment(say, view)}"]
    if job_text.photos(view):
        lines.append(f":material/photo_library: {job_text.photos(view)}")
    if view.batch is not None:
        lines.append(f":material/stacks: {job_text.batch(say, here.queue.batch(view.batch))}")
    lines += leaves.lines(say, view)
    if view.outcome is None and view.progress.state == State.DONE:
        lines.append(say("history.gone"))
    return lines
