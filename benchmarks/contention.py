"""How long a fusion takes while another program keeps every core busy, beside its calm time.

    python -m benchmarks.contention [--side 1024] [--count 7]

A worker as the app starts one fuses the sample pair as a square of `side` px by the landmark engine, again and again:
in turns alone, and while a second program computes on as many threads as there are cores. Both begin warm. Seconds are
the job's own, from its start to its end. A third row has the worker's threads spin where they wait, which is what
OpenMP does unless it is told otherwise. A line goes to results/contention.jsonl.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2

from benchmarks.shared import common
from fusion.jobs import Jobs
from fusion.memory import cores
from fusion.photos import decode, samples
from fusion.settings import Settings
from fusion.types import ENDED, EngineName, Fit, Role, Size, State

WORKS = "while True: pass"
SETTLED_S = 0.5
WAYS = {"passive": {"OMP_WAIT_POLICY": "PASSIVE"}, "spinning": {"OMP_WAIT_POLICY": "ACTIVE"}}


@contextmanager
def others() -> Iterator[None]:
    """Another program on all cores."""
    running = [subprocess.Popen([sys.executable, "-c", WORKS]) for _ in range(cores.threads())]
    try:
        time.sleep(SETTLED_S)
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def new_pairs() -> Iterator[tuple[bytes, bytes]]:
    """The sample pair as photos that no worker has seen: another pixel of each is black."""
    pixels = [decode.read(data, role).pixels.copy() for data, role in zip(samples.sample_pair(), Role, strict=True)]
    for column in range(min(each.shape[1] for each in pixels)):
        for each in pixels:
            each[0, column] = 0
        target, source = (cv2.imencode(".png", each[..., ::-1])[1].tobytes() for each in pixels)
        yield target, source


def fused(queue: Jobs, pair: tuple[bytes, bytes], settings: Settings) -> float:
    """Seconds that one job takes."""
    id = queue.submit(*pair, settings)
    while (view := queue.view(id)).progress.state not in ENDED:
        time.sleep(0.01)
    if view.progress.state != State.DONE or view.outcome is None:
        raise SystemExit(f"a job has ended as {view.progress.state}: {view.error}")
    return view.outcome.facts.seconds


def in_turns(settings: Settings, count: int) -> dict[str, list[float]]:
    """Seconds alone and beside others, `count` of each."""
    found: dict[str, list[float]] = {"alone": [], "beside": []}
    pairs = new_pairs()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Jobs(Path(folder))) as queue:
        queue.start()
        for _ in range(2):
            fused(queue, next(pairs), settings)
        for _ in range(count):
            found["alone"].append(fused(queue, next(pairs), settings))
            with others():
                found["beside"].append(fused(queue, next(pairs), settings))
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=1024, help="px of the output (1024)")
    parser.add_argument("--count", type=int, default=7, help="jobs of each kind (7)")
    given = parser.parse_args()
    square = Size(given.side, given.side)
    settings = Settings(engine=EngineName.LANDMARK, ratio=0.8, output=square, fit=Fit.CROP)
    facts: dict[str, Any] = {"side": given.side, "n": given.count, "threads": cores.threads()}
    for way, environment in WAYS.items():
        os.environ.update(environment)
        seconds = in_turns(settings, given.count)
        medians = {name: round(statistics.median(each), 3) for name, each in seconds.items()}
        times = statistics.median(seconds["beside"]) / statistics.median(seconds["alone"])
        facts[way] = {**medians, "worst": round(max(seconds["beside"]), 3), "times": round(times, 2)}
        print(f"{way}: alone {medians['alone']:.2f} s, beside {medians['beside']:.2f} s, {times:.1f}×", flush=True)
    common.record("contention", facts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
