"""The pictures of the tour, taken from the running app in a real browser.

    python -m benchmarks.tour [FOLDER]

Starts the app with an empty data folder, brings the sample pair, fuses it, and goes from page to page as somebody does
who sees it for the first time. Saves what the window shows as WebP (docs/tour/NAME.webp).
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.shared import app_driver
from fusion.photos import samples

WINDOW = (1366, 768)
PHONE = (390, 844)
CHECKED_MS = 2500  # the worker's badge says by then that it waits again
QUALITY = 82

Save = Callable[[Page, str], None]


def still(page: Page) -> None:
    """Nothing hovered, focused or on its way."""
    app_driver.settle(page)
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement?.blur()")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(700)


def opened(page: Page, name: str) -> None:
    """Another page, by the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    page.locator("h1").wait_for()
    app_driver.settle(page)


def studio(page: Page, save: Save) -> None:
    """The page Fuse: ready, fused, all sizes, a finishing that is tried."""
    app_driver.take_samples(page)
    save(page, "ready")
    app_driver.press_fuse(page)
    expect(page.locator(".st-key-statements")).to_contain_text("Quality: passed")
    page.wait_for_timeout(CHECKED_MS)
    save(page, "fused")
    sizes = page.get_by_text("All sizes", exact=True)
    sizes.click()
    page.locator('[class*="st-key-row_"]').nth(2).scroll_into_view_if_needed()
    save(page, "sizes")
    sizes.click()
    page.get_by_role("button", name="Try ratios").click()
    tried = page.locator('[class*="st-key-tried_"]')
    expect(tried.locator("img")).to_have_count(4)
    expect(page.get_by_role("button", name="Try modes")).to_be_enabled()
    tried.last.scroll_into_view_if_needed()
    save(page, "tries")


def batch(page: Page, save: Save) -> None:
    """One face onto two photos, judged."""
    opened(page, "Batch")
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name, data in zip(samples.names(), samples.sample_pair(), strict=True):
            path = Path(folder) / name
            path.write_bytes(data)
            files.append(path)
        places = page.locator('input[type="file"]')
        places.nth(0).set_input_files(files[1])
        app_driver.settle(page)
        places.nth(1).set_input_files(files)
        app_driver.settle(page)
        expect(page.get_by_role("button", name="Start 2 fusions")).to_be_enabled()  # both were checked
        page.evaluate("document.querySelector('[data-testid=\"stMain\"]')?.scrollTo(0, 0)")
        save(page, "batch")


def others(page: Page, save: Save) -> None:
    """What was fused, what the machine has, and what is wrong with a result."""
    for name in ("History", "Machine", "Diagnosis"):
        opened(page, name)
        save(page, name.lower())


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    usual = app_driver.ROOT / "docs" / "tour"
    parser.add_argument("folder", nargs="?", type=Path, default=usual, help="docs/tour")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    def save(page: Page, name: str) -> None:
        still(page)
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        picture.save(folder / f"{name}.webp", "WEBP", quality=QUALITY, method=6)
        print(f"{name}.webp: {(folder / f'{name}.webp').stat().st_size / 1000:.0f} KB")

    with app_driver.chromium() as browser, app_driver.app() as app:
        page = app_driver.visitor(browser, *WINDOW)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(app.url)
        page.locator("h1").wait_for()
        app_driver.settle(page)
        studio(page, save)
        batch(page, save)
        others(page, save)
        opened(page, "Fuse")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        save(page, "phone")


if __name__ == "__main__":
    main()
