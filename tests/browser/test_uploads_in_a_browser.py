"""Bringing files as people do: choosing, dropping and pasting; and what is not taken says why, on a phone too."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support import ROOT
from tests.support.browser_steps import settled, visit, visitor
from tests.support.served import Served

HEIC = ROOT / "tests/data/plain.heic"
_PASTE = """([bytes, name, type]) => {
    const carrier = new DataTransfer()
    carrier.items.add(new File([Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))], name, { type }))
    const event = new ClipboardEvent('paste', { clipboardData: carrier, bubbles: true, cancelable: true })
    document.activeElement.dispatchEvent(event)
}"""
_DROP = """async (where, files) => {
    const carrier = new DataTransfer()
    for (const [name, size] of files) carrier.items.add(new File([new Uint8Array(size)], name))
    for (const kind of ['dragenter', 'dragover', 'drop']) {
        where.dispatchEvent(new DragEvent(kind, { dataTransfer: carrier, bubbles: true, cancelable: true }))
        await new Promise(done => setTimeout(done, 100))
    }
}"""

_OVERHEAR_NAMES = """() => {
    window.namesOfButtons = []
    new MutationObserver(changes => changes.forEach(({ target }) =>
        target.closest('[data-testid="stFileUploaderDropzone"]') && target.matches('button')
            && window.namesOfButtons.push(target.getAttribute('aria-label'))
    )).observe(document, { subtree: true, attributes: true, attributeFilter: ['aria-label'] })
}"""


def place(page: Page, role: str) -> Locator:
    return page.locator(f".st-key-photo_{role}")


def choose(page: Page, role: str, *files: Path) -> None:
    place(page, role).locator('input[type="file"]').first.set_input_files(files)


def paste(page: Page, photo: Path) -> None:
    page.evaluate(_PASTE, [base64.b64encode(photo.read_bytes()).decode(), "image.png", "image/png"])


def test_what_is_refused_says_why_where_it_happened_and_only_the_last(
    chromium: Browser, server: Served, tmp_path: Path
) -> None:
    context = visitor(chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    bad, heavy, moving = tmp_path / "text.jpg", tmp_path / "heavy.png", tmp_path / "moving.gif"
    bad.write_bytes(b"no photo")
    heavy.write_bytes(bytes(26 * 1024 * 1024))
    moving.write_bytes(b"GIF89a")
    visit(page, server)
    alerts = place(page, "target").get_by_role("alert")
    alert = alerts.first
    choose(page, "target", bad)
    expect(alert).to_contain_text("not a photo that can be read")
    choose(page, "target", heavy)
    expect(alert).to_contain_text("heavy.png is too large: 26.0 MiB, and 25 MiB is the most.")
    expect(alerts).to_have_count(1)
    choose(page, "target", moving)
    expect(alert).to_contain_text("moving.gif is of a kind that cannot be used here.")
    expect(alerts).to_have_count(1)
    expect(place(page, "target").locator('[data-testid="stFileChip"]')).to_have_count(0)
    place(page, "source").locator("section").evaluate(_DROP, [["dropped.pdf", 9]])
    expect(place(page, "source").get_by_role("alert")).to_contain_text("dropped.pdf")
    choose(page, "target", HEIC)
    expect(place(page, "target").get_by_text("96×80 px")).to_be_visible()
    context.close()


def test_what_is_pasted_goes_into_the_place_of_the_focus_else_into_the_first_empty_one(
    page: Page, server: Served, sample_files: tuple[Path, Path]
) -> None:
    visit(page, server)
    place(page, "source").locator('[data-testid="stFileUploader"] button').focus()
    paste(page, sample_files[1])
    expect(place(page, "source").locator(".picker")).to_have_count(1)
    settled(page)
    paste(page, sample_files[0])
    expect(place(page, "target").locator(".picker")).to_have_count(1)
    settled(page)
    paste(page, sample_files[0])
    expect(place(page, "source").get_by_role("alert")).to_contain_text("no place is empty")


def test_boxes_speak_the_language_of_the_page_and_are_called_by_their_place(page: Page, server: Served) -> None:
    visit(page, server, "/?lang=zh")
    for name in ("选择照片：目标", "选择多张照片：源"):
        expect(page.locator(f'button[aria-label^="{name}"]')).to_be_visible()
    for address, button in (("/batch?lang=zh", "选择多张照片：目标照片"), ("/?lang=zh", "选择照片：目标")):
        visit(page, server, address)
        expect(page.locator(f'button[aria-label^="{button}"]')).to_be_visible()
        said = page.locator('[data-testid="stFileUploader"]').first.inner_text()
        assert "per file" not in said
        assert "Upload" not in said


def test_boxes_change_their_words_with_the_language_of_the_page(page: Page, server: Served) -> None:
    visit(page, server)
    first = page.locator('[data-testid="stFileUploader"]').first.locator("button")
    for language, button in (("简体中文", "选择照片"), ("English", "Choose photo")) * 2:
        page.get_by_text(language).click()
        expect(first).to_have_text(re.compile(f"{button}$"))


def test_the_button_of_a_box_is_named_once_by_the_box_alone(page: Page, server: Served) -> None:
    page.add_init_script(f"({_OVERHEAR_NAMES})()")
    visit(page, server)
    expect(page.locator('button[aria-label^="Choose a photo: Target"]')).to_be_visible()
    names: list[str] = page.evaluate("() => window.namesOfButtons")
    assert any(name.startswith("Choose a photo: ") for name in names)
    assert not [name for name in names if not name.startswith("Choose ")]
