"""What jobs have cost, on disk: several writers, and files that cannot be used."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from fusion.errors import FusionError
from fusion.sizing import Measurement, StageCost, Workload
from fusion.storage import Ledger, measurements
from fusion.storage.schema import SCHEMA
from fusion.types import EngineName, Precision, Size, Stage
from tests.support import ROOT

WORK = Workload(EngineName.LANDMARK, Precision.FLOAT32, Size(1024, 1024), 400, 500_000, 180, 3_000_000)
STAGES = (StageCost(Stage.FUSE, 1.2),)
ONE = Measurement(WORK, "cpu", 1.5, 900, 700, 900, STAGES, True, {"torch": "2.13"}, "2026-11-22")
WRITER = """
import json, sys
from dataclasses import replace
from pathlib import Path
from fusion.storage.measurements import Ledger
from fusion.sizing.measurement import Measurement
ledger, one = Ledger(Path(sys.argv[1])), Measurement.from_json(json.loads(sys.argv[2]))
for number in range(30):
    ledger.add(replace(one, made=f"{sys.argv[3]} {number}"))
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "data" / "fusewise.db")


def refusal(ledger: Ledger) -> FusionError:
    """The error that adding and reading raise alike."""
    with pytest.raises(FusionError) as added:
        ledger.add(ONE)
    with pytest.raises(FusionError) as read:
        ledger.rows()
    assert str(added.value) == str(read.value)
    return added.value


def test_a_ledger_that_was_never_written_to_is_empty_and_makes_no_file(ledger: Ledger) -> None:
    assert ledger.rows() == ()
    assert ledger.count() == 0
    ledger.clear()
    assert not ledger.path.exists()


def test_measurements_come_back_as_they_were_in_order(ledger: Ledger) -> None:
    second = replace(ONE, seconds=2.5, tile_px=512, workload=replace(WORK, two_stage=True, enlarger="span"))
    ledger.add(ONE)
    ledger.add(second)
    assert ledger.rows() == (ONE, second)
    assert Ledger(ledger.path).rows() == (ONE, second)


def test_only_the_owner_can_read_it(ledger: Ledger) -> None:
    ledger.add(ONE)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700


def test_the_newest_are_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "KEPT", 5)
    for number in range(8):
        ledger.add(replace(ONE, made=str(number)))
    assert [row.made for row in ledger.rows()] == ["3", "4", "5", "6", "7"]
    assert ledger.count() == 8, "the count tells that something was added though as many are there"


def test_what_was_cleared_is_gone_and_counting_goes_on(ledger: Ledger) -> None:
    ledger.add(ONE)
    ledger.clear()
    assert ledger.rows() == ()
    ledger.add(ONE)
    assert len(ledger.rows()) == 1


def test_threads_that_write_at_once_lose_nothing(ledger: Ledger) -> None:
    def write(name: str, own: Ledger) -> None:
        for number in range(20):
            own.add(replace(ONE, made=f"{name} {number}"))

    ledgers = (ledger, ledger, Ledger(ledger.path), Ledger(ledger.path))
    threads = [threading.Thread(target=write, args=(str(name), own)) for name, own in enumerate(ledgers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [row.made for row in ledger.rows()]
    assert len(made) == len(set(made)) == 80
    assert [row for row in made if row.startswith("2 ")] == [f"2 {number}" for number in range(20)]


def test_processes_that_write_at_once_lose_nothing(ledger: Ledger) -> None:
    row = json.dumps(ONE.to_json())
    words = [[sys.executable, "-c", WRITER, str(ledger.path), row, name] for name in ("a", "b")]
    writers = [subprocess.Popen(each, cwd=ROOT) for each in words]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    made = {row.made for row in ledger.rows()}
    assert made == {f"{name} {number}" for name in ("a", "b") for number in range(30)}


def test_a_damaged_file_is_named_and_left_as_it_is(ledger: Ledger) -> None:
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b"this is no database, whatever its name says" * 100)
    error = refusal(ledger)
    assert error.reason == "ledger_unusable"
    assert str(ledger.path) in error.message
    assert "move it away" in error.remedy
    assert ledger.path.read_bytes() == b"this is no database, whatever its name says" * 100


def test_a_row_that_nobody_understands_is_an_error(ledger: Ledger) -> None:
    ledger.add(ONE)
    with sqlite3.connect(ledger.path) as file:
        file.execute("INSERT INTO measurements (made, device, body) VALUES ('', 'cpu', '{\"workload\": {}}')")
    file.close()
    with pytest.raises(FusionError) as caught:
        ledger.rows()
    assert caught.value.reason == "ledger_unusable"


def test_the_file_of_a_newer_fusewise_is_left_as_it_is(ledger: Ledger) -> None:
    ledger.add(ONE)
    file = sqlite3.connect(ledger.path)
    with file:
        file.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    file.close()
    before = ledger.path.read_bytes()
    error = refusal(ledger)
    assert error.reason == "ledger_unusable"
    assert "newer version" in error.message
    assert ledger.path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_an_error(ledger: Ledger) -> None:
    ledger.path.parent.mkdir(mode=0o500)
    with pytest.raises(FusionError) as caught:
        ledger.add(ONE)
    assert caught.value.reason == "data_unusable"
    assert list(ledger.path.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    ledger = Ledger(tmp_path / "data" / "fusewise.db")
    with pytest.raises(FusionError) as caught:
        ledger.add(ONE)
    assert caught.value.reason == "data_unusable"
    assert "FUSEWISE_DATA" in caught.value.remedy
    assert (tmp_path / "data").read_text() == "a file where the folder should be"


def test_a_folder_in_the_place_of_the_file_is_an_error(ledger: Ledger) -> None:
    ledger.path.mkdir(parents=True)
    assert refusal(ledger).reason == "ledger_unusable"
