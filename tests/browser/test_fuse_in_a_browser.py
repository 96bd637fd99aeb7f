"""The Fuse page as people use it: real clicks, keys, uploads and downloads in a real browser."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import consent, fuse, fused_sample, settled, upload, visit
from tests.support.served import Served

# After a dozen visits; some 30 MB of it are scikit-image and SciPy, which the check after each job measures with.
MAX_RESIDENT_BYTES = 450 * 1024 * 1024


def clip(page: Page) -> float:
    """How much of the picture is "before", in percent."""
    style = page.locator(".side.before").evaluate("side => getComputedStyle(side).clipPath")
    side = page.locator(".stage").evaluate("stage => stage.getBoundingClientRect().width")
    found = re.fullmatch(r"inset\(0(?:px)? (?:calc\(100% - ([\d.]+)%\)|([\d.]+)(%|px)) 0(?:px)? 0(?:px)?\)", style)
    found = found or re.search(r"inset\(0(?:px)? (?:calc\(100% - ([\d.]+)%\)|([\d.]+)(%|px))", style)
    assert found, style
    if found[1]:
        return float(found[1])
    return 100 - float(found[2]) * (1 if found[3] == "%" else 100 / side)


def drag(page: Page, what: Locator, start: float, end: float) -> None:
    box = what.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=6)
    page.mouse.up()


def test_two_photos_in_one_fused_photo_out(page: Page, server: Served, sample_files: tuple[Path, Path]) -> None:
    """How long it takes is measured by benchmarks/app.py: a busy machine is no fault of the app."""
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    visit(page, server)
    expect(page.get_by_role("button", name="Fuse", exact=True)).to_be_disabled()
    upload(page, 0, sample_files[0])
    upload(page, 0, sample_files[1])
    consent(page)
    fuse(page)
    settled(page)

    before = clip(page)
    drag(page, page.locator(".stage"), before / 100, 0.85)
    assert clip(page) == pytest.approx(85, abs=1)

    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG").click()
    with Image.open(waiting.value.path()) as picture:
        assert waiting.value.suggested_filename == "fusewise-512x512.png"
        assert picture.format == "PNG"
        assert picture.size == (512, 512)
        assert "Made with AI" in picture.info["Description"]
        out = np.asarray(picture.convert("RGB")).astype(int)
    target = np.asarray(Image.open(io.BytesIO(sample_files[0].read_bytes())).convert("RGB")).astype(int)
    assert np.abs(out - target).max() > 30
    assert not [url for url in elsewhere if not url.startswith((server.url, "data:", "blob:"))]
    assert not complaints


def test_the_verdict_on_a_result_comes_by_itself_and_moves_nothing(page: Page, server: Served) -> None:
    fused_sample(page, server)
    said = page.locator(".st-key-statements")
    stage = page.locator(".stage")
    drag(page, stage, clip(page) / 100, 0.85)
    before = stage.bounding_box()
    expect(said).to_contain_text("Ran in")
    expect(said).to_contain_text("Face changed, ΔE")
    expect(said).to_contain_text("Quality: passed")
    settled(page)
    assert stage.bounding_box() == before
    assert clip(page) == pytest.approx(85, abs=1)


@pytest.mark.parametrize(("button", "suffix", "kind"), [("JPEG", ".jpg", "JPEG"), ("WebP", ".webp", "WEBP")])
def test_the_other_formats_are_downloads_too(page: Page, server: Served, button: str, suffix: str, kind: str) -> None:
    fused_sample(page, server)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    assert waiting.value.suggested_filename.endswith(suffix)
    with Image.open(waiting.value.path()) as picture:
        assert picture.format == kind
        assert picture.size == (512, 512)


def test_a_recipe_brings_its_settings_back(page: Page, server: Served) -> None:
    fused_sample(page, server)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Recipe").click()
    recipe = waiting.value.path()
    page.get_by_role("tab", name="Advanced").click()
    page.locator('input[type="file"][accept*="json"]').set_input_files(
        {"name": "recipe.json", "mimeType": "application/json", "buffer": recipe.read_bytes()}
    )
    expect(page.get_by_text("Settings taken from recipe.json")).to_be_visible()


def test_the_line_moves_with_the_keyboard_and_the_picture_zooms(page: Page, server: Served) -> None:
    fused_sample(page, server)
    slider = page.get_by_role("slider", name="Divide between before and after")
    slider.focus()
    page.keyboard.press("Home")
    assert clip(page) == pytest.approx(0, abs=0.5)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert clip(page) == pytest.approx(10, abs=0.5)

    transform = page.locator(".side.after .pan")
    still = transform.get_attribute("style")
    page.get_by_role("button", name="Actual size", exact=True).click()
    assert transform.get_attribute("style") != still
    for _ in range(3):  # beyond the stage, so that there is something to move to
        page.get_by_role("button", name="Zoom in").click()
    zoomed = transform.get_attribute("style")
    drag(page, page.locator(".stage"), 0.7, 0.6)
    assert transform.get_attribute("style") != zoomed
    assert clip(page) == pytest.approx(10, abs=0.5)
    page.get_by_role("button", name="Whole picture").click()
    expect(page.get_by_role("button", name="Whole picture")).to_have_attribute("aria-pressed", "true")


def test_finishing_shows_a_preview_without_a_new_fusion(page: Page, server: Served) -> None:
    fused_sample(page, server)
    picture = page.locator(".side.after .whole")
    first = picture.get_attribute("src")
    page.get_by_role("tab", name="Finishing").click()
    page.get_by_role("slider", name="Brightness").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("This is a small preview of the finishing")).to_be_visible()
    expect(picture).not_to_have_attribute("src", first or "")
    expect(page.locator(".tag.preview")).to_be_visible()
    page.get_by_role("button", name="Apply to full size").click()
    expect(page.locator(".tag.preview")).to_be_hidden()
    expect(page.get_by_text("This is a small preview of the finishing")).to_be_hidden()


def test_a_face_is_chosen_with_a_click_and_with_the_keyboard(
    page: Page, server: Served, sample_pair: tuple[bytes, bytes], tmp_path: Path
) -> None:
    astronaut, admiral = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((512, 512))) for data in sample_pair
    )
    both = tmp_path / "both.png"
    Image.fromarray(np.concatenate([astronaut, admiral], axis=1)).save(both)
    visit(page, server)
    upload(page, 0, both)
    group = page.get_by_role("radiogroup", name="Choose the face in the target photo")
    faces = group.get_by_role("radio")
    expect(faces).to_have_count(2)
    expect(faces).to_have_text(["1", "2"])
    expect(faces.nth(1)).to_have_attribute("aria-checked", "true")  # the admiral on the right is larger
    faces.nth(0).click()
    expect(faces.nth(0)).to_have_attribute("aria-checked", "true")
    settled(page)
    faces.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(faces.nth(1)).to_have_attribute("aria-checked", "true")
    expect(faces.nth(1)).to_be_focused()

    page.get_by_role("button", name="Enlarge").click()
    page.get_by_role("dialog").get_by_role("radio").nth(0).click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(faces.nth(0)).to_have_attribute("aria-checked", "true")


def test_a_bad_file_is_explained_and_the_other_photo_stays(
    page: Page, server: Served, sample_files: tuple[Path, Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not a photo")
    visit(page, server)
    upload(page, 1, sample_files[1])
    page.locator('input[type="file"][accept*="png"]').first.set_input_files(bad)
    expect(page.get_by_text("This is not a photo that can be read.")).to_be_visible()
    expect(page.locator(".picker")).to_have_count(1)


def test_chinese_is_a_click_away_and_in_the_address(page: Page, server: Served) -> None:
    visit(page, server)
    page.get_by_text("简体中文").click()
    expect(page.locator("h1")).to_have_text("人脸融合")
    expect(page).to_have_url(re.compile(r"[?&]lang=zh"))
    page.reload()
    expect(page.locator("h1")).to_have_text("人脸融合")
    page.get_by_role("button", name="使用示例照片").click()
    expect(page.locator(".picker")).to_have_count(2)
    settled(page)
    expect(page.get_by_role("radio", name="简体中文")).to_be_checked()


def test_the_address_wins_over_the_browsers_language(page: Page, server: Served) -> None:
    visit(page, server, "/?lang=zh")
    expect(page.locator("h1")).to_have_text("人脸融合")


def test_a_page_opened_first_by_its_own_address_has_its_frame(page: Page, server: Served) -> None:
    visit(page, server, "/fuse")
    expect(page.locator("h1")).to_have_text("Fuse two faces")
    expect(page.get_by_text("简体中文")).to_be_visible()


@pytest.mark.parametrize("width", [360, 768])
def test_a_narrow_window_needs_no_sideways_scrolling(page: Page, server: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    fused_sample(page, server)
    over = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"], html')].map(
             pane => pane.scrollWidth - pane.clientWidth)"""
    )
    assert max(over) <= 0
    stage = page.locator(".stage").bounding_box()
    assert stage
    assert stage["width"] > width * 0.4


def test_the_web_process_stays_small_and_never_loads_torch(page: Page, server: Served) -> None:
    fused_sample(page, server)
    maps = Path(f"/proc/{server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("this system does not show the memory map of a process")
    assert "libtorch" not in maps.read_text()
    assert server.process.memory_info().rss <= MAX_RESIDENT_BYTES
