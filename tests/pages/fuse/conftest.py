"""What tests of the guided Fuse page share: a session, a forecast that nobody measured, and memory as is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from advisor.device import Place
from advisor.device.compute_target import Kind
from api import machine_state
from api.machine_state import Watch
from pages.parts.services import services
from tests.support.app_driver import session

GIB = 1 << 30
Memory = Callable[..., None]


@pytest.fixture
def app() -> AppTest:
    """A new session, before its first run."""
    return session()


@pytest.fixture(autouse=True)
def nothing_was_measured() -> None:
    """Other tests' jobs have cost what no machine takes."""
    services.jobs().ledger.clear()


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    """Makes a machine with so much memory that may be used, in GiB, and none that its worker holds; looked at anew.

    `slowdown`: how many times as long it takes beside other programs.
    """
    monkeypatch.setattr(machine_state, "FRESH_SECONDS", 0.0)

    def have(gib: float, slowdown: float = 1.0) -> None:
        place = Place(Kind.CPU, "cpu", None, 32 * GIB, round(gib * GIB), 0, 0, slowdown=slowdown)
        monkeypatch.setattr(Watch, "_place", lambda self, snapshot, worker: place)

    services.watch.clear()
    yield have
    services.watch.clear()
