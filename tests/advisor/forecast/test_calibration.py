"""Calibration: time, failures and cancelling cost nothing that was measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from advisor.forecast import Calibration, CalibrationView
from advisor.forecast import calibration as calibration_
from advisor.forecast.calibration_plan import Step, trials
from fusion.errors import Cancelled, FusionError, OutOfMemory, Reason
from fusion.sizing import Measurement
from fusion.storage import Ledger
from fusion.worker import Trial
from tests.support.trials import at_once, cost, end, three


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "fusewise.db")


@pytest.fixture
def run(ledger: Ledger) -> Iterator[Callable[[Calibration], CalibrationView]]:
    """Runs a calibration to its end."""
    made: list[Calibration] = []

    def runs(calibration: Calibration) -> CalibrationView:
        made.append(calibration)
        calibration.start(ledger)
        return end(calibration)

    yield runs
    for each in made:
        each.close()


def test_what_trials_cost_goes_to_the_ledger_in_their_order(
    run: Callable[[Calibration], CalibrationView], ledger: Ledger
) -> None:
    view = run(Calibration(at_once, three))
    assert (view.done, view.total, view.added, view.error) == (3, 3, 6, None)
    assert view.seconds_left is None
    assert ledger.rows() == view.measured
    sizes = [row.workload.output for row in ledger.rows()[::2]]
    assert sizes == [step.trial.output for step in three()]


def test_what_a_trial_remembered_is_not_kept(run: Callable[[Calibration], CalibrationView], ledger: Ledger) -> None:
    view = run(Calibration(lambda trial, *_: (cost(trial), cost(trial, is_new=False)), three))
    assert view.added == 3
    assert all(row.is_new for row in ledger.rows())


def test_a_trial_that_fails_does_not_lose_the_others(
    run: Callable[[Calibration], CalibrationView], ledger: Ledger
) -> None:
    def second_fails(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
        if trial == three()[1].trial:
            raise OutOfMemory(Reason.OUT_OF_MEMORY, device="cpu")
        return at_once(trial, timeout_s, stop)

    view = run(Calibration(second_fails, three))
    assert (view.done, view.total, view.added) == (3, 3, 4)
    assert isinstance(view.error, OutOfMemory)
    assert len(ledger.rows()) == 4


@pytest.mark.parametrize("error", [FusionError(Reason.TRIAL_FAILED, why="no"), OSError(12, "no memory to fork")])
def test_where_nothing_works_it_gives_up_soon(run: Callable[[Calibration], CalibrationView], error: Exception) -> None:
    def fails(*_: object) -> tuple[Measurement, ...]:
        raise error

    view = run(Calibration(fails, three))
    assert (view.done, view.added) == (2, 0)
    assert view.error is not None
    assert view.error.reason == "trial_failed"


def test_where_nothing_fits_it_says_so(run: Callable[[Calibration], CalibrationView]) -> None:
    view = run(Calibration(at_once, lambda: ()))
    assert isinstance(view.error, OutOfMemory)
    assert (view.done, view.is_running) == (0, False)


def test_a_ledger_that_cannot_be_used_ends_it(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    calibration = Calibration(at_once, three)
    calibration.start(Ledger(tmp_path / "data" / "fusewise.db"))
    view = end(calibration)
    assert view.error is not None
    assert view.error.reason == "data_unusable"
    assert view.added == 0


def test_no_trial_begins_that_would_overrun_the_time(run: Callable[[Calibration], CalibrationView]) -> None:
    """Ten trials of about a third of a second are planned, each takes twice as long as expected.

    Shorter ones would be at the mercy of whatever else runs beside this.
    """

    def slow(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
        time.sleep(0.6)
        return (cost(trial),)

    steps = tuple(Step(trial, 0.3) for trial in trials(has_unet=False)[:10])
    view = run(Calibration(slow, lambda: steps, budget_s=3.0))
    assert view.error is None
    assert 2 <= view.done == view.total <= 5


def test_the_first_trial_is_tried_however_slow_the_machine_is_thought(
    run: Callable[[Calibration], CalibrationView],
) -> None:
    assert run(Calibration(at_once, lambda: three(1e6))).done == 3


def test_a_trial_gets_no_more_than_what_is_left_of_the_time() -> None:
    given: list[float] = []

    def noted(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
        given.append(timeout_s)
        return at_once(trial, timeout_s, stop)

    calibration = Calibration(noted, three)
    calibration.start(Ledger(Path("/dev/null/never")))
    end(calibration)
    assert calibration_.BUDGET_S <= given[0] <= 119.0, "never over two minutes"


def test_cancelling_keeps_what_was_measured(ledger: Ledger) -> None:
    waits = threading.Event()

    def second_waits(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
        if trial == three()[0].trial:
            return at_once(trial, timeout_s, stop)
        waits.set()
        assert stop.wait(20)
        raise Cancelled

    calibration = Calibration(second_waits, three)
    calibration.start(ledger)
    assert waits.wait(20)
    view = calibration.view()
    assert (view.is_running, view.done, view.total, view.added) == (True, 1, 3, 2)
    assert view.seconds_left is not None
    calibration.start(ledger)
    assert calibration.view().number == 1, "one at a time"
    calibration.cancel()
    view = end(calibration)
    assert (view.error, view.added) == (None, 2)
    assert len(ledger.rows()) == 2
    calibration.close()
    calibration.close()
    calibration.start(ledger)
    assert not calibration.view().is_running, "closed"


def test_it_can_run_again(run: Callable[[Calibration], CalibrationView], ledger: Ledger) -> None:
    calibration = Calibration(at_once, three)
    run(calibration)
    view = run(calibration)
    assert (view.number, view.done, view.added) == (2, 3, 6)
    assert len(ledger.rows()) == 12
