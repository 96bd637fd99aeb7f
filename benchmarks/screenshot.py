"""The pictures of the README, taken from the running app in a real browser after a fusion of the sample pair.

    python -m benchmarks.screenshot [FILE] [--at 45] [--no-swap] [--whole] [--dark]

Starts the app with an empty data folder, presses "Try the sample pair" and "Swap" (of the two, that target has the
larger face), gives consent, presses Fuse, zooms to the face, moves the line between before and after, and saves what
the window shows as a PNG of at most 400 KB (docs/fuse.png).
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from benchmarks.shared import app_driver

LIMIT_BYTES = 400 * 1000
WINDOW = (1440, 1000)


def fused_page(page: Page, url: str, at: int, swap: bool, whole: bool) -> None:
    """Lead the page to a finished fusion, the line at `at` percent of the picture, nothing hovered or focused."""
    page.goto(url)
    page.locator("h1").wait_for()
    app_driver.settle(page)
    app_driver.take_samples(page)
    if swap:
        page.get_by_role("button", name="Swap").click()
        app_driver.settle(page)
    app_driver.press_fuse(page)
    app_driver.settle(page)
    page.locator(".compare .slider").evaluate(
        "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input', {bubbles: true})) }", at
    )
    if not whole:
        page.get_by_role("button", name="Face", exact=True).click()
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement?.blur()")
    page.evaluate("document.querySelector('[data-testid=\"stMain\"]')?.scrollTo(0, 0)")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(2500)  # the worker's badge looks every two seconds: it shall say Ready, not Busy


def small_png(data: bytes) -> bytes:
    """The PNG, with as many of its colours as fit into the limit."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    for colours in (256, 192, 128, 96, 64):
        if buffer.tell() <= LIMIT_BYTES:
            break
        buffer = io.BytesIO()
        reduced = picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
        reduced.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "file", nargs="?", type=Path, default=app_driver.ROOT / "docs" / "fuse.png", help="docs/fuse.png"
    )
    parser.add_argument("--dark", action="store_true", help="with the dark theme")
    parser.add_argument(
        "--swap", action=argparse.BooleanOptionalAction, default=True, help="target and source exchanged (yes)"
    )
    parser.add_argument("--whole", action="store_true", help="the whole picture in the comparison, not the face")
    parser.add_argument("--at", type=int, default=45, help="where the line stands, percent (45)")
    given = parser.parse_args()
    with app_driver.chromium() as browser, app_driver.app() as app:
        page = app_driver.visitor(browser, *WINDOW)
        page.emulate_media(color_scheme="dark" if given.dark else "light", reduced_motion="reduce")
        fused_page(page, app.url, given.at, given.swap, given.whole)
        data = small_png(page.screenshot(animations="disabled"))
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_bytes(data)
    print(f"{given.file.name}: {len(data) / 1000:.0f} KB")


if __name__ == "__main__":
    main()
