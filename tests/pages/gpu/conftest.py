"""What tests of the page of the machine share: a session on the page, and a worker that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from fusion.jobs import Jobs, WorkerView
from pages.parts.services import services
from tests.support.app_driver import run, session
from tests.support.pages.gpu import clear

PAGE = "pages/machine/gpu.py"
Have = Callable[[WorkerView], None]


@pytest.fixture(autouse=True)
def looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that was seen before or after counts, and nobody waits a second."""
    monkeypatch.setattr(services, "LOOK_SECONDS", 0.1)
    clear()
    yield
    clear()


@pytest.fixture
def app() -> AppTest:
    """A session on the page, at its first look."""
    at = run(session()).switch_page(PAGE)
    clear()  # the menu has looked at the machine as it is
    return at


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Have:
    """Makes the app have a worker that says so of itself."""

    def have(view: WorkerView) -> None:
        monkeypatch.setattr(Jobs, "workers", lambda self: (view,))

    return have
