"""The app as a person meets it: how long until there is a page, until there is a picture, and how much memory it holds.

    python -m benchmarks.app [--runs 3]

Each run starts the app anew, with an empty data folder, and drives it with a real Chromium: the page, the sample pair
(which comes out at 512 × 512), Fuse as soon as it can be pressed, then Fuse again at another ratio, so that there is
something to compute, while the first result is checked or waits for that; and once more at 4096 × 4096, of which the
time counts that the page takes beyond the job's own. The picture counts as there when the browser has decoded it. The
browser works on the same machine and is part of every figure.
"""

from __future__ import annotations

import argparse
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page

from benchmarks.shared import app_driver, common
from benchmarks.shared.common import Timing
from fusion.units import MIB

# The bars, on 2 CPU cores.
FIRST_PAGE_S = 4.0
FIRST_PICTURE_S = 6.0
NEXT_PICTURE_S = 1.0
LARGE_BEYOND_S = 1.5
RESIDENT_MIB = 400.0


@dataclass(frozen=True, slots=True)
class Run:
    """One fresh app. Times in seconds, memory in MiB; `torch_loaded` is None where the system does not tell."""

    server_up_s: float  # from the command until the server answers
    first_page_s: float  # from then until the page is whole and its script at its end
    pressed_after_s: float  # from the command until Fuse was pressed
    first_picture_s: float  # from that press until the picture
    next_picture_s: float
    large_beyond_s: float  # from the end of a job at 4096 until its picture
    web_mib: float  # resident, after both fusions
    worker_mib: float
    torch_loaded: bool | None


def once(browser: Browser) -> Run:
    """Start the app, use it, and close it."""
    with app_driver.app() as app:
        page = app_driver.visitor(browser)
        began = time.monotonic()
        page.goto(app.url)
        page.locator("h1").wait_for()
        page.get_by_role("button", name="Try the sample pair").wait_for()
        app_driver.settle(page)
        first_page = time.monotonic() - began
        app_driver.take_samples(page)
        pressed_after = time.monotonic() - app.begun
        first = app_driver.press_fuse(page)
        app_driver.settle(page)
        ratio = page.get_by_role("slider", name="Fusion ratio")
        ratio.focus()
        page.keyboard.press("ArrowRight")
        app_driver.settle(page)
        following = app_driver.press_fuse(page)
        beyond = _large(page)
        resident = app.process.memory_info().rss / MIB
        worker = sum(child.memory_info().rss for child in app.process.children(recursive=True)) / MIB
        torch = _has_torch(app.process)
        page.context.close()
        return Run(app.up_s, first_page, pressed_after, first, following, beyond, resident, worker, torch)


def _large(page: Page) -> float:
    """Fuse at 4096: seconds from the press to the picture, less those that the job says that it ran."""
    app_driver.settle(page)
    page.get_by_role("combobox", name="Output resolution").click()
    page.get_by_role("option", name=re.compile("4096")).click()
    app_driver.settle(page)
    whole = app_driver.press_fuse(page)
    app_driver.settle(page)
    ran = re.search(r"Ran in ([\d.]+) s", page.get_by_text(re.compile("Ran in")).first.inner_text())
    assert ran is not None
    return whole - float(ran[1])


def _has_torch(process: psutil.Process) -> bool | None:
    maps = Path(f"/proc/{process.pid}/maps")
    return "libtorch" in maps.read_text() if maps.exists() else None


def report(runs: list[Run]) -> dict[str, Any]:
    """Print what came out beside its bar, and give it back for `results/`."""
    rows: tuple[tuple[str, str, float | None], ...] = (
        ("server_up_s", "from the command until the server answers", None),
        ("first_page_s", "from then until the first page is whole", FIRST_PAGE_S),
        ("pressed_after_s", "from the command until Fuse is pressed", None),
        ("first_picture_s", "from Fuse to the picture, fresh app, 512 × 512", FIRST_PICTURE_S),
        ("next_picture_s", "from Fuse again to the next picture", NEXT_PICTURE_S),
        ("large_beyond_s", "at 4096 from the job's end to the picture", LARGE_BEYOND_S),
    )
    facts: dict[str, Any] = {}
    for name, text, bar in rows:
        timing = Timing.of([getattr(run, name) for run in runs])
        word = f"bar {bar:g} s: {common.verdict(timing.median <= bar)}" if bar else ""
        print(f"{text:48} {timing}  {word}")
        facts[name.removesuffix("_s")] = timing.to_json() | ({"bar_s": bar} if bar else {})
    most = max(run.web_mib for run in runs)
    word = common.verdict(most <= RESIDENT_MIB)
    print(f"{'web process, resident':48} {most:.0f} MiB at most  bar {RESIDENT_MIB:g} MiB: {word}")
    print(f"{'worker, resident':48} {max(run.worker_mib for run in runs):.0f} MiB at most")
    loaded = any(run.torch_loaded for run in runs)
    print(f"{'libtorch in the web process':48} {'yes' if loaded else 'no'}  {common.verdict(not loaded)}")
    return {**facts, "runs": [_rounded(run) for run in runs]}


def _rounded(run: Run) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(run).items()}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="fresh apps (3)")
    given = parser.parse_args()
    with app_driver.chromium() as browser:
        runs = [once(browser) for _ in range(given.runs)]
    common.record("app", report(runs))


if __name__ == "__main__":
    main()
