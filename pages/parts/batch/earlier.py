"""The other batches, each with a way to it, and what stands there before there is any."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from fusion.jobs import Batch
from pages.parts.batch.progress import summary
from pages.parts.components import cards
from pages.parts.i18n import Words, job_text
from pages.parts.pressing import once
from pages.parts.session import batch_state

_MOST = 20


def earlier(say: Words, here: batch_state.BatchDesk, batches: Sequence[Batch], shown: Batch) -> None:
    """Draws all but the one that is shown."""
    others = [batch for batch in batches if batch.id != shown.id][:_MOST]
    if not others:
        return
    with st.container(gap="xsmall", key="batch_others"):
        st.markdown(f"**{say('batch.others')}**")
        for batch in others:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
                with st.container(gap=None, width="stretch"):
                    st.markdown(f":small[**{job_text.batch(say, batch)}**]")
                    when = job_text.when(say, batch.made, st.context.timezone, time.time())
                    st.caption(f"{when} · {summary(say, batch)}")
                st.button(
                    say("batch.show_it"),
                    type="tertiary",
                    **once(f"batch_show_it_{batch.id}", _show, here, batch.id),
                )


def nothing_yet(say: Words) -> None:
    """The place of a batch before there is one."""
    with st.container(
        border=True, height=cards.EMPTY_HEIGHT, horizontal_alignment="center", vertical_alignment="center", key="empty"
    ):
        st.markdown("## :material/stacks:", text_alignment="center")
        st.markdown(f"**{say('batch.empty')}**", text_alignment="center")
        st.caption(say("batch.empty.help"), text_alignment="center")


def _show(here: batch_state.BatchDesk, id: str) -> None:
    here.shown = id
