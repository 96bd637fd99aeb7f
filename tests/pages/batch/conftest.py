"""What tests of the Batch page share: a worker that computes nothing, and a session on the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.support.app_driver import run, session

PAGE = "pages/studio/batch.py"


@pytest.fixture(scope="module", autouse=True)
def quick_worker() -> Iterator[None]:
    """One worker for this file, whose pipeline computes nothing."""
    st.cache_resource.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        yield
        st.cache_resource.clear()


@pytest.fixture
def app() -> AppTest:
    """A session on the page."""
    at = run(session())
    at.switch_page(PAGE)
    return run(at)
