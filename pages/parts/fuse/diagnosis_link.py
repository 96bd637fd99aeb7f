"""The way from a result, or from a job that came to none, to its diagnosis."""

from __future__ import annotations

import streamlit as st

from fusion.errors import FusionError
from fusion.types import State
from pages.parts.i18n import Words
from pages.parts.services import jobs
from pages.parts.session import history_state

PAGE = "pages/machine/diagnostics.py"


def link(say: Words, job: str, *, is_done: bool = True) -> None:
    """Draws it; nothing for a job that somebody has cancelled, since nothing went wrong.

    Args:
        job: its id.
        is_done: whether there is a result.
    """
    if not is_done and _is_cancelled(job):
        return
    st.page_link(
        PAGE,
        label=say("diagnosis.link" if is_done else "diagnosis.link.failed"),
        icon=":material/troubleshoot:",
        help=say("diagnosis.link.help"),
        query_params={history_state.OPEN: job},
    )


def _is_cancelled(job: str) -> bool:
    """Whether it was; one that is gone counts as such, since there is nothing to look at."""
    try:
        return jobs().view(job).progress.state == State.CANCELLED
    except FusionError:
        return True
