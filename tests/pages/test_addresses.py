"""The addresses of the pages: people keep links to them, and documents name them."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from tests.support.app_driver import run, session

ADDRESSES = {"", "batch", "history", "gpu", "diagnostics"}


def test_every_page_is_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    found: set[str] = set()
    navigation = st.navigation

    def noted(pages: dict[str, list[StreamlitPage]]) -> StreamlitPage:
        found.update(page.url_path for section in pages.values() for page in section)
        return navigation(pages)

    monkeypatch.setattr(st, "navigation", noted)
    run(session())
    assert found == ADDRESSES
