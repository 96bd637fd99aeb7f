"""What computes: cards or the machine without one, live; the worker; who holds memory; what fits now."""

from __future__ import annotations

import streamlit as st

from pages.parts.components import redrawn
from pages.parts.gpu import acts, gauges, overview, self_test, tables, workers
from pages.parts.i18n import words
from pages.parts.services import jobs, scene
from pages.parts.session import desk

LOOK_SECONDS = 1.0  # between two looks; the machine is read once for all who look
_FIRST_HEIGHT = 420  # px; about the height of a card


@redrawn(LOOK_SECONDS)
def live() -> None:
    """All of the page, whose name too depends on whether there is a card."""
    say, seen = words(), scene().look()
    gpus = () if seen is None else seen.snapshot.gpus
    with st.container(gap=None, key="title"):
        st.title(say("gpu.title" if gpus else "gpu.title.none"), anchor=False)
        st.caption(say("gpu.subtitle"))
    if seen is None:
        st.caption(f":material/hourglass_top: {say('gpu.first')}")
        st.skeleton(height=_FIRST_HEIGHT)
        return
    gauges.missing(say, seen)
    if len(gpus) > 1:
        overview.overview(say, jobs(), seen, desk().pair)
    left, right = st.columns([7, 5], gap="large")
    with left:
        if len(gpus) > 1:
            overview.details(say, seen)
        elif gpus:
            gauges.card(say, seen, gpus[0], 0)
        gauges.order(say, seen)
        if not gpus:
            gauges.host(say, seen, charted=True)
    with right:
        workers.panel(say, jobs(), seen, acts())
        workers.leftover(say, jobs(), seen, acts())
        tables.strip(say, seen, desk().pair)
        self_test.panel(say)
        if gpus:
            gauges.host(say, seen, charted=False)
    tables.processes(say, seen)


live()
