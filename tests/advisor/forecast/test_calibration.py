"""Calibration: what is tried in which order, and that time, failures and cancelling cost nothing that was measured."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.cli import calibrate
from advisor.cli.commands import main
from advisor.device import Place, Ways
from advisor.device.compute_target import Kind
from advisor.forecast import BUDGET_S, Calibration, CalibrationView, accuracy, predict, shipped
from advisor.forecast.calibration_plan import Step, affordable, planned, trials
from fusion.errors import Cancelled, FusionError, OutOfMemory, Reason
from fusion.sizing import Measurement, StageCost, workload
from fusion.storage import Ledger
from fusion.types import EngineName, Precision, Size, Stage, Switch
from fusion.worker import Trial

GIB = 1 << 30
BOTH = Ways((EngineName.UNET, EngineName.LANDMARK), Precision.FLOAT32, "lanczos")
LANDMARK = Ways((EngineName.LANDMARK,), Precision.FLOAT32, "lanczos")


def place(gib: float) -> Place:
    return Place(Kind.CPU, "cpu", None, round(gib * GIB), round(gib * GIB), 0, 0)


def cost(trial: Trial, seconds: float = 1.0, *, is_new: bool = True) -> Measurement:
    """About what such a trial costs."""
    work = workload(trial.subject, trial.settings, trial.engine, Precision.FLOAT32)
    peak = predict(work, shipped(Kind.CPU)).peak_bytes
    stages = (StageCost(Stage.FUSE, seconds),)
    return Measurement(work, "cpu", seconds, peak, peak // 2, peak, stages, is_new, {"torch": "2.13"})


def at_once(trial: Trial, timeout_s: float, stop: threading.Event) -> tuple[Measurement, ...]:
    """Stands in for `fusion.worker.measured_run.measure`."""
    return cost(trial), cost(trial, 0.9)


def three(seconds: float = 1.0) -> tuple[Step, ...]:
    return tuple(Step(trial, seconds) for trial in trials(has_unet=False)[:3])


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


def end(calibration: Calibration) -> CalibrationView:
    deadline = time.monotonic() + 20
    while calibration.view().is_running:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)
    return calibration.view()


# what is tried


@pytest.mark.parametrize("has_unet", [False, True])
def test_the_first_three_differ_in_size_and_share_of_face(has_unet: bool) -> None:
    first = trials(has_unet)[:3]
    assert len({each.output for each in first}) >= 2
    assert {each.face for each in first} == {0.45, 0.2}
    assert {each.engine for each in first} == ({*EngineName} - {EngineName.AUTO} if has_unet else {"landmark"})


def test_all_sizes_stages_and_shares_are_tried_and_none_twice() -> None:
    every = trials(has_unet=True)
    assert len(set(every)) == len(every)
    landmark = {(each.output.width, each.two_stage, each.face) for each in every if each.engine == EngineName.LANDMARK}
    assert {(side, Switch.OFF, face) for side in (512, 1024, 2048, 3072) for face in (0.45, 0.2)} <= landmark
    assert {(side, Switch.ON, 0.45) for side in (2048, 4096)} <= landmark
    unet = {(each.output.width, each.two_stage) for each in every if each.engine == EngineName.UNET}
    assert unet == {(512, Switch.OFF), (1024, Switch.OFF), (2048, Switch.OFF), (4096, Switch.ON)}


def test_only_what_fits_the_memory_is_planned() -> None:
    known = shipped(Kind.CPU)
    everywhere = planned(place(64), BOTH, known)
    assert [step.trial for step in everywhere] == list(trials(has_unet=True))
    small = planned(place(1.0), BOTH, known)
    assert small
    assert all(step.trial.engine == EngineName.LANDMARK for step in small)
    assert len(small) < len(planned(place(64), LANDMARK, known))
    assert planned(place(0.1), BOTH, known) == ()


def test_each_step_says_about_how_long_it_takes() -> None:
    steps = {step.trial: step.seconds for step in planned(place(64), LANDMARK, shipped(Kind.CPU))}
    small, large = (Trial(EngineName.LANDMARK, Size(side, side), Switch.OFF) for side in (512, 3072))
    assert 5 < steps[small] < steps[large] < 60


def test_on_a_card_that_was_never_measured_it_is_guessed() -> None:
    assert all(step.seconds > 0 for step in planned(place(64), BOTH, shipped(Kind.CUDA)))


def test_what_is_too_long_for_the_time_is_passed_over() -> None:
    long, short, last = (replace(step, seconds=each) for step, each in zip(three(), (30, 4, 5), strict=True))
    assert affordable((long, short, last), 40) == (long, short, last)
    assert affordable((long, short, last), 20) == (short, last)
    assert affordable((long, short, last), 20, pace=3.0) == (short,)
    assert affordable((long, short, last), 3) == ()


# running


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
    began = time.monotonic()
    view = run(Calibration(slow, lambda: steps, budget_s=3.0))
    assert time.monotonic() - began < 3.6
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
    assert BUDGET_S <= given[0] <= 119.0, "never over two minutes"


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


# the command line


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


# how far forecasts are off


def test_errors_are_medians_over_new_jobs() -> None:
    right = cost(three()[0].trial)
    half, half_more = (replace(right, peak_bytes=round(right.peak_bytes * each)) for each in (0.8, 2.0))
    found = accuracy([right, half, half_more, replace(right, is_new=False)], shipped(Kind.CPU))
    assert (found.jobs, found.unknown) == (3, 0)
    assert found.memory_median == pytest.approx(0.25, abs=0.001)
    assert found.memory_worst == pytest.approx(0.5, abs=0.001)
    assert found.covered == pytest.approx(2 / 3)


def test_seconds_are_compared_where_the_networks_were_loaded() -> None:
    work = cost(three()[0].trial).workload
    seconds = predict(work, shipped(Kind.CPU)).seconds
    assert seconds is not None
    warm = cost(three()[0].trial, seconds * 2)
    cold = replace(warm, stages=(StageCost(Stage.LOAD, 9.0),), seconds=seconds * 9)
    found = accuracy([warm, cold], shipped(Kind.CPU))
    assert found.warm == 1
    assert found.seconds_median == pytest.approx(0.5)


def test_without_measurements_there_is_no_error() -> None:
    found = accuracy([], shipped(Kind.CPU))
    assert (found.jobs, found.memory_median, found.covered, found.seconds_median) == (0, None, None, None)
