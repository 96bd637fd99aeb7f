"""The label in a real browser: asked for before the first download, seen in the preview, and in the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, Page, expect

from fusion.marks import marks_in
from fusion.provenance import recipe_in
from tests.support.browser_steps import fused_sample, settled
from tests.support.served import Served, served

_LABEL_SHOWN = """() => [...document.querySelectorAll('*')].some(
    host => host.shadowRoot?.querySelector('.compare .after .label')?.naturalWidth > 0)"""

# While the page's script runs for the first press, the other two wait, and are one to Streamlit: it calls what belongs
# to the closing last.
_CLOSED_AND_PRESSED_AT_ONCE = """button => {
    button.click();
    document.querySelector('[role=dialog] button[aria-label=Close]').click();
    button.click();
}"""


@pytest.fixture
def fresh(chromium: Browser, tmp_path: Path) -> Iterator[tuple[Page, Served]]:
    """A server of one's own on which nobody has been asked, and its visitor."""
    with served(tmp_path) as server:
        context = chromium.new_context(viewport={"width": 1440, "height": 1000}, locale="en-US", accept_downloads=True)
        context.set_default_timeout(60_000)
        yield context.new_page(), server
        context.close()


def download(page: Page, button: str) -> Download:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return waiting.value


def pixels(file: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_the_first_download_asks_goes_on_by_itself_and_has_the_label_that_is_shown(fresh: tuple[Page, Served]) -> None:
    page, server = fresh
    fused_sample(page, server)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="PNG", exact=True).click()
    expect(dialog.get_by_text("Whoever publishes a picture like this")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settled(page)
    page.get_by_role("button", name="PNG", exact=True).click()
    expect(dialog.get_by_text("Whoever publishes a picture like this")).to_be_visible()
    page.locator("[class*=st-key-ask_] button:visible", has_text="PNG").evaluate(_CLOSED_AND_PRESSED_AT_ONCE)
    labelled = download(page, "Show it and download").path().read_bytes()
    expect(dialog).to_have_count(0)
    page.wait_for_function(_LABEL_SHOWN)

    told, marks = recipe_in(labelled), marks_in(labelled)
    assert told is not None
    assert told["label"]["text"] == "AI-modified"
    assert [found.label.produce_id for found in marks.labels if found.label] == [told["id"]]
    assert any("compositeWithTrainedAlgorithmicMedia" in kind for kind in marks.source_types)

    page.get_by_text("Show “AI-modified” in a corner of the picture").click()
    settled(page)
    page.wait_for_function(f"() => !({_LABEL_SHOWN})()")
    plain = download(page, "PNG").path().read_bytes()
    left, top, width, height = told["label"]["box"]
    differs = np.abs(pixels(labelled) - pixels(plain)).max(axis=2) > 0
    there = differs[top : top + height, left : left + width]
    assert there.mean() > 0.5
    assert differs.sum() == there.sum(), "and nothing else"
