"""Measures what fusions cost on this machine, in less than two minutes: the sample pair in the sizes that tell most.

What is tried, and in which order, says `advisor.forecast.calibration_plan`. Each runs in a process of its own
(`fusion.worker.measured_run`), and what it cost goes to the ledger at once, so that stopping loses nothing. One
calibration at a time, shared by all sessions.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from advisor.forecast.calibration_plan import Step, affordable, steps
from fusion.errors import Cancelled, FusionError, OutOfMemory, Phrase, PhraseCode, Reason, frameless
from fusion.sizing import Measurement
from fusion.storage import Ledger
from fusion.threads import ServiceThread
from fusion.worker import Trial, measure

__all__ = ["BUDGET_S", "LEAST_S", "Calibration", "CalibrationView", "Measure", "Step"]

BUDGET_S = 110.0  # no trial begins that is not expected to end within it
LEAST_S = 10.0  # for one trial
_GRACE_S = 8.0  # a trial that takes longer than expected is ended so long after the budget
_GOODBYE_S = 3.0
_FAILURES = 2  # in a row and with nothing measured: then the rest would fail too

Measure = Callable[[Trial, float, threading.Event], tuple[Measurement, ...]]


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """The calibration now, or the last one.

    Attributes:
        number: counted from 1; 0 where none was ever asked for.
        done, total: trials; the total falls or rises as it shows how fast the machine is.
        seconds_left: None before the first trial begins, and when it has ended.
        measured: what was added to the ledger.
        error: why the last trial that failed did; None for a calibration that was cancelled.
    """

    number: int = 0
    is_running: bool = False
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    measured: tuple[Measurement, ...] = ()
    error: FusionError | None = None

    @property
    def added(self) -> int:
        """How many measurements it has added."""
        return len(self.measured)


class Calibration:
    """Runs one calibration at a time until closed.

    Args:
        measure: `fusion.worker.measured_run.measure`, or what stands in for it in tests.
        choose: says what to try.
        budget_s: for all of it.
    """

    def __init__(
        self,
        measure: Measure = measure,
        choose: Callable[[], tuple[Step, ...]] = steps,
        budget_s: float = BUDGET_S,
    ) -> None:
        self._measure = measure
        self._choose = choose
        self._budget_s = budget_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: ServiceThread | None = None
        self._view = CalibrationView()
        self._is_closed = False

    def view(self) -> CalibrationView:
        """A snapshot."""
        with self._lock:
            return self._view

    def start(self, ledger: Ledger) -> None:
        """Begin, unless it runs already. Returns at once; a failure is in the view."""
        with self._lock:
            if self._view.is_running or self._is_closed:
                return
            self._stop = threading.Event()
            self._view = CalibrationView(self._view.number + 1, True)
            self._thread = ServiceThread(partial(self._run, ledger, self._stop), "calibration", self._fail)
            try:
                self._thread.start()
            except RuntimeError as error:  # the system gives no more threads
                failed = FusionError(Reason.INTERNAL, why=str(error))
                self._view = replace(self._view, is_running=False, error=failed)

    def cancel(self) -> None:
        """End the trial that runs; what was measured before it is kept. Without one, nothing."""
        with self._lock:
            self._stop.set()

    def close(self) -> None:
        """End what is running and begin nothing more; may be called twice."""
        self._is_closed = True
        self.cancel()
        if self._thread is not None:
            self._thread.join(_GOODBYE_S)

    def _run(self, ledger: Ledger, stop: threading.Event) -> None:
        """Try one after the other, and learn from each how fast the machine is."""
        coming = self._choose()
        if not coming:
            raise OutOfMemory(Reason.OUT_OF_MEMORY, device=Phrase(PhraseCode.THIS_COMPUTER))
        with contextlib.suppress(Cancelled):
            self._try_all(coming, ledger, stop)
        self._show(is_running=False, seconds_left=None)

    def _fail(self, error: FusionError) -> None:
        self._show(is_running=False, seconds_left=None, error=frameless(error))

    def _try_all(self, coming: tuple[Step, ...], ledger: Ledger, stop: threading.Event) -> None:
        began, expected, failed = time.monotonic(), 0.0, 0
        while not stop.is_set():
            spent = time.monotonic() - began
            pace = spent / expected if expected else 1.0
            done = self.view().done
            within = affordable(coming, self._budget_s - spent, pace)
            if not done:  # nobody knows yet how fast this machine is
                within = within or coming[:1]
            self._show(total=done + len(within), seconds_left=sum(step.seconds for step in within) * pace)
            if not within:
                return
            coming = coming[coming.index(within[0]) + 1 :]
            error = self._try(within[0].trial, self._budget_s + _GRACE_S - spent, ledger, stop)
            expected += within[0].seconds
            failed = failed + 1 if error else 0
            self._show(done=done + 1)
            measured = self.view().measured
            if error and not (measured and time.monotonic() - began > self._budget_s):  # one cut off at the end is none
                self._show(error=error)
            if failed >= _FAILURES and not measured:
                return

    def _try(self, trial: Trial, timeout_s: float, ledger: Ledger, stop: threading.Event) -> FusionError | None:
        """Why the trial failed; None where its measurements are in the ledger.

        Raises:
            Cancelled: by `stop`.
            FusionError: "ledger_unusable": nothing that follows could be kept.
        """
        try:
            found = self._measure(trial, timeout_s, stop)
        except Cancelled:
            raise
        except FusionError as error:
            if stop.is_set():  # Ctrl-C in the terminal reaches the trial too
                raise Cancelled from error
            return frameless(error)
        except OSError as error:
            return FusionError(Reason.TRIAL_FAILED, why=str(error))
        for measurement in found:
            if measurement.is_new:
                ledger.add(measurement)
                self._show(measured=(*self.view().measured, measurement))
        return None

    def _show(self, **changed: object) -> None:
        with self._lock:
            self._view = replace(self._view, **changed)  # type: ignore[arg-type]
