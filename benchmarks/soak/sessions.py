"""Whether pages stay quick while many look and a job runs. For `benchmarks.soak`."""

from __future__ import annotations

import asyncio
import random
import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.shared import app_driver
from benchmarks.shared.common import verdict
from benchmarks.soak.rows import Rows
from benchmarks.soak.visitor import Kind, Run, Visitor
from fusion.errors import Reason, WorkerDied
from fusion.files import private
from fusion.photos import samples
from fusion.settings import Settings
from fusion.storage import FILE, App, PhotoFiles, Priority, Record, Records, Store
from fusion.types import EngineName, State, Tier

P95_S = 0.5
PAGES = ("", "batch", "history", "gpu")
SESSIONS = 16
PAUSE_S = (2.0, 4.0)  # between two things that somebody does
ARRIVE_S = 0.3  # between two who come
SETTLE_S = 3.0
WAITING = 3  # jobs in line, so that one always runs
EARLIER = 24  # jobs that the history holds before


class Feed:
    """Keeps jobs in the line of a running app, as another process does: rows of nobody, which the app takes up.

    Args:
        data: the app's data folder.
    """

    def __init__(self, data: Path) -> None:
        self._records, self._rows = Records(Store(data / FILE), App.this()), Rows(data)
        photos = PhotoFiles(data / "photos")
        self._target, self._source = map(photos.put, samples.sample_pair())
        self._count, self._looks, self._busy = 0, 0, 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def earlier(self) -> None:
        """Fill the history, and wait until that is done."""
        for _ in range(EARLIER):
            self._add(Tier.T512)
        self._records.let_go(WorkerDied(Reason.INTERRUPTED))
        while self._rows.counts()[State.DONE] < EARLIER:
            time.sleep(0.1)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> float:
        """End: the share of the time in which a job ran."""
        self._closing.set()
        self._thread.join()
        return self._busy / max(self._looks, 1)

    def _run(self) -> None:
        while not self._closing.wait(0.2):
            counts = self._rows.counts()
            self._looks += 1
            self._busy += counts[State.RUNNING] > 0
            if counts[State.QUEUED] < WAITING:
                for _ in range(WAITING):
                    self._add(Tier.T2048)
                self._records.let_go(WorkerDied(Reason.INTERRUPTED))  # to whoever is there: this process runs nothing

    def _add(self, tier: Tier) -> None:
        self._count += 1
        ratio = 0.3 + 0.7 * (self._count * 0.618 % 1.0)
        record = Record(
            id=private.new_name(), number=0, state=State.QUEUED, priority=Priority.BATCH, owner="local", batch=None,
            app="", wish=None, settings=Settings(EngineName.LANDMARK, ratio=ratio, output=tier), made=time.time(),
            target=self._target, source=self._source, target_name=f"photo-{self._count}.png", source_name="photo.jpg",
        )  # fmt: skip
        self._records.add(record)


async def stay(visitor: Visitor, until: float, chance: random.Random, *, fuses: bool) -> None:
    """Look around until then; `fuses`: press that button each time instead, if it can be pressed."""
    while time.monotonic() < until:
        await asyncio.sleep(chance.uniform(*PAUSE_S))
        if not (fuses and await visitor.press("Fuse")):
            await visitor.fiddle(chance)


async def prepare(visitor: Visitor) -> None:
    """On the first page, take the sample pair: until then there is little on it.

    Raises:
        RuntimeError: the page has not what it should.
    """
    if visitor.page == "" and not (
        await visitor.press("Try the sample pair") and await visitor.tick("These are photos of me")
    ):
        raise RuntimeError("the first page does not offer the sample pair, or does not ask for consent")


@dataclass(slots=True)
class Load:
    """What visitors met.

    Attributes:
        opened: seconds until each had the page.
        faults: what went wrong, in words.
        superseded: how many runs of a fragment gave way to another's.
    """

    runs: list[Run] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    superseded: int = 0


