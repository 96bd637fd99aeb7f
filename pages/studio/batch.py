"""Many photos at once: give them, see what will be done, start, and watch it. What is queued survives this page."""

from __future__ import annotations

import streamlit as st

from fusion.jobs import Batch
from pages.parts.batch import earlier, inputs, plan, progress, settings_form
from pages.parts.fuse import run
from pages.parts.i18n import words
from pages.parts.results import face_card, take_back
from pages.parts.server import visitor
from pages.parts.session import batch_state


def ask() -> None:
    """The photos, consent, the settings, and what they come to."""
    given = inputs.photos(say, here)
    here.notice(given.ids)
    plan.consent(say, here)
    with st.container(border=True, key="batch_settings"):
        settings = settings_form.settings(say)
    with right:
        plan.preview(say, here, given, inputs.planned(say, here, given, settings))
        show(is_asked=not given.is_empty)


def show(*, is_asked: bool) -> None:
    """The batch that is looked at, and the way to the others."""
    batches = here.batches()
    if not batches:
        if not is_asked:
            earlier.nothing_yet(say)
        return
    chosen = _chosen(batches)
    progress.card(chosen)
    progress.question(say, here, chosen)
    earlier.earlier(say, here, batches, chosen)


def _chosen(batches: tuple[Batch, ...]) -> Batch:
    return next((batch for batch in batches if batch.id == here.shown), batches[0])


here, say = batch_state.batch_desk(), words()
face_card.style()
settings_form.prepare()

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head"):
    with st.container(width="content", gap=None, key="title"):
        st.title(say("batch.title"), anchor=False)
        st.caption(say("batch.subtitle"))
    with st.container(width="content"):
        take_back.part(visitor.sees())
        run.worker_line()

left, right = st.columns([5, 7], gap="large")
with left:
    ask()
