"""Nothing is lost when a page is loaded again in a real browser, and a second tab begins with nothing."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser_steps import consent, fuse, settled, shown, upload, visit, with_samples
from tests.support.served import Served

_NAME = "() => sessionStorage.getItem('fusewise_desk')"


def test_a_fusion_is_there_again_and_a_second_tab_has_none(
    page: Page, server: Served, sample_files: tuple[Path, Path]
) -> None:
    visit(page, server)
    upload(page, 0, sample_files[0])
    upload(page, 0, sample_files[1])
    page.get_by_role("slider", name="Fusion ratio").focus()
    page.keyboard.press("ArrowLeft")
    settled(page)
    consent(page)
    fuse(page)
    settled(page)
    name = page.evaluate(_NAME)

    page.reload()
    expect(page.locator(".picker")).to_have_count(2)
    shown(page)
    settled(page)
    assert page.get_by_role("slider", name="Fusion ratio").evaluate("slider => slider.value") == "0.65"
    expect(page.get_by_role("button", name="Fuse again", exact=True)).to_be_enabled()
    assert page.evaluate(_NAME) == name
    assert "desk" not in page.url, "a link that somebody passes on names no desk"

    second = page.context.new_page()
    visit(second, server)
    assert second.evaluate(_NAME) != name
    expect(second.locator(".picker")).to_have_count(0)

    # As browsers do that duplicate a tab with its storage.
    twin = page.context.new_page()
    copied = f"sessionStorage.setItem('fusewise_desk', '{name}')"
    twin.add_init_script(f"sessionStorage.getItem('fusewise_desk') ?? {copied}")
    visit(twin, server)
    expect(twin.locator(".picker")).to_have_count(2)
    twin.wait_for_function(f"{_NAME[6:]} !== '{name}'")
    assert page.evaluate(_NAME) == name


def test_a_page_that_the_browser_has_lost_is_opened_anew_with_all_that_was_on_it(page: Page, server: Served) -> None:
    with_samples(page, server)
    page.evaluate("() => { window.isOld = true }")
    page.evaluate("() => { setTimeout(() => { throw new Error('Cannot set a node at a delta path') }) }")
    page.wait_for_function("() => !window.isOld")
    expect(page.locator(".picker")).to_have_count(2)