async def load(into: Load, url: str, pages: Sequence[str], seconds: float, seed: int) -> None:
    """So many visitors at once, one on each of `pages`."""
    visitors, chances = [Visitor(url, page) for page in pages], [random.Random(seed + n) for n in range(len(pages))]
    async with AsyncExitStack() as stack:
        for visitor in visitors:
            stack.push_async_callback(visitor.close)
            into.opened.append(await visitor.open())
            await prepare(visitor)
            await asyncio.sleep(ARRIVE_S)
        await asyncio.sleep(SETTLE_S)
        for visitor in visitors:
            visitor.runs.clear()
        until = time.monotonic() + seconds
        await asyncio.gather(*(stay(visitor, until, chances[n], fuses=n == 0) for n, visitor in enumerate(visitors)))
    for visitor in visitors:
        into.runs += visitor.runs
        into.faults += visitor.faults
        into.superseded += visitor.superseded


def spread(seconds: Sequence[float]) -> dict[str, float | int]:
    """Number, median, 95th percentile and maximum, seconds."""
    if not seconds:
        return {"n": 0}
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    found = {"median_s": statistics.median(seconds), "p95_s": p95, "max_s": max(seconds)}
    return {"n": len(seconds), **{name: round(value, 4) for name, value in found.items()}}


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """By kind, and by kind on each page."""
    found: dict[str, Any] = {kind: spread([run.seconds for run in runs if run.kind == kind]) for kind in Kind}
    for page in PAGES:
        here = [run for run in runs if run.page == page]
        found[page or "fuse"] = {kind: spread([run.seconds for run in here if run.kind == kind]) for kind in Kind}
    return found


def sessions(seconds: float, seed: int) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed."""
    with app_driver.app() as app:
        feed = Feed(app.data)
        feed.earlier()
        feed.start()
        alone, together = Load(), Load()
        for page in PAGES:
            asyncio.run(load(alone, app.url, (page,), seconds / 3, seed))
        pages = [PAGES[number % len(PAGES)] for number in range(SESSIONS)]
        before, began = _spent(app.process), time.monotonic()
        asyncio.run(load(together, app.url, pages, seconds, seed))
        lasted, after = time.monotonic() - began, _spent(app.process)
        busy = feed.close()
    faults = alone.faults + together.faults
    facts: dict[str, Any] = {
        "part": "sessions", "sessions": SESSIONS, "seconds": seconds, "seed": seed, "bar_p95_s": P95_S,
        "busy": round(busy, 3),
        "cores": {name: round((after[name] - spent) / lasted, 2) for name, spent in before.items()},
        "opened": spread(together.opened), "alone": summary(alone.runs), "together": summary(together.runs),
        "superseded": together.superseded, "faults": len(faults),
    }  # fmt: skip
    return facts, _report(facts, faults)


def _report(facts: dict[str, Any], faults: Sequence[str]) -> bool:
    print(f"a job runs {facts['busy']:.0%} of the time; cores used: {facts['cores']}")
    print(f"runs of a fragment that gave way to another's: {facts['superseded']}")
    print(f"pages opened by {SESSIONS}: {facts['opened']}")
    for many in ("alone", "together"):
        for name in (page or "fuse" for page in PAGES):
            for kind, found in facts[many][name].items():
                if found["n"]:
                    print(f"{many:8} {name:8} {kind:8} {found}")
    good = not faults
    for kind in (Kind.FULL, Kind.FRAGMENT):
        found = facts["together"][kind]
        passed = found["n"] > 0 and found["p95_s"] <= P95_S
        good &= passed
        print(f"{SESSIONS} sessions, {kind} runs: {found}  bar p95 {P95_S:g} s: {verdict(passed)}")
        print(f"1 session, {kind} runs: {facts['alone'][kind]}")
    print(f"errors on pages: {len(faults)}  bar 0: {verdict(not faults)}", *faults[:5], sep="\n    " if faults else "")
    return good


def _spent(web: psutil.Process) -> dict[str, float]:
    """Seconds of processor time of the app, its workers, and this process, which plays the visitors."""
    workers = sum(sum(child.cpu_times()[:2]) for child in web.children(recursive=True))
    return {"web": sum(web.cpu_times()[:2]), "worker": workers, "visitors": sum(psutil.Process().cpu_times()[:2])}
