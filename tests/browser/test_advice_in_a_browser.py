"""The advisor's card in a real browser: live as memory comes and goes, and led by mouse and keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psutil
import pytest
from playwright.sync_api import Page, expect

from advisor.device.compute_target import left_to
from advisor.device.host import read_host
from tests.browser.test_resolution_in_a_browser import choose
from tests.support.browser_steps import settled, with_samples
from tests.support.served import Served

GIB = 1 << 30
Limit = Callable[[float], None]


@pytest.fixture
def limit(server: Served) -> Iterator[Limit]:
    """Leaves the server so many GiB of address space above what is left alone, until the end: that counts as free."""
    if not hasattr(server.process, "rlimit"):
        pytest.skip("this system cannot limit a running process")

    def leave(gib: float) -> None:
        alone = left_to(read_host(server.data))
        most = server.process.memory_info().vms + alone + round(gib * GIB)
        server.process.rlimit(psutil.RLIMIT_AS, (most, psutil.RLIM_INFINITY))

    yield leave
    server.process.rlimit(psutil.RLIMIT_AS, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))


def output(page: Page) -> str:
    return page.locator(".st-key-set_output [role=combobox]").input_value()


def test_the_card_follows_the_memory_that_is_free_and_offers_what_fits(
    page: Page, server: Served, limit: Limit
) -> None:
    with_samples(page, server)
    said = page.locator(".st-key-recommended")
    expect(said).to_contain_text(re.compile("the face stays sharp"))
    choose(page, "output", "4096")
    expect(said).to_contain_text("the face will be soft")
    limit(0.3)  # and what the worker holds at rest
    expect(said).to_contain_text("does not fit this computer’s memory now")
    beside = page.locator(".st-key-fit_beside").get_by_role("button")
    expect(beside).to_be_visible()
    beside.click()
    expect(beside).to_be_hidden()
    assert output(page) != "4096"


def test_the_recommendation_comes_back_with_the_keyboard(page: Page, server: Served) -> None:
    with_samples(page, server)
    assert output(page) == "Automatic · 512 × 512"
    page.locator(".st-key-options summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # what is in use cannot be taken: the next row
    expect(page.locator(".st-key-use_1").get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-recommended")).to_contain_text("1024\u00a0×\u00a01024")
    settled(page)
    assert output(page) == "1024"
    page.get_by_role("button", name="Automatic again").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-by_hand")).to_be_hidden()
    settled(page)
    assert output(page) == "Automatic · 512 × 512"
