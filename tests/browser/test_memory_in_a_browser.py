"""A photo is in the memory of the server while a page shows it, and gone from it soon after."""

from __future__ import annotations

import io
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from fusion.photos import samples
from tests.support.browser_steps import settled, visit
from tests.support.served import Served

SOON_S = 60.0  # a few seconds, on a machine that others use too
_CHUNK = 8 * 1024**2


def mark() -> bytes:
    """Some bytes that are nowhere else."""
    return b"mark:" + secrets.token_hex(24).encode()


def marked(of: bytes) -> bytes:
    """The sample target as a JPEG that has the mark in a comment and behind its end."""
    with Image.open(io.BytesIO(samples.sample_pair()[0])) as image:
        file = io.BytesIO()
        image.convert("RGB").resize((1400, 1400)).save(file, "JPEG", quality=95, comment=of + b":comment")
    return file.getvalue() + of + b":end"


def holds(process: psutil.Process, sought: bytes) -> int:
    """How often these bytes are in the memory that a process can write to."""
    count = 0
    maps = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
    with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if found:
                begin, end = (int(number, 16) for number in found.groups())
                count += _count(memory, begin, end, sought)
    return count


def _count(memory: io.FileIO, begin: int, end: int, sought: bytes) -> int:
    count, rest = 0, b""
    while begin < end:
        try:
            memory.seek(begin)
            piece = memory.read(min(_CHUNK, end - begin))
        except OSError:  # it was given back meanwhile
            return count
        if not piece:
            return count
        count += (rest + piece).count(sought)
        rest, begin = piece[1 - len(sought) :], begin + len(piece)
    return count


def gone(process: psutil.Process, sought: bytes) -> None:
    end = time.monotonic() + SOON_S
    while left := holds(process, sought):
        assert time.monotonic() < end, f"it is still there {left} times"
        time.sleep(1.0)


def arrived(process: psutil.Process, sought: bytes) -> None:
    """A page names a file before the server has it."""
    end = time.monotonic() + SOON_S
    while not holds(process, sought):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.5)


def give(page: Page, role: str, data: bytes) -> None:
    page.locator(f".st-key-photo_{role} input[type=file]").set_input_files(
        {"name": f"{role}.jpg", "mimeType": "image/jpeg", "buffer": data}
    )
    expect(page.locator(f".st-key-photo_{role} .picker")).to_be_visible()
    settled(page)


def change(page: Page) -> None:
    page.get_by_role("button", name="Change").click()
    settled(page)


def clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    settled(page)


def close(page: Page) -> None:
    page.close()


@pytest.mark.parametrize("act", [change, clear, close], ids=["changed", "cleared", "closed"])
def test_a_photo_that_is_put_away_is_gone_from_memory(page: Page, server: Served, act: Callable[[Page], None]) -> None:
    sought = mark()
    visit(page, server)
    give(page, "target", marked(sought))
    assert holds(server.process, sought)  # it will be fused from there
    act(page)
    gone(server.process, sought)


def test_a_photo_is_held_once_while_it_is_shown(page: Page, server: Served) -> None:
    sought = mark()
    visit(page, server)
    give(page, "target", marked(sought))
    end = time.monotonic() + SOON_S
    while holds(server.process, sought + b":end") > 1:
        assert time.monotonic() < end, "there are copies"
        time.sleep(1.0)


def test_the_photos_of_a_batch_are_gone_once_they_are_queued_or_another_page_is_opened(
    page: Page, server: Served
) -> None:
    left, queued = mark(), (mark(), mark())
    visit(page, server, "/batch")
    boxes = [page.get_by_role("group", name=name).locator("input[type=file]") for name in ("Source", "Target")]
    boxes[0].set_input_files({"name": "me.jpg", "mimeType": "image/jpeg", "buffer": marked(left)})
    expect(page.get_by_text("me.jpg")).to_be_visible()
    settled(page)
    arrived(server.process, left)
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    settled(page)
    gone(server.process, left)
    visit(page, server, "/batch")
    for place, (box, sought) in enumerate(zip(boxes, queued, strict=True)):
        box.set_input_files({"name": f"photo{place}.jpg", "mimeType": "image/jpeg", "buffer": marked(sought)})
        expect(page.get_by_text(f"photo{place}.jpg").first).to_be_visible()
        settled(page)
    page.get_by_text("These are photos of me").click()
    settled(page)
    for sought in queued:
        arrived(server.process, sought)
    start = page.locator(".st-key-batch_start button")
    expect(start).to_have_count(1)  # a page that is drawn anew may have both for a moment
    start.click()
    expect(page.locator(".st-key-batch_actions")).to_be_visible()
    for sought in queued:
        gone(server.process, sought)


def test_a_picture_under_diagnosis_is_gone_once_it_is_changed(page: Page, server: Served) -> None:
    sought = mark()
    visit(page, server, "/diagnostics")
    page.get_by_text("Pictures", exact=False).first.click()
    settled(page)
    page.locator(".st-key-given_target input[type=file]").set_input_files(
        {"name": "target.jpg", "mimeType": "image/jpeg", "buffer": marked(sought)}
    )
    expect(page.locator(".st-key-change_given_target")).to_be_visible()
    settled(page)
    arrived(server.process, sought)
    page.get_by_role("button", name="Change").click()
    settled(page)
    gone(server.process, sought)
