"""The steps that tests in a browser have in common: open the page, bring photos, fuse."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.served import Served

_PICTURE_SHOWN = """() => [...document.querySelectorAll('*')].some(
    host => host.shadowRoot?.querySelector('.compare .after .whole')?.naturalWidth > 0)"""


def settled(page: Page) -> None:
    """The page's script has come to its end."""
    page.wait_for_timeout(150)
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
    page.wait_for_function(_PICTURE_SHOWN)


def fused_sample(page: Page, server: Served, query: str = "") -> None:
    visit(page, server, query)
    page.get_by_role("button", name="Try the sample pair").click()
    expect(page.locator(".picker")).to_have_count(2)
    settled(page)
    consent(page)
    fuse(page)
    settled(page)
