"""What computes: cards or the machine without one, live; the worker; who holds memory; what fits now."""

from __future__ import annotations

import streamlit as st

from pages.parts.components import redrawn
from pages.parts.gpu import acts, gauges, tables, workers
from pages.parts.i18n import words
from pages.parts.services import jobs, scene
from pages.parts.session import desk

LOOK_SECONDS = 1.0  # between two looks; the machine is read once for all who look
_FIRST_HEIGHT = 420  # px; about the height of a card


@redrawn(LOOK_SECONDS)
def live() -> None:
    """All of the page that moves."""
    say, seen = words(), scene().look()
    if seen is None:
        st.caption(f":material/hourglass_top: {say('gpu.first')}")
        st.skeleton(height=_FIRST_HEIGHT)
        return
    left, right = st.columns([7, 5], gap="large")
    with left:
        gauges.missing(say, seen)
        for number, gpu in enumerate(seen.snapshot.gpus):
            gauges.card(say, seen, gpu, number)
        if not seen.snapshot.gpus:
            gauges.host(say, seen, charted=True)
    with right:
        workers.panel(say, jobs(), seen, acts())
        workers.leftover(say, jobs(), seen, acts())
        tables.strip(say, seen, desk().pair)
        if seen.snapshot.gpus:
            gauges.host(say, seen, charted=False)
    tables.processes(say, seen)


say = words()
with st.container(gap=None, key="title"):
    st.title(say("gpu.title"), anchor=False)
    st.caption(say("gpu.subtitle"))
live()
