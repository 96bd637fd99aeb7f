"""A press that leads to another page: heard as every other, and followed once the menu knows the pages."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_WAY = "way"  # in the session: the page to go to, and what its address asks for


def leave_for(page: str, query: Mapping[str, str] | None = None) -> None:
    """Have this run of the page end at another one; the last thing that a press does, before the menu is drawn.

    Args:
        page: its file, as of `st.Page`.
        query: what stands behind its address.
    """
    st.session_state[_WAY] = (page, dict(query or {}))
    here = get_script_run_ctx()
    if here is not None and here.fragment_ids_this_run:
        st.rerun()  # a part that moves by itself draws no menu


def leave() -> None:
    """Go where a press has said, if one has; right after the menu."""
    way = st.session_state.pop(_WAY, None)
    if way is not None:
        page, query = way
        st.switch_page(page, query_params=query)
