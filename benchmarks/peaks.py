"""Whether a job's peak is its own: the same jobs in one process, before larger ones and after them.

    python -m benchmarks.peaks [--heap]

The processes have the worker's own environment; with --heap that of before, in which glibc's heap kept all blocks, so
that the two can be compared. Seconds are of the processor, which says something on a machine that others use, too.
A line of each process goes to results/peaks.jsonl.
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
from typing import Any

from benchmarks.shared import common
from fusion.memory import budget
from fusion.types import EngineName, Size, Switch
from fusion.units import GIB, MIB
from fusion.worker import Trial, run_job
from fusion.worker.measured_run import photos
from fusion.worker.supervisor import WORKER_ENVIRONMENT

SIDES = (512, 1024, 2048, 512, 1024, 2048)
HEAP = {**WORKER_ENVIRONMENT, "MALLOC_MMAP_THRESHOLD_": str(GIB), "GLIBC_TUNABLES": "glibc.malloc.hugetlb=0"}


def jobs() -> list[dict[str, Any]]:
    """One after the other in this process: how far each peaked above what was held before it."""
    from fusion.pipeline import Pipeline

    found = []
    with tempfile.TemporaryDirectory() as folder, Pipeline(device="cpu") as pipeline:
        pipeline.warm_up()
        budget.settle()
        for side in SIDES:
            trial = Trial(EngineName.LANDMARK, Size(side, side), Switch.OFF)
            pair = photos(trial)
            pipeline.forget()
            budget.give_back()
            began = time.process_time()
            read = run_job.Reader(kept_bytes=0).read_pair(*pair)
            report = run_job.run(pipeline, read, trial.settings, Path(folder) / "output.png")
            row, spent = report.measurement, time.process_time() - began
            found.append({"side": side, "rest": row.rest_bytes, "peak": row.peak_bytes, "processor_s": round(spent, 2)})
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--heap", action="store_true", help="with glibc's heap for all blocks, as before")
    parser.add_argument("--within", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.within:
        print(json.dumps(jobs()))
        return 0
    words = [sys.executable, "-m", "benchmarks.peaks", "--within"]
    environment = {**os.environ, **(HEAP if given.heap else WORKER_ENVIRONMENT)}
    said = subprocess.run(words, cwd=common.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = json.loads(said.splitlines()[-1])
    common.record("peaks", {"heap": given.heap, "device": "cpu", "jobs": rows})
    for row in rows:
        print(
            f"{row['side']}: {(row['peak'] - row['rest']) // MIB} MiB above rest, {row['processor_s']} s of processor"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
