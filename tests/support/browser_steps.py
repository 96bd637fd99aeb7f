"""The steps that tests in a browser have in common: open the page, bring photos, fuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.served import Served

_PICTURE_SHOWN = """() => [...document.querySelectorAll('*')].some(
    host => host.shadowRoot?.querySelector('.compare .after .whole')?.naturalWidth > 0)"""

_DRAWN_TWICE = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def visitor(chromium: Browser, **options: Any) -> BrowserContext:
    """Somebody who has never been here and reads English, in a window of the usual size; `options`: what is otherwise.

    Nothing moves for its own sake: without a graphics card every frame takes as long as a step of the app.
    """
    usual = {"viewport": {"width": 1440, "height": 1000}, "locale": "en-US", "reduced_motion": "reduce"}
    context = chromium.new_context(**{**usual, **options})
    context.set_default_timeout(60_000)
    return context


def settled(page: Page) -> None:
    """The page has taken in what was done to it, and its script has come to its end."""
    page.wait_for_timeout(150)
    page.evaluate(_DRAWN_TWICE)  # a busy page has not looked at the last click before
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def visit(page: Page, server: Served, query: str = "") -> None:
    page.goto(server.url + query)
    expect(page.locator("h1")).to_be_visible()
    settled(page)


def upload(page: Page, place: int, photo: Path) -> None:
    """Puts a photo into the target (0) or the source (1), as long as neither has one, else into the only place left."""
    places = page.locator('[data-testid="stFileUploader"]:has(input[accept*="png"]) input[type="file"]')
    count = page.locator(".picker").count()
    places.nth(place).set_input_files(photo)
    expect(page.locator(".picker")).to_have_count(count + 1)
    settled(page)


def consent(page: Page) -> None:
    page.get_by_text("These are photos of me").click()
    expect(page.get_by_role("button", name="Fuse", exact=True)).to_be_enabled()


def fuse(page: Page) -> None:
    """Presses Fuse and waits for the picture."""
    page.get_by_role("button", name="Fuse", exact=True).click()
    shown(page)


def shown(page: Page) -> None:
    """The result is on the page."""
    page.wait_for_function(_PICTURE_SHOWN)


def sample(page: Page) -> None:
    """The sample pair onto the page, in either language."""
    page.get_by_role("button", name=re.compile("Try the sample pair|使用示例照片")).click()
    expect(page.locator(".picker")).to_have_count(2)
    settled(page)


def with_samples(page: Page, server: Served, query: str = "") -> None:
    visit(page, server, query)
    sample(page)


def fused_sample(page: Page, server: Served, query: str = "") -> None:
    with_samples(page, server, query)
    consent(page)
    fuse(page)
    settled(page)
