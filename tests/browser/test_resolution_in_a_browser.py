"""Size and sharpness on the Fuse page, as people set and see them in a real browser."""

from __future__ import annotations

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser_steps import consent, fuse, settled, shown, with_samples
from tests.support.served import Served


def choose(page: Page, name: str, option: str) -> None:
    """By typing: in a low window the list shows some of its options only."""
    page.locator(f".st-key-set_{name} [role=combobox]").focus()
    page.keyboard.type(option)
    page.get_by_role("option", name=option, exact=True).click()  # what is automatic may be called so, too
    settled(page)
    expect(page.locator(f".st-key-set_{name} [role=combobox]")).to_have_value(option)


def test_the_shape_that_is_asked_for_is_announced_and_comes_out(page: Page, server: Served) -> None:
    with_samples(page, server)
    choose(page, "output", "512")
    choose(page, "aspect", "9:16")
    page.get_by_role("radio", name="Pad").click()
    expect(page.locator(".st-key-recommended")).to_contain_text("384\u00a0×\u00a0683")
    consent(page)
    fuse(page)
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG").click()
    assert waiting.value.suggested_filename == "fusewise-384x683.png"
    with Image.open(waiting.value.path()) as picture:
        assert picture.size == (384, 683)


def test_of_a_large_picture_a_first_look_comes_before_its_files(page: Page, server: Served) -> None:
    with_samples(page, server)
    choose(page, "output", "4096")
    consent(page)
    page.get_by_role("button", name="Fuse", exact=True).click()
    look = page.locator(".st-key-draft img")
    expect(look).to_have_attribute("alt", "A first look at the fused photo")
    assert look.evaluate("picture => picture.naturalWidth") == 1024
    box = look.bounding_box()
    assert box
    assert box["height"] < 1000 - 300, "as high as the result at most"
    shown(page)
    expect(look).to_have_count(0)


@pytest.mark.parametrize("query", ["", "/?lang=zh"])
@pytest.mark.parametrize("width", [360, 900])
def test_in_a_narrow_window_every_value_can_be_read(page: Page, server: Served, width: int, query: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    with_samples(page, server, query)
    choose(page, "output", "4096")
    for name in ("output", "aspect"):
        box = page.locator(f".st-key-set_{name} [role=combobox]").bounding_box()
        assert box
        assert box["width"] > 100
    over = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"], html, .st-key-advice')].map(
             pane => pane.scrollWidth - pane.clientWidth)"""
    )
    assert max(over) <= 0
