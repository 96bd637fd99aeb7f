"""The history on a server for many people, with two real browsers in front of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.support.browser_steps import consent, fused_sample, settled, shown, visitor, with_samples
from tests.support.served import Served, served


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator("h1")).to_have_text("History")
    settled(page)
    return page


def test_a_result_is_seen_by_the_browser_that_made_it_and_by_no_other(chromium: Browser, tmp_path: Path) -> None:
    variables = {"FUSEWISE_SINGLE_USER": "false", "FUSEWISE_PIPELINE": "tests.support.fake_pipeline:FakePipeline"}
    with served(tmp_path, **variables) as server:
        mine, other = (visitor(chromium) for _ in range(2))
        address = made(mine.new_page(), server)
        cookies = {cookie["name"]: cookie for cookie in mine.cookies()}
        assert cookies["fusewise_visitor"]["httpOnly"]
        expect(opened(mine.new_page(), address).locator(".compare")).to_be_visible()
        stranger = opened(other.new_page(), address)
        expect(stranger.get_by_text("There is no job")).to_be_visible()
        expect(stranger.locator(".compare")).to_have_count(0)
        expect(stranger.get_by_text("Nothing has been fused yet")).to_be_visible()
        for context in (mine, other):
            context.close()


def test_another_language_changes_the_words_and_nothing_else(page: Page, server: Served) -> None:
    """A box that kept its old words would fall back to its first choice: to keep results for a day."""
    fused_sample(page, server)
    opened(page, f"{server.url}/history")
    for language, kept, every in (("简体中文", "保留 30 天", "全部"), ("English", "for 30 days", "All")) * 2:
        page.locator(".st-key-lang").get_by_role("radio", name=language).click()
        expect(page.get_by_text(kept).first).to_be_visible()
        settled(page)
        expect(page.locator(".st-key-filter_engine input")).to_have_value(every)
        expect(page.locator(".st-key-keep_days input")).to_have_value(kept)


def test_what_can_be_done_with_ticked_results_stays_in_sight_and_the_menu_leads_back(
    page: Page, server: Served
) -> None:
    fused_sample(page, server)
    page.set_viewport_size({"width": 1366, "height": 500})
    opened(page, f"{server.url}/history")
    face = page.locator('[class*="st-key-face_"]').first
    box = face.bounding_box()
    assert box is not None
    assert box["width"] >= 160
    page.locator('[class*="st-key-tick_"]').first.scroll_into_view_if_needed()
    page.mouse.move(700, 300)
    page.mouse.wheel(0, 400)
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_in_viewport()
    face.get_by_role("button", name="Open").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".compare")).to_be_in_viewport()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".st-key-chosen")).to_be_visible()
    assert "job=" not in page.url


def made(page: Page, server: Served) -> str:
    """Fuses with two quick clicks, and opens the one result in the history with the keyboard; its address."""
    with_samples(page, server)
    consent(page)
    page.get_by_role("button", name="Fuse", exact=True).dblclick()
    shown(page)
    settled(page)
    page.get_by_role("link", name="History").click()
    card = page.locator('[class*="st-key-shelf_"]')
    expect(card.locator("img")).to_have_count(1)
    settled(page)
    card.get_by_role("button", name="Open").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".compare")).to_be_visible()
    return page.url
