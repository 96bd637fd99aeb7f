"""What fusions take of a card's memory, traced again where there is no card."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from benchmarks import trace
from benchmarks.shared import cuda_guard
from benchmarks.shared.storage_log import Event, StorageLog
from fusion.units import MIB
from tests.support import ROOT

needs_guard = pytest.mark.skipif(bool(cuda_guard.missing()), reason=cuda_guard.missing())
SIZES = {"allocated": 100 * MIB, "reserved": 120 * MIB}
ROW = {"network": "Enhancer", "precision": "float16", **SIZES}


@needs_guard
@pytest.mark.timeout(600)  # a process of its own that loads torch and MediaPipe, beside others
def test_no_peak_has_grown_by_more_than_a_fiftieth_since_the_forecast_was_made() -> None:
    """A network or a stage that takes more makes the forecast wrong: run `python -m benchmarks.trace` again."""
    command = [sys.executable, "-m", "benchmarks.trace", "--check"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count(" MiB") == 12, done.stdout


@pytest.mark.parametrize(("times", "told"), [(0.5, []), (1.019, []), (1.03, ["allocated", "reserved"])])
def test_a_peak_that_has_grown_is_told(times: float, told: list[str]) -> None:
    now = ROW | {name: round(size * times) for name, size in SIZES.items()}
    complaints = trace.grown([ROW], now)
    assert [name for name in ("allocated", "reserved") for each in complaints if f" {name} " in each] == told


def test_what_the_file_does_not_have_is_told() -> None:
    assert trace.grown([], ROW) == ["Enhancer in float16: the file does not have it"]


def test_the_file_says_where_its_numbers_come_from() -> None:
    data = json.loads(trace.FILE.read_text(encoding="utf-8"))
    assert data["basis"] == "traced"
    assert data["machine"] == {"gpu": None}
    assert {"torch", "commit"} <= set(data["versions"])
    assert data["seconds"] == []
    assert data["spread"] == {}
    assert {"allocated", "reserved", "context_bytes", "workspace_bytes"} <= set(data["accuracy"])
    assert len(data["traces"]) == data["points"]


def test_a_log_is_replayed_with_what_is_filled_in_and_emptied() -> None:
    log = StorageLog()
    held = log.take(30 * MIB)
    (left,) = log.splice([Event(1, 40 * MIB), Event(2, 8 * MIB), Event(1)])
    log.scratch(100 * MIB, is_sure=False)
    log.give(held)
    log.emptied()
    assert log.peaks().allocated == 78 * MIB
    assert log.peaks().left == 20 * MIB  # the segment of the 8 MiB
    assert log.peaks(unsure=True).allocated == 138 * MIB
    log.give(left)
    assert log.peaks().reserved == 90 * MIB
