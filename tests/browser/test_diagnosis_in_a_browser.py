"""From a result to its cause and to its remedy, as somebody goes that way in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser_steps import consent, fuse, settled, with_samples
from tests.support.served import Served


def test_a_result_is_diagnosed_and_mended_in_four_clicks(page: Page, server: Served) -> None:
    with_samples(page, server)
    page.get_by_role("slider", name="Fusion ratio").focus()
    page.keyboard.press("Home")
    settled(page)
    consent(page)
    fuse(page)
    page.get_by_role("link", name="Something wrong with this result?").click()
    expect(page.locator("h1")).to_have_text("What went wrong?")
    expect(page.get_by_alt_text("The face of the result.")).to_be_visible()
    expect(page.get_by_text("Low ratio")).to_be_visible()
    number = page.get_by_role("combobox").input_value().partition(" ")[0]
    page.get_by_role("button", name="Try Fusion ratio").click()
    expect(page.get_by_role("cell", name="0.70")).to_be_visible()
    page.get_by_role("button", name="Fuse with this change").click()
    expect(page.get_by_text("Better: change of the face")).to_be_visible()
    settled(page)
    assert page.get_by_role("combobox").input_value().partition(" ")[0] == number, "the list is longer now"
    page.set_viewport_size({"width": 360, "height": 800})
    settled(page)
    over = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"], html')].map(
             pane => pane.scrollWidth - pane.clientWidth)"""
    )
    assert max(over) <= 0
