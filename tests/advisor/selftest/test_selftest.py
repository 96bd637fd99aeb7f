"""The self-test: what it tells of a machine that is well, of one that is not, and of what is not there."""

from __future__ import annotations

import json
import os
import re
import signal
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from advisor.cli import selftest as command
from advisor.cli.commands import main
from advisor.forecast import Calibration
from advisor.selftest import SENTENCES, Check, Code, Row, SelfTest, SelfTestView, State, told
from fusion.errors import Cancelled
from fusion.selftest import Found, Probe, probe, reference
from fusion.storage import FILE, Ledger
from fusion.types import EngineName
from fusion.weights import locate
from fusion.weights.catalog import RANDOM_MARK
from tests.support import ROOT
from tests.support.fake_weights import TINY, write_tiny
from tests.support.fixtures.nvml import Driver
from tests.support.fixtures.probes import well
from tests.support.trials import at_once, three

Try = Callable[[Probe, float, threading.Event], Found]
QUICK = partial(Calibration, at_once, three)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[Try], SelfTestView]]:
    """Runs a test to its end, with fusions that cost nothing beside its probes."""
    made: list[SelfTest] = []

    def runs(try_: Try) -> SelfTestView:
        test = SelfTest(try_, QUICK)
        made.append(test)
        test.start(tmp_path / "data", Ledger(tmp_path / "data" / FILE))
        return ended(test)

    yield runs
    for each in made:
        each.close()


def ended(test: SelfTest) -> SelfTestView:
    deadline = time.monotonic() + 110
    while test.view().is_running:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return test.view()


def found(view: SelfTestView, check: Check, device: str = "") -> list[Code]:
    return [row.code for row in view.rows if row.check == check and device in row.device]


def test_a_machine_that_is_well_passes_and_feeds_its_forecast(
    run: Callable[[Try], SelfTestView], tmp_path: Path
) -> None:
    view = run(well)
    assert view.is_well, [told(row) for row in view.rows]
    assert (view.done, view.error) == (view.total, None)
    assert found(view, Check.PICTURE, "cpu") == [Code.PICTURE_SAME]
    assert found(view, Check.MEMORY) == [Code.MEMORY_WITHIN]
    assert view.rows[-1].details == {"count": 6, "added": 6}
    assert len(Ledger(tmp_path / "data" / FILE).rows()) == 6
    assert [path.name for path in (tmp_path / "data").iterdir() if not path.name.startswith(FILE)] == []


def test_a_card_that_is_absent_and_weights_that_are_have_a_row_that_says_so(run: Callable[[Try], SelfTestView]) -> None:
    view = run(well)
    (driver,) = (row for row in view.rows if row.check == Check.DRIVER)
    assert (driver.code, driver.state) == (Code.DRIVER_NONE, State.SKIPPED)
    assert "driver" in told(driver)
    assert found(view, Check.WEIGHTS) == [Code.WEIGHTS_MISSING]


@pytest.mark.parametrize(("marks", "code"), [([], Code.PICTURE_STRANGE), ([RANDOM_MARK], Code.PICTURE_RANDOM)])
def test_of_random_weights_nobodys_face_is_expected(
    run: Callable[[Try], SelfTestView], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marks: list[str], code: Code
) -> None:
    monkeypatch.setattr("fusion.weights.locate.status", partial(locate.status, TINY))
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(write_tiny(tmp_path / "weights")))
    for mark in marks:
        (tmp_path / "weights" / mark).touch()
    view = run(lambda *given: replace(well(*given), likeness=0.1))
    assert found(view, Check.PICTURE, "cpu") == [Code.PICTURE_SAME, code]


