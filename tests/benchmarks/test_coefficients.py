"""Coefficients are written of what was measured, and what was traced for a card stays where nothing was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from advisor.device.compute_target import Kind
from advisor.forecast import Source, shipped_coefficients
from advisor.forecast.kinds import Regime
from benchmarks import calibrate, coefficients
from benchmarks.shared import lines
from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Precision, Size, Stage

LANDMARK = Regime(EngineName.LANDMARK, Precision.FLOAT32, False, "plain")


def line(
    side: int,
    device: str,
    load: float,
    seconds: float,
    of_source: int = 1_000_000,
    *,
    day: str = "2026-11-28",
    reading: int = 1,
) -> str:
    """A line of the `fit` set, of a machine with two cores."""
    sizes = Size(side, side), side // 4, side * side // 9, 200, 3_000_000
    work = Workload(EngineName.LANDMARK, Precision.FLOAT32, *sizes, source_photo_px=of_source)
    peak = 500_000_000 + 100 * work.room_px
    cost = (StageCost(Stage.FUSE, seconds),)
    row = Measurement(work, device, seconds, peak, 450_000_000, peak, cost, True, {}, reading_bytes=reading)
    birth = {"date": day, "machine": {"cores": 2, "load_1m": load}, "versions": {}}
    return json.dumps({**birth, "set": "fit", "measurement": row.to_json()})


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(lines, "RESULTS", tmp_path)
    return tmp_path / "calibrate.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of what is shipped."""
    for path in shipped_coefficients.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_where_no_card_was_measured_its_file_stays_as_it_was_traced(results: Path, folder: Path) -> None:
    results.write_text("\n".join(line(side, "cpu", 0.1, 1.0) for side in (512, 768, 1024)) + "\n")
    before = (folder / "cuda.json").read_bytes()
    assert coefficients.write(Kind.CPU, folder) == folder / "cpu.json"
    assert coefficients.write(Kind.CUDA, folder) is None
    assert (folder / "cuda.json").read_bytes() == before


def test_what_was_measured_on_a_card_takes_the_place_of_its_own_line_alone(results: Path, folder: Path) -> None:
    results.write_text("\n".join(line(side, "a card", 0.1, 1.0, 0) for side in (512, 768, 1024)) + "\n")
    before = shipped_coefficients.loads((folder / "cuda.json").read_text())
    for _ in range(2):  # the second time over what was written the first
        coefficients.write(Kind.CUDA, folder)
    after = shipped_coefficients.loads((folder / "cuda.json").read_text())
    assert after.memory[LANDMARK].source == Source.ELSEWHERE
    others = {regime: known for regime, known in after.memory.items() if regime != LANDMARK}
    assert others == {regime: known for regime, known in before.memory.items() if regime != LANDMARK}
    assert (after.margin_bytes, after.reads_there) == (before.margin_bytes, False)
    assert "traces" in json.loads((folder / "cuda.json").read_text())


def test_two_sizes_make_no_line(results: Path, folder: Path) -> None:
    results.write_text("\n".join(line(side, "cpu", 0.1, 1.0) for side in (512, 1024)) + "\n")
    before = shipped_coefficients.loads((folder / "cpu.json").read_text())
    coefficients.write(Kind.CPU, folder)
    assert shipped_coefficients.loads((folder / "cpu.json").read_text()).memory == before.memory


def test_seconds_are_those_of_a_quiet_machine_and_all_is_of_workers_as_they_are(results: Path) -> None:
    old, quiet, busy = line(512, "cpu", 0.1, 1.0, of_source=0), line(768, "cpu", 0.1, 1.0), line(1024, "cpu", 9.0, 20.0)
    said_so = json.dumps(json.loads(line(1280, "cpu", 9.0, 1.0)) | {"quiet": True})
    results.write_text("\n".join((old, quiet, busy, said_so)) + "\n")
    memory, seconds = ([row.workload.output.width for _, row in each] for each in calibrate.told(Kind.CPU))
    assert (memory, seconds) == ([768, 1024, 1280], [768, 1280])


def test_of_lines_from_before_the_arena_what_they_say_of_reading_does_not_count(results: Path) -> None:
    often, more = 300_000_000, 900_000_000  # below the peak, and what the peak was itself
    given = [(day, reading) for day in ("2026-11-28T18:00", "2026-11-29") for reading in (often, more)]
    results.write_text("\n".join(line(512, "cpu", 0.1, 1.0, day=day, reading=reading) for day, reading in given) + "\n")
    memory, seconds = calibrate.told(Kind.CPU)
    assert [row.reading_bytes for _, row in memory] == [0, often, more]
    assert len(seconds) == len(given)
