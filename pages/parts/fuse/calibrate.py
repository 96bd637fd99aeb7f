"""Measuring this machine: what it does, the button, how far it is, and what the forecast rests on afterwards."""

from __future__ import annotations

import streamlit as st

from advisor.forecast import BUDGET_S, Calibration, CalibrationView
from pages.parts.components import cards
from pages.parts.i18n import Words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import calibration, jobs
from pages.parts.session import Desk


def part(say: Words, here: Desk, measured: int) -> None:
    """Draws it; `measured`: on how many measurements of this machine the forecast rests."""
    measuring = calibration()
    view = measuring.view()
    if view.is_running:
        _running(say, view, measuring)
        return
    with st.expander(say("measure.title"), key="measuring", expanded=view.error is not None):
        if view.error is not None:
            cards.error(say, view.error)
        if not rights.told(say):
            return
        st.caption(say("measure.about", minutes=BUDGET_S / 60))
        is_idle = here.queue.worker().state == "ready"
        st.button(
            say("measure.start"),
            icon=":material/speed:",
            disabled=not is_idle,
            help=None if is_idle else say("measure.busy"),
            **once("measure", _start),
        )
        if not is_idle:
            st.caption(say("measure.busy"))
    if view.added:
        st.caption(f":material/check_circle: {say('measure.done', count=measured)}")


def _start() -> None:
    """Begin, unless a job came between; a callback."""
    rights.need()
    if jobs().worker().state == "ready":
        calibration().start(jobs().ledger)


def _running(say: Words, view: CalibrationView, measuring: Calibration) -> None:
    text = say("measure.progress", done=view.done, total=view.total)
    if view.seconds_left is not None:
        text = say("measure.progress_left", done=view.done, total=view.total, seconds=view.seconds_left)
    with st.container(border=True, key="measuring_now"):
        st.markdown(f"**{say('measure.running')}**")
        st.progress(view.done / max(1, view.total), text=text)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(say("measure.wait"), width="content")
            if visitor.is_administrator():
                st.button(
                    say("measure.cancel"),
                    icon=":material/stop_circle:",
                    help=say("measure.cancel.help"),
                    **once("measure_cancel", _cancel, measuring),
                )


def _cancel(measuring: Calibration) -> None:
    """A callback."""
    rights.need()
    measuring.cancel()
