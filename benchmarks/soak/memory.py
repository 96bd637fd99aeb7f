"""Whether worker and app grow with the jobs that they have run. For `benchmarks.soak`."""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from benchmarks.shared.common import verdict
from benchmarks.soak.app import App, Order
from benchmarks.soak.rows import Rows
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import EngineName, Size, State, Tier
from fusion.units import MIB

GROWTH = 1.05
FIRST, EVERY = 20, 50  # jobs after which memory is read
SIZES: tuple[Tier | Size, ...] = (Tier.T512, Size(640, 800), Tier.T1024, Size(512, 384), Size(1200, 900))
SCALES = (1.0, 0.75, 1.4, 0.6)  # of both photos; the number has no divisor in common with that of the sizes
WAITING = 3  # jobs in line at a time
SETTLE_S, READS, READ_EVERY_S = 2.0, 5, 0.4
STUCK_S = 120.0


def memory(count: int) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed."""
    with tempfile.TemporaryDirectory(prefix="fusewise-soak-") as folder:
        photos = _photos(Path(folder))
        data = Path(folder) / "data"
        app, rows = App(data), Rows(data)
        curve, began = [], time.monotonic()
        for number in range(count):
            target, source = photos[number % len(photos)]
            settings = Settings(
                EngineName.LANDMARK, ratio=0.2 + 0.8 * number / count, output=SIZES[number % len(SIZES)]
            )
            if not app.submit(Order(f"job-{number}", settings, target, source)):
                raise RuntimeError("the app does not take the job")
            is_read = number + 1 in (FIRST, count) or (number + 1) % EVERY == 0
            _wait(rows, number + 1 if is_read else number + 1 - WAITING)
            if is_read:
                curve.append((number + 1, *_resident(app, rows)))
                print(f"{curve[-1][0]:5} jobs  worker {curve[-1][1]:7.1f} MiB  app {curve[-1][2]:6.1f} MiB", flush=True)
        app.end()
    first, last = (next(point for point in curve if point[0] == jobs) for jobs in (FIRST, count))
    growth = {"worker": last[1] / first[1], "app": last[2] / first[2]}
    for name, times in growth.items():
        word = f"bar {GROWTH:g}: {verdict(times <= GROWTH)}"
        print(f"{name:7} {times:.3f} × after {count} jobs what it was after {FIRST}  {word}")
    facts = {
        "part": "memory",
        "jobs": count,
        "seconds": round(time.monotonic() - began, 1),
        "growth": {name: round(times, 4) for name, times in growth.items()},
        "bar": GROWTH,
        "curve_mib": [{"jobs": jobs, "worker": worker, "app": web} for jobs, worker, web in curve],
    }
    return facts, all(times <= GROWTH for times in growth.values())


def _photos(folder: Path) -> list[tuple[Path, Path]]:
    """The sample pair in a few sizes."""
    found = []
    for scale in SCALES:
        pair = []
        for name, data in zip(("target", "source"), samples.sample_pair(), strict=True):
            path = folder / f"{name}-{scale}.png"
            with Image.open(io.BytesIO(data)) as image:
                image.convert("RGB").resize((round(image.width * scale), round(image.height * scale))).save(path)
            pair.append(path)
        found.append((pair[0], pair[1]))
    return found


def _wait(rows: Rows, done: int) -> None:
    """Until so many jobs are done.

    Raises:
        RuntimeError: they are not, after a long time, or one has failed.
    """
    until = time.monotonic() + STUCK_S
    while (counts := rows.counts())[State.DONE] < done:
        if counts[State.FAILED] or time.monotonic() > until:
            raise RuntimeError(f"the jobs do not come to their end: {dict(counts)}")
        time.sleep(0.02)


def _resident(app: App, rows: Rows) -> tuple[float, float]:
    """MiB of worker and app once they have settled: medians of a few reads."""
    worker = rows.worker()
    if worker is None:
        raise RuntimeError("the worker has died")
    time.sleep(SETTLE_S)
    found: list[tuple[float, float]] = []
    for _ in range(READS):
        time.sleep(READ_EVERY_S)
        found.append((worker.memory_info().rss / MIB, psutil.Process(app.pid).memory_info().rss / MIB))
    of_worker, of_app = zip(*found, strict=True)
    return round(statistics.median(of_worker), 1), round(statistics.median(of_app), 1)
