"""What fusions take of a card's memory, traced again where there is no card."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from advisor.forecast.savings import is_enhanced
from benchmarks import trace
from benchmarks.shared import cuda_guard, traced_networks
from benchmarks.shared.storage_log import Event, StorageLog
from fusion.engines.precision import DTYPES
from fusion.engines.unet.networks.enhancer import Enhancer
from fusion.memory import strips
from fusion.sizing import Workload
from fusion.types import EngineName, Precision
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
    lines = [line for line in done.stdout.splitlines() if line.endswith(" MiB")]
    assert len(lines) == len(set(lines)) == 17, done.stdout
    assert sum("strips of 64 rows, weights lent" in line for line in lines) == 2  # the most that can be saved
    assert sum("landmark 2048 in float32, face 0.45, one stage" in line for line in lines) == 1


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


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.FLOAT16])
def test_a_card_is_asked_whether_it_has_room_for_what_was_traced(precision: Precision) -> None:
    """`fusion.memory.strips` knows no file: its tables are held to it here, each way of saving memory on its own."""
    found = {}
    for row in json.loads(trace.FILE.read_text(encoding="utf-8"))["traces"]:
        work = Workload.from_json(row["workload"])
        if (work.engine, work.precision, work.output.width) == (EngineName.UNET, precision, 1024) and is_enhanced(work):
            found[work.strip_rows or strips.WHOLE, work.lends] = row["reserved"]
        if (work.engine, work.precision, work.output.width) == (EngineName.UNET, precision, 512):
            found[0, work.lends] = row["reserved"]
    assert set(found) == {(rows, lends) for rows in (0, *strips.HEIGHTS) for lends in (False, True)}
    for (rows, lends), reserved in found.items():
        assert strips.taken_bytes(rows, precision, lends=lends) == pytest.approx(reserved, rel=0.02), (rows, lends)


@needs_guard
@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.FLOAT16])
def test_what_weights_take_is_what_was_traced(precision: Precision) -> None:
    data = json.loads(trace.FILE.read_text(encoding="utf-8"))
    held = data["loaded_bytes"][precision]  # by torch, in segments; the weights themselves are a little less
    assert strips.weights_bytes(precision, lends=False) == pytest.approx(held, rel=0.05)
    assert strips.weights_bytes(precision, lends=False) < held
    log = StorageLog()
    log.splice(traced_networks.lives(Enhancer, DTYPES[precision])[0])
    assert strips.weights_bytes(precision, lends=True) == pytest.approx(log.peaks().allocated, rel=0.02)


@needs_guard
def test_bfloat16_takes_what_float16_takes() -> None:
    """So the file has the lines of one for both. Of the network that takes the most."""
    of_float16, of_bfloat16 = (
        [[event.size for event in part] for part in traced_networks.lives(Enhancer, DTYPES[precision])]
        for precision in (Precision.FLOAT16, Precision.BFLOAT16)
    )
    assert of_float16 == of_bfloat16


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
