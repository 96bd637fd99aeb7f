"""`python -m advisor calibrate`: what it tells, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.cli import calibrate
from advisor.cli.commands import main
from advisor.forecast import Calibration, CalibrationView
from tests.support.trials import at_once, end, three


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Calibration], None]:
    """Puts a calibration behind the command."""
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))

    def put(calibration: Calibration) -> None:
        monkeypatch.setattr(calibrate, "Calibration", lambda budget_s: calibration)

    return put


def test_the_command_says_how_far_the_shipped_forecast_was_off(
    told: Callable[[Calibration], None], capfd: pytest.CaptureFixture[str]
) -> None:
    told(Calibration(at_once, three))
    assert main(["calibrate"]) == 0
    out, err = capfd.readouterr()
    assert "3 trials, 6 measurements added: this machine has 6 now" in out
    assert "off by 0% (median; 0% at worst), its bound held in 6 of 6" in out
    assert err == ""


def test_the_command_as_json(told: Callable[[Calibration], None], capfd: pytest.CaptureFixture[str]) -> None:
    told(Calibration(at_once, three))
    assert main(["calibrate", "--json"]) == 0
    facts = json.loads(capfd.readouterr().out)
    assert (facts["trials"], facts["added"], facts["measurements"], facts["error"]) == (3, 6, 6, None)
    assert facts["shipped_forecast"]["jobs"] == 6
    assert facts["shipped_forecast"]["covered"] == 1.0


def test_the_command_fails_where_nothing_could_be_measured(
    told: Callable[[Calibration], None], capfd: pytest.CaptureFixture[str]
) -> None:
    told(Calibration(at_once, lambda: ()))
    assert main(["calibrate"]) == 1
    assert "not enough memory" in capfd.readouterr().err


def test_ctrl_c_keeps_what_was_measured(
    told: Callable[[Calibration], None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(calibration: Calibration, console: object) -> None:
        end(calibration)
        raise KeyboardInterrupt

    monkeypatch.setattr(calibrate, "_watch", interrupted)
    told(Calibration(at_once, three))
    assert main(["calibrate"]) == 130
    out, err = capfd.readouterr()
    assert "6 measurements added" in out
    assert "kept" in err


@pytest.mark.parametrize("seconds", ["5", "300", "soon"])
def test_a_time_that_is_too_short_or_too_long_is_refused(seconds: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--seconds", seconds]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_a_ledger_that_cannot_be_used_is_told_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fusewise.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("FUSEWISE_DATA", str(tmp_path))
    assert main(["calibrate"]) == 1
    assert "cannot be used" in capfd.readouterr().err


def test_how_far_it_is_fits_into_a_line() -> None:
    assert calibrate.words_of(CalibrationView(1, True, 2, 9, 61.7)) == "trial 3 of 9 · about 62 s left"
    assert calibrate.words_of(CalibrationView(1, True, 9, 9)) == "trial 9 of 9"