def test_a_card_that_pytorch_cannot_use_is_not_tested_and_that_is_said(
    run: Callable[[Try], SelfTestView], driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver("t4")
    monkeypatch.setattr("advisor.device.capabilities.torch_cuda", lambda: None)
    assert found(run(well), Check.PICTURE, "T4") == [Code.CARD_UNUSED]


def test_each_card_is_compared_with_the_processor(
    run: Callable[[Try], SelfTestView], driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver("t4")
    monkeypatch.setattr("advisor.device.capabilities.torch_cuda", lambda: "13.0")
    wishes: list[Probe] = []

    def asked(wish: Probe, timeout_s: float, stop: threading.Event) -> Found:
        wishes.append(wish)
        answer = well(wish, timeout_s, stop)
        return answer if wish.device == "cpu" else replace(answer, off=9)

    view = run(asked)
    assert not view.is_well
    assert found(view, Check.PICTURE, "T4") == [Code.CARD_UNLIKE]
    assert found(view, Check.LADDER, "T4") == [Code.LADDER_OK]
    assert wishes[1].card is not None


def test_where_the_stored_picture_is_another_that_fails_by_name(
    run: Callable[[Try], SelfTestView], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture is a real one, made by a process of its own."""
    data = json.loads(reference.FILE.read_text(encoding="utf-8"))
    blocks = bytearray.fromhex(data["landmark"]["blocks"])
    blocks[1500] ^= 0x40
    data["landmark"] |= {"sha256": "0" * 64, "blocks": blocks.hex()}
    (tmp_path / "reference.json").write_text(json.dumps(data))
    monkeypatch.setattr(reference, "FILE", tmp_path / "reference.json")
    reference.stored.cache_clear()
    try:
        view = run(lambda wish, timeout_s, stop: probe(replace(wish, rounds=1), timeout_s, stop))
    finally:
        reference.stored.cache_clear()
    (row,) = (row for row in view.rows if row.state == State.FAILED)
    assert (row.check, row.code, row.engine) == (Check.PICTURE, Code.PICTURE_UNLIKE, EngineName.LANDMARK)
    assert "64 of 255 levels" in told(row)


def test_a_broken_engine_has_a_row_and_the_command_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUSEWISE_PIPELINE", "tests.support.fixtures.probes:Broken")
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    monkeypatch.setattr(command, "SelfTest", lambda: SelfTest(calibration=QUICK))
    assert main(["selftest"]) == 1
    out = capfd.readouterr().out
    assert re.search(r"failed +picture landmark cpu +It failed: trial_failed\.", out)
    assert "the engine is broken" in out
    assert re.search(r"\d+ passed, 1 failed, \d+ skipped, in", out)


def test_as_json_no_folder_and_no_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    monkeypatch.setenv("FUSEWISE_FACE_LANDMARKER", str(tmp_path / "nowhere.task"))
    monkeypatch.setattr(command, "SelfTest", lambda: SelfTest(well, QUICK))
    assert main(["selftest", "--json"]) == 1
    out = capfd.readouterr().out
    assert [row["code"] for row in json.loads(out)["rows"] if row["state"] == "failed"] == ["broken"]
    for secret in (str(tmp_path), "nowhere", os.uname().nodename, str(Path.home())):
        assert secret not in out


def test_a_data_folder_that_cannot_be_written_to_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    test = SelfTest(well, QUICK)
    test.start(tmp_path / "file" / "data", Ledger(tmp_path / "file" / "data" / FILE))
    view = ended(test)
    test.close()
    assert found(view, Check.DATA) == [Code.DATA_UNWRITABLE]
    assert found(view, Check.FORECAST) == [Code.BROKEN]


def test_one_that_is_cancelled_leaves_nothing_and_can_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(aside))
    begun = threading.Event()

    def waits(wish: Probe, timeout_s: float, stop: threading.Event) -> Found:
        begun.set()
        stop.wait(100)
        raise Cancelled

    test = SelfTest(waits, QUICK)
    ledger = Ledger(tmp_path / FILE)
    test.start(tmp_path, ledger)
    assert begun.wait(100)
    test.cancel()
    view = ended(test)
    assert view.is_stopped
    assert not view.is_well
    assert list(aside.iterdir()) == []
    assert ledger.rows() == ()
    test.start(tmp_path, ledger)
    test.cancel()
    assert ended(test).number == 2
    test.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_ctrl_c_ends_the_command_and_its_children(tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    environment = {**os.environ, "FUSEWISE_DATA": str(tmp_path / "data"), "TMPDIR": str(aside)}
    with subprocess.Popen(
        [sys.executable, "-m", "advisor", "selftest", "--json"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 100
        while not list(aside.iterdir()):  # the folder of its pictures
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=100)
    assert process.returncode == 130
    assert json.loads(out)["stopped"] is True
    assert err.strip() == "fusewise: stopped: what was measured for the forecast is kept."
    assert list(aside.iterdir()) == []


def test_every_code_has_a_sentence_and_every_detail_a_value() -> None:
    assert set(SENTENCES) == set(Code)
    for code, sentence in SENTENCES.items():
        names = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        told(Row(Check.DATA, code, details=dict.fromkeys(names, 1)))
