"""The way from a result, or from a job that came to none, to its diagnosis."""

from __future__ import annotations

import streamlit as st

from pages.parts.i18n import Words
from pages.parts.session import history_state

PAGE = "pages/machine/diagnostics.py"


def link(say: Words, job: str, *, is_done: bool = True) -> None:
    """Draws it.

    Args:
        job: its id.
        is_done: whether there is a result.
    """
    st.page_link(
        PAGE,
        label=say("diagnosis.link" if is_done else "diagnosis.link.failed"),
        icon=":material/troubleshoot:",
        help=say("diagnosis.link.help"),
        query_params={history_state.OPEN: job},
    )
