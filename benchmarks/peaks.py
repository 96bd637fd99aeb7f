"""Whether a job's peak is its own: the same jobs in one process, before larger ones and after them.

    python -m benchmarks.peaks [--as worker|heaps|heap]

The process has the worker's own environment, or one of before, so that they can be compared: `heaps`, in which each
thread has a heap of its own, and `heap`, in which these keep all blocks, too. Seconds are of the processor, which says
something on a machine that others use, too. A line of each process goes to results/peaks.jsonl.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.shared import common
from fusion.memory import budget
from fusion.types import EngineName, Size, Switch
from fusion.units import GIB, MIB
from fusion.worker import Trial, run_job
from fusion.worker.measured_run import photos
from fusion.worker.supervisor import WORKER_ENVIRONMENT

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline

SIDES = (512, 1024, 2048, 512, 1024, 2048)
_HEAPS = {name: value for name, value in WORKER_ENVIRONMENT.items() if name != "MALLOC_ARENA_MAX"}
ENVIRONMENTS = {
    "worker": WORKER_ENVIRONMENT,
    "heaps": _HEAPS,
    "heap": {**_HEAPS, "MALLOC_MMAP_THRESHOLD_": str(GIB), "GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"},
}


def jobs() -> list[dict[str, Any]]:
    """One after the other in this process: how far each peaked above what was held before it."""
    from fusion.pipeline import Pipeline

    with tempfile.TemporaryDirectory() as folder, Pipeline(device="cpu") as pipeline:
        pipeline.warm_up()
        budget.settle()
        return [_job(pipeline, side, Path(folder) / "output.png") for side in SIDES]


def _job(pipeline: Pipeline, side: int, output: Path) -> dict[str, Any]:
    """One, of which nothing is held when the next one begins."""
    trial = Trial(EngineName.LANDMARK, Size(side, side), Switch.OFF)
    pair = photos(trial)
    pipeline.forget()
    budget.give_back()
    began = time.process_time()
    read = run_job.Reader(kept_bytes=0).read_pair(*pair)
    row = run_job.run(pipeline, read, trial.settings, output).measurement
    spent = time.process_time() - began
    return {"side": side, "rest": row.rest_bytes, "peak": row.peak_bytes, "processor_s": round(spent, 2)}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as", choices=ENVIRONMENTS, default="worker", dest="kind", help="whose environment")
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.within:
        print(json.dumps(jobs()))
        return 0
    words = [sys.executable, "-m", "benchmarks.peaks", "--within"]
    environment = {**os.environ, **ENVIRONMENTS[given.kind]}
    said = subprocess.run(words, cwd=common.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = json.loads(said.splitlines()[-1])
    common.record("peaks", {"environment": given.kind, "device": "cpu", "jobs": rows})
    for row in rows:
        above = (row["peak"] - row["rest"]) // MIB
        print(f"{row['side']}: {above} MiB above rest of {row['rest'] // MIB}, {row['processor_s']} s of processor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
