"""What a fusion costs from Python, beside the command line: the sample pair at 512 px, the two in turns.

    python -m benchmarks.python_door [--runs 9]

The script's process is warm: its models are loaded, and what it remembers of the photos is forgotten before each call,
so that each is a whole job with new photos; once more with what it remembers. Of the command line both are measured,
the seconds that the job says it took and those until its process has ended. Files are written by both. Each turn waits
some seconds for processors that are idle, and the line, in results/python_door.jsonl, says how busy they were.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.shared import common
from benchmarks.shared.common import Timing
from fusion import Settings, fuse
from fusion.photos import samples
from fusion.scripting.engine import ENGINE
from fusion.types import EngineName, Tier

SETTINGS = Settings(engine=EngineName.LANDMARK, output=Tier.T512)
_LOOK_S, _LONGEST_S = 1.0, 5.0
_CALM_PERCENT = 5.0
FLAGS = ("--engine", "landmark", "--output", "512", "--overwrite", "--json")


def called(folder: Path, *, is_new: bool) -> tuple[float, float]:
    """Seconds of the call with its `save`, and those that the job says it took."""
    if is_new:
        with ENGINE.taken():
            common.forget(ENGINE.pipeline)
            ENGINE.reader.forget()
    began = time.perf_counter()
    facts = fuse(*_files(), SETTINGS).save(folder / "script.png", overwrite=True)
    return time.perf_counter() - began, facts.seconds


def commanded(folder: Path) -> tuple[float, float]:
    """Seconds until the process of the command line has ended, and those that the job says it took."""
    words = [sys.executable, "-m", "fusion", "fuse", *map(str, _files()), "-o", str(folder / "command.png"), *FLAGS]
    began = time.perf_counter()
    done = subprocess.run(words, cwd=common.ROOT, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(json.loads(done.stdout)["seconds"])


def calm() -> float:
    """Wait until nobody else uses the processors, at most some seconds; how many per cent of them are used in the end.

    The load of the last minute would still tell of what has ended since.
    """
    until = time.monotonic() + _LONGEST_S
    while (busy := psutil.cpu_percent(_LOOK_S)) > _CALM_PERCENT and time.monotonic() < until:
        pass
    return busy


def _files() -> tuple[Path, Path]:
    return samples.TARGET.file(), samples.SOURCE.file()


def main() -> int:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    taken: dict[str, list[float]] = {}
    busy: list[float] = []
    with tempfile.TemporaryDirectory(prefix="fusewise-") as name:
        folder = Path(name)
        first = called(folder, is_new=False)
        for _ in range(runs):
            busy.append(calm())
            pairs = {
                "call": called(folder, is_new=True),
                "again": called(folder, is_new=False),
                "command": commanded(folder),
            }
            for what, (wall, job) in pairs.items():
                taken.setdefault(what, []).append(wall)
                taken.setdefault(f"{what}_job", []).append(job)
    found = {what: Timing.of(seconds) for what, seconds in taken.items()}
    for what, timing in found.items():
        print(f"{what:12} {timing}")
    timings = {what: timing.to_json() for what, timing in found.items()}
    common.record("python_door", {"output": 512, "busy_percent": max(busy), "first_s": round(first[0], 3), **timings})
    return 0


if __name__ == "__main__":
    sys.exit(main())
