"""What tests of the page of diagnosis share: a real queue, and a session on the page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs
from pages.parts.services import services
from tests.support.app_driver import run, session

PAGE = "pages/machine/diagnostics.py"


@pytest.fixture(scope="module")
def queue(own_server: None) -> Jobs:
    """The server's own queue."""
    return services.jobs()


@pytest.fixture
def app(queue: Jobs) -> AppTest:
    """A session on the page."""
    return run(session()).switch_page(PAGE)
