"""A real browser on the real app: `streamlit run streamlit_app.py`, on a port and a data folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser_steps import visitor
from tests.support.served import Served, served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, or a skip that says what is missing."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(NAMES)} is on the PATH")
    expect.set_options(timeout=60_000)  # the processor may be shared
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app, started for these tests alone."""
    # Nobody is asked for the label: that is what test_labels_in_a_browser.py is about.
    with served(tmp_path_factory.mktemp("served"), FUSEWISE_LABEL="off") as app:
        yield app


@pytest.fixture
def page(chromium: Browser, server: Served) -> Iterator[Page]:
    """A new visitor who reads English."""
    context = visitor(chromium)
    yield context.new_page()
    context.close()
