"""What somebody meets who does not see a page, hardly sees it, or goes by the keys: by axe-core, and by the names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser_steps import settled, shown, visit, visitor
from tests.support.served import Served, served

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
PAGES = ("", "batch", "history", "diagnostics", "gpu")
LOCALES = {"en": ("en-US", "en"), "zh": ("zh-CN", "zh-Hans")}
# What is about to be drawn anew fades for a moment, on purpose; text that fades has no contrast to be measured.
_NOT_FADED = "[data-stale] { opacity: 1 !important; transition: none !important }"
# The line of an expander and the tabs fade without an attribute to know them by; a timer's run may begin at any time.
_LOOKS_AGAIN = 4
_GRAVE = """() => axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
    .filter(each => ['serious', 'critical'].includes(each.impact))
    .flatMap(each => each.nodes.map(node => `${each.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))"""


LONG = pytest.mark.timeout(400)  # axe reads every page whole, and the first test waits for a fusion besides


@pytest.fixture(scope="module")
def own(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app with one fusion in its history, of somebody who went by role and name alone."""
    with served(tmp_path_factory.mktemp("accessible"), FUSEWISE_LABEL="off") as server:
        context = visitor(chromium)
        page = context.new_page()
        fused(page, server)
        assert_sound(page, "Fuse with a result")
        assert_named(page)
        context.close()
        yield server


def fused(page: Page, server: Served) -> None:
    page.goto(server.url)
    page.get_by_role("button", name="Try the sample pair").click()
    expect(page.locator(".picker")).to_have_count(2)
    settled(page)
    page.get_by_text("These are photos of me").first.click()
    settled(page)
    page.get_by_role("button", name="Fuse", exact=True).first.click()
    shown(page)
    settled(page)


def assert_sound(page: Page, what: str) -> None:
    """Axe-core finds nothing serious and nothing critical that is still there when it looks again."""
    page.add_style_tag(content=_NOT_FADED)
    page.evaluate(AXE)
    found: list[str] = page.evaluate(_GRAVE)
    for _ in range(_LOOKS_AGAIN):
        if not found:
            break
        settled(page)
        found = page.evaluate(_GRAVE)
    assert not found, f"{what}:\n" + "\n".join(found)


def assert_named(page: Page) -> None:
    """No icon's name is read out, nothing is named twice over, and no two helps are called the same."""
    tree = page.locator("body").aria_snapshot()
    assert not re.findall(r'".*\bicon\b.*"', tree)
    assert not re.findall(r'slider "(.+) \1"', tree)
    assert not re.findall(r'button "(?:Help|Open|Upload|说明)"', tree)


@LONG
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", LOCALES)
def test_no_page_has_a_grave_fault(chromium: Browser, own: Served, language: str, theme: Any) -> None:
    locale, tag = LOCALES[language]
    context = visitor(chromium, locale=locale, color_scheme=theme)
    page = context.new_page()
    for path in PAGES:
        page.goto(f"{own.url}/{path}")
        expect(page.locator("h1")).to_be_visible()
        settled(page)
        expect(page.locator("html")).to_have_attribute("lang", tag)
        expect(page.get_by_test_id("stSidebarNavItems")).to_have_attribute("role", "presentation")  # it was gone over
        assert_sound(page, f"/{path} in {language}, {theme}")
        assert_named(page)
    context.close()


@LONG
def test_what_has_the_keyboard_is_seen(chromium: Browser, own: Served) -> None:
    context = visitor(chromium)
    page = context.new_page()
    page.goto(f"{own.url}/history")
    expect(page.locator("h1")).to_be_visible()
    settled(page)
    link = page.get_by_test_id("stSidebarNavLink").first
    for _ in range(3):  # what a page that is still being drawn replaces has the keyboard no more
        link.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        if link.evaluate("each => each === document.activeElement"):
            break
        settled(page)
    expect(link).to_be_focused()
    expect(link).to_have_css("outline-style", "solid")
    box = page.get_by_role("combobox").first
    box.focus()
    assert box.evaluate("each => getComputedStyle(each.parentElement).outlineStyle") == "solid"
    context.close()


def test_the_link_past_the_menu_is_in_the_language_of_the_page_and_leads_there(page: Page, server: Served) -> None:
    for query, words in (("/?lang=zh", "跳到主要内容"), ("/?lang=en", "Skip to main content")):
        visit(page, server, query)
        link = page.get_by_test_id("stSkipToContent")
        expect(link).to_have_text(words)
        link.press("Enter")
        expect(page.get_by_test_id("stMain")).to_be_focused()


@LONG
def test_a_list_closes_for_who_asks_for_less_motion(chromium: Browser, own: Served) -> None:
    context = visitor(chromium, reduced_motion="reduce")
    page = context.new_page()
    visit(page, own, "/batch")
    for choice in ("2048", "512", "1024", "4096"):  # it was one of several that stayed open
        page.locator(".st-key-batch_output input").click()
        page.get_by_role("option", name=choice).click()
        expect(page.get_by_role("option")).to_have_count(0)
        settled(page)
    context.close()
