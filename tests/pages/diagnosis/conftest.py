"""What tests of the page of diagnosis share: a real queue, and a session on the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from pages.parts.services import services
from tests.support.app_driver import run, session

PAGE = "pages/machine/diagnostics.py"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """The server's own queue, in a data folder of this module's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("diagnosed")))
        st.cache_resource.clear()
        yield services.jobs()
        st.cache_resource.clear()


@pytest.fixture
def app(queue: Jobs) -> AppTest:
    """A session on the page."""
    return run(session()).switch_page(PAGE)
