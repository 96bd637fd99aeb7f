"""The running app and a real browser in front of it, for the scripts that measure or photograph the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
START_S = 60.0
PATIENCE_S = 60.0
# Notes when the page hears the next press: the pointer takes a tenth of a second to it, which is no matter of the app.
HEARD = """() => addEventListener(
    'pointerdown', () => { window.pressedAt = performance.now() }, {once: true, capture: true}
)"""
# The seconds since then, once the picture on the right of the line is there and is not the one called `old`; or what
# went wrong.
OUTCOME = """old => {
    const alert = document.querySelector('[data-testid="stAlertContentError"]')
    if (alert) return alert.innerText
    return [...document.querySelectorAll('*')].some(host => {
        const picture = host.shadowRoot?.querySelector('.compare .after .whole')
        return picture && picture.naturalWidth > 0 && picture.complete && picture.currentSrc !== old
    }) && (performance.now() - window.pressedAt) / 1000
}"""


@dataclass(frozen=True, slots=True)
class App:
    """The app: its address, its process, when it was started (`time.monotonic`) and the seconds until it answered."""

    url: str
    process: psutil.Process
    begun: float
    up_s: float
    data: Path


@contextmanager
def app() -> Iterator[App]:
    """`streamlit run streamlit_app.py` on a free port, with a data folder that is removed afterwards.

    Raises:
        RuntimeError: it did not start; what it said is in the message.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="fusewise-") as folder, tempfile.TemporaryFile("w+b") as log:
        data, begun = Path(folder) / "data", time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "FUSEWISE_DATA": str(data)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            if not _answers(f"{url}/_stcore/health", process):
                log.seek(0)
                raise RuntimeError(f"the app did not start:\n{log.read().decode(errors='replace')}")
            yield App(url, psutil.Process(process.pid), begun, time.monotonic() - begun, data)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(address: str, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return True
        except OSError:
            time.sleep(0.02)
    return False


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium of this machine.

    Raises:
        RuntimeError: there is none.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(f"no browser on this machine: none of {', '.join(NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser, width: int = 1440, height: int = 1000, language: str = "en-US") -> Page:
    """A new window of somebody who has never been here."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
    context.set_default_timeout(1000 * PATIENCE_S)
    expect.set_options(timeout=1000 * PATIENCE_S)
    return context.new_page()


def settle(page: Page) -> None:
    """Wait until the page's script has come to its end."""
    page.wait_for_timeout(150)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def take_samples(page: Page) -> None:
    """Press "Try the sample pair" and give consent."""
    page.get_by_role("button", name="Try the sample pair").click()
    expect(page.locator(".picker")).to_have_count(2)
    settle(page)
    page.get_by_text("These are photos of me").click()
    expect(page.get_by_role("button", name="Fuse", exact=True)).to_be_enabled()


def press_fuse(page: Page) -> float:
    """Press "Fuse" or "Fuse again": seconds from when the page hears it until a new full-size picture is on the screen.

    Raises:
        RuntimeError: the page shows an error instead.
    """
    picture = page.locator(".compare .after .whole")
    old = picture.evaluate("picture => picture.currentSrc") if picture.count() else ""
    button = page.get_by_role("button", name="Fuse", exact=True).or_(page.get_by_role("button", name="Fuse again"))
    page.evaluate(HEARD)
    button.click()
    outcome = page.wait_for_function(OUTCOME, arg=old, polling=50).json_value()  # ms; each frame would load a core
    if isinstance(outcome, str):
        raise RuntimeError(f"the page says: {outcome}")
    return float(outcome)
