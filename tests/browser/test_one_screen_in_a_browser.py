"""The geometry of the Fuse page: what must be seen together is, and nothing moves under the pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.support.browser_steps import consent, fuse, sample, settled, visit, visitor
from tests.support.served import Served

DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 390, "height": 844}
MOST_SHIFT_PX = 8
SLIDERS = ("skin_smoothing", "brightness", "contrast", "saturation", "sharpen")
_STAGE_TOP = """() => [...document.querySelectorAll('*')].map(host => host.shadowRoot?.querySelector('.stage'))
  .find(Boolean).getBoundingClientRect().top"""


def inside(page: Page, what: Locator) -> bool:
    """Whether all of it lies within the window as it stands."""
    box, room = what.bounding_box(), page.viewport_size
    assert box
    assert room
    is_across = box["x"] >= 0 and box["x"] + box["width"] <= room["width"]
    return is_across and box["y"] >= 0 and box["y"] + box["height"] <= room["height"]


def top(page: Page, what: str) -> float:
    box = page.locator(what).bounding_box()
    assert box
    return box["y"]


def scrolled(page: Page) -> float:
    found: float = page.locator('[data-testid="stMain"]').evaluate("pane => pane.scrollTop")
    return found


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


@pytest.fixture(scope="module")
def desk(chromium: Browser, server: Served) -> Iterator[Page]:
    """The page in a window of 1366 × 768, after the first fusion of a new visitor: three clicks."""
    context = visitor(chromium, viewport=DESK)
    page = context.new_page()
    visit(page, server)
    sample(page)
    consent(page)
    before = button(page, "Fuse").bounding_box()
    assert before
    fuse(page)
    settled(page)
    after = button(page, "Fuse again").bounding_box()
    assert after
    assert abs(after["y"] - before["y"]) <= MOST_SHIFT_PX
    yield page
    context.close()


def test_face_finishing_fuse_and_downloads_are_seen_together(desk: Page) -> None:
    desk.get_by_role("tab", name="Finishing").click()
    settled(desk)
    expect(button(desk, "Face")).to_have_attribute("aria-pressed", "true")
    seen = [desk.locator(".stage"), button(desk, "Fuse again"), *(button(desk, name) for name in ("PNG", "JPEG"))]
    seen += [desk.locator(f".st-key-set_{name}") for name in SLIDERS]
    assert [inside(desk, each) for each in seen] == [True] * len(seen)
    assert scrolled(desk) == 0


def test_what_ran_stands_below_the_button_and_choices_of_a_setting_in_one_row(desk: Page) -> None:
    desk.get_by_role("tab", name="Fusion").click()
    ran = desk.locator(".st-key-ran")
    expect(ran).to_contain_text("512×512 px")
    assert top(desk, ".st-key-fuse") < top(desk, ".st-key-ran") < top(desk, ".stage")
    expect(desk.locator(".st-key-ran_below")).to_be_hidden()
    for name in ("mode", "glasses", "facial_hair"):
        boxes = [each.bounding_box() for each in desk.locator(f".st-key-set_{name}").get_by_role("radio").all()]
        assert len({round(box["y"]) for box in boxes if box}) == 1, name


def test_what_is_set_by_hand_stays_under_the_pointer_and_can_be_undone_and_done_again(desk: Page) -> None:
    desk.get_by_role("tab", name="Fusion").click()
    before = top(desk, ".st-key-set_output")
    desk.locator(".st-key-set_output input").click()
    desk.get_by_role("option", name="1024").click()
    expect(button(desk, "Automatic again")).to_be_visible()
    settled(desk)
    assert abs(top(desk, ".st-key-set_output") - before) <= MOST_SHIFT_PX
    assert inside(desk, desk.get_by_role("button", name="Undo: Output resolution"))
    assert inside(desk, button(desk, "Redo"))
    desk.get_by_role("button", name="Undo: Output resolution").click()
    settled(desk)
    expect(button(desk, "Automatic again")).to_be_hidden()


def test_a_verdict_and_a_preview_move_nothing(desk: Page) -> None:
    expect(desk.locator(".st-key-statements")).to_contain_text("Quality: passed")
    desk.get_by_role("tab", name="Finishing").click()
    still = (".stage", ".st-key-fuse", ".st-key-downloads", ".st-key-set_brightness")
    kept = [desk.locator(each) for each in still]
    before = [each.bounding_box() for each in kept]
    desk.get_by_role("slider", name="Brightness").focus()
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    expect(desk.locator(".tag.preview")).to_be_visible()
    # From where it is undone depends on how soon one press follows the other.
    expect(desk.get_by_role("button", name=re.compile(r"Undo: Brightness \S+ → \+0\.15"))).to_be_visible()
    settled(desk)
    for then, each in zip(before, kept, strict=True):
        now = each.bounding_box()
        assert then
        assert now
        assert max(abs(then[name] - now[name]) for name in ("x", "y", "width", "height")) <= MOST_SHIFT_PX
    assert inside(desk, desk.locator(".st-key-set_brightness"))
    assert inside(desk, desk.locator(".stage"))


def test_a_download_under_a_preview_is_what_is_seen(desk: Page) -> None:
    expect(desk.locator(".tag.preview")).to_be_visible()
    with desk.expect_download() as waiting:
        button(desk, "PNG").click()
    assert waiting.value.suggested_filename == "fusewise-512x512.png"
    expect(desk.locator(".tag.preview")).to_be_hidden()
    settled(desk)


def test_the_next_result_of_the_same_face_is_seen_where_the_last_one_was(desk: Page) -> None:
    def seen() -> str:
        return desk.locator(".side.after .pan").get_attribute("style") or ""

    picture = desk.locator(".side.after .whole")
    button(desk, "Face").click()
    before = seen()
    for ratio in ("ArrowLeft", "End"):  # the more of it is changed, the larger its region is
        desk.get_by_role("tab", name="Fusion").click()
        desk.get_by_role("slider", name="Fusion ratio").focus()
        desk.keyboard.press(ratio)
        settled(desk)
        old = picture.get_attribute("src") or ""
        button(desk, "Fuse again").click()
        expect(picture).not_to_have_attribute("src", old)
        settled(desk)
        assert seen() == before, ratio


def test_the_picture_is_compared_in_three_ways_and_zoomed_with_the_wheel(desk: Page) -> None:
    stage, pan = desk.locator(".stage"), desk.locator(".side.after .pan")
    button(desk, "Side by side").click()
    left, right = (desk.locator(f".side.{side}").bounding_box() for side in ("before", "after"))
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"] + 1
    desk.get_by_role("button", name="In turns").click()
    expect(desk.locator(".side.before")).to_be_hidden()
    stage.focus()
    desk.keyboard.down(" ")
    expect(desk.locator(".side.before")).to_be_visible()
    expect(desk.locator(".said")).to_have_text("Before")
    desk.keyboard.up(" ")
    expect(desk.locator(".side.before")).to_be_hidden()
    button(desk, "Compare under a line").click()
    button(desk, "Whole picture").click()
    whole = pan.get_attribute("style")
    stage.hover()
    desk.mouse.wheel(0, -200)
    expect(pan).not_to_have_attribute("style", whole or "")
    assert scrolled(desk) == 0
    desk.mouse.wheel(0, 2000)
    expect(button(desk, "Whole picture")).to_have_attribute("aria-pressed", "true")
    desk.mouse.wheel(0, 200)  # there is nothing left to zoom out of
    desk.wait_for_function("""() => document.querySelector('[data-testid="stMain"]').scrollTop > 0""")
    desk.locator('[data-testid="stMain"]').evaluate("pane => pane.scrollTo(0, 0)")
    button(desk, "Face").click()


def test_a_face_that_nobody_has_moved_stays_in_the_middle_of_another_window(desk: Page) -> None:
    scale = desk.locator(".scale")
    before = scale.text_content()
    desk.set_viewport_size({"width": 1440, "height": 1000})
    expect(scale).not_to_have_text(before or "")
    expect(button(desk, "Face")).to_have_attribute("aria-pressed", "true")
    desk.set_viewport_size(DESK)
    expect(scale).to_have_text(before or "")


def test_a_result_of_other_photos_is_named_and_its_downloads_say_of_when_they_are(desk: Page) -> None:
    settled(desk)
    button(desk, "Swap").click()
    note = desk.locator(".note")
    expect(note).to_contain_text("Result of astronaut")
    expect(note).to_contain_text("not of the photos that lie here now")
    expect(desk.get_by_role("button", name="PNG ·")).to_be_visible()
    assert inside(desk, desk.get_by_role("button", name="PNG ·"))
    button(desk, "Swap").click()
    expect(note).to_be_hidden()
    settled(desk)


def test_on_a_phone_fuse_and_the_result_are_never_far(desk: Page) -> None:
    desk.set_viewport_size(PHONE)
    again = button(desk, "Fuse again")
    expect(again).to_have_count(1)
    for down in (0, 900, 100_000):
        desk.locator('[data-testid="stMain"]').evaluate("(pane, down) => pane.scrollTo(0, down)", down)
        assert inside(desk, again)
    thumbnail = button(desk, "Show the result")
    assert inside(desk, thumbnail)
    desk.locator('[data-testid="stMain"]').evaluate("pane => pane.scrollTo(0, 0)")
    thumbnail.click()
    desk.wait_for_function(f"() => ({_STAGE_TOP})() < innerHeight / 2")
    agreed = desk.get_by_text("These are photos of me")
    assert agreed.evaluate("text => text.scrollWidth <= text.clientWidth + 1")
    desk.set_viewport_size(DESK)


def test_on_a_phone_nothing_is_read_through_the_bar_and_photos_leave_room(page: Page, server: Served) -> None:
    page.set_viewport_size(PHONE)
    visit(page, server)
    expect(button(page, "Fuse")).to_be_disabled()
    covers(page)
    sample(page)
    covers(page)
    for role in ("target", "source"):
        assert inside(page, page.locator(f".st-key-photo_{role} .picker")), role


def covers(page: Page) -> None:
    """Asserts that the bar's ground lies under all of it."""
    bar, ground = page.locator(".st-key-bar").bounding_box(), page.locator(".fw-ground").bounding_box()
    assert bar
    assert ground
    assert max(abs(bar[side] - ground[side]) for side in ("x", "y", "width", "height")) <= 1
