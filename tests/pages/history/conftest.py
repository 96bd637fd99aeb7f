"""What tests of the history share: a queue that computes nothing, emptied after each, and sessions on the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from fusion.storage import Query
from pages.parts.services import services
from tests.support.app_driver import run, session
from tests.support.waiting import until

PAGE = "pages/studio/history.py"


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """The server's own queue, in a data folder of this module's, with a worker that computes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        patch.setenv("FUSEWISE_DATA", str(tmp_path_factory.mktemp("history")))
        st.cache_resource.clear()
        yield services.jobs()
        st.cache_resource.clear()


@pytest.fixture(autouse=True)
def fresh(queue: Jobs) -> Iterator[None]:
    """Each test begins and ends with an empty history."""
    yield
    queue.purge()
    until(lambda: queue.count(Query()) == 0)
    queue.keep_for(30)


@pytest.fixture
def app() -> AppTest:
    """The history in a new session."""
    at = run(session())
    at.switch_page(PAGE)
    return at


@pytest.fixture
def other() -> AppTest:
    """Another tab of the same person's."""
    at = run(session())
    at.switch_page(PAGE)
    return at
