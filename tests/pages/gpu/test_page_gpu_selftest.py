"""The self-test on the page of the machine, through streamlit_app.py: its button, its table, its file, its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from advisor.forecast import Calibration
from advisor.selftest import SelfTest
from fusion.errors import Cancelled
from fusion.jobs import Jobs, WorkerView
from fusion.selftest import Found, Probe
from pages.parts.services import services
from tests.support.app_driver import has_button, press, run, session, texts, until
from tests.support.fixtures.probes import well
from tests.support.pages.gpu import looked
from tests.support.trials import at_once, three

PAGE = "pages/machine/gpu.py"


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A test whose probe answers once the event is set, beside a worker that has nothing to do."""
    let_go = threading.Event()

    def wait(wish: Probe, timeout_s: float, stop: threading.Event) -> Found:
        while not let_go.wait(0.01):
            if stop.is_set():
                raise Cancelled
        return well(wish, timeout_s, stop)

    monkeypatch.setattr(services, "SelfTest", lambda: SelfTest(wait, partial(Calibration, at_once, three)))
    monkeypatch.setattr(Jobs, "worker", lambda self: WorkerView("ready", "cpu"))
    services.selftest.clear()
    yield let_go
    let_go.set()
    services.selftest().close()
    services.selftest.clear()
    services.jobs().ledger.clear()


def ended(at: AppTest) -> AppTest:
    return until(at, lambda at: has_button(at, "selftest_start"))


def test_a_press_tests_the_machine_shows_what_came_of_it_and_gives_it_as_a_file(
    app: AppTest, hold: threading.Event
) -> None:
    press(looked(app), "selftest_start")
    assert has_button(app, "selftest_cancel")
    assert services.is_measuring()
    hold.set()
    ended(app)
    assert "This machine fuses as it should." in texts(app)
    assert "The picture is the stored one, bit for bit." in texts(app)
    downloads = [each for each in app.get("download_button") if not isinstance(each, Block)]
    assert [each.proto.label for each in downloads] == ["Result as JSON"]


def test_in_chinese(hold: threading.Event) -> None:
    hold.set()
    at = session()
    at.context = {"locale": "zh-CN"}
    press(looked(run(at).switch_page(PAGE)), "selftest_start")
    ended(at)
    assert "本机融合正常。" in texts(at)
    assert "图像与保存的基准逐位一致。" in texts(at)


def test_one_that_is_cancelled_says_so_and_the_page_goes_on(app: AppTest, hold: threading.Event) -> None:
    press(looked(app), "selftest_start")
    until(app, lambda at: has_button(at, "selftest_cancel"))
    press(app, "selftest_cancel")
    ended(app)
    assert "Stopped. What was measured" in texts(app)
    assert "fuses as it should" not in texts(app)
