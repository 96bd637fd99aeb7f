"""`python -m advisor calibrate`: measure this machine, and say how far the shipped forecast was off here.

Ctrl-C ends it and keeps what was measured; the exit code is 130 then. 1: nothing could be measured or kept.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from advisor.device import compute_target
from advisor.forecast import BUDGET_S, LEAST_S, Accuracy, Calibration, CalibrationView, accuracy, shipped
from fusion import config
from fusion.cli import Console, streams
from fusion.errors import Exit
from fusion.storage import FILE, Ledger

_LOOK_S = 0.2


def calibrate(
    seconds: Annotated[float, typer.Option(min=LEAST_S, max=BUDGET_S, help="For all of it.")] = BUDGET_S,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Fuse the sample pair in several sizes, and remember what it cost on this machine."""
    ledger = Ledger(config.load().data / FILE)
    ledger.prepare()
    calibration = Calibration(budget_s=seconds)
    is_stopped = False
    with Console() as console:
        calibration.start(ledger)
        try:
            _watch(calibration, console)
        except KeyboardInterrupt:
            is_stopped = True
        finally:
            calibration.close()
    view = calibration.view()
    facts = _facts(view, ledger)
    if as_json:
        streams.answer_json(facts)
    else:
        for line in _lines(view, facts["measurements"]):
            streams.report(line)
    if is_stopped:
        streams.complain("stopped: what was measured is kept.")
        return Exit.STOPPED
    if view.error is not None:
        streams.complain(f"{view.error.message} {view.error.remedy}")
    return Exit.DONE if view.measured else Exit.FAILED


def _watch(calibration: Calibration, console: Console) -> None:
    """Draw a bar until it has ended."""
    while (view := calibration.view()).is_running:
        if view.total:
            console.show(view.done / view.total, words_of(view))
        time.sleep(_LOOK_S)


def words_of(view: CalibrationView) -> str:
    """How far it is, in a few words."""
    words = f"trial {min(view.done + 1, view.total)} of {view.total}"
    return words if view.seconds_left is None else f"{words} · about {view.seconds_left:.0f} s left"


def _missed(view: CalibrationView) -> Accuracy:
    """Of the shipped forecast."""
    device = view.measured[0].device if view.measured else str(compute_target.Kind.CPU)
    return accuracy(
        view.measured,
        shipped(compute_target.Kind.CPU if device == compute_target.Kind.CPU else compute_target.Kind.CUDA),
    )


def _facts(view: CalibrationView, ledger: Ledger) -> dict[str, Any]:
    return {
        "trials": view.done,
        "added": view.added,
        "measurements": len(ledger.rows()),
        "error": view.error and view.error.to_json(),
        "shipped_forecast": _missed(view).to_json(),
    }


def _lines(view: CalibrationView, total: int) -> list[str]:
    lines = [f"{view.done} trials, {view.added} measurements added: this machine has {total} now"]
    missed = _missed(view)
    if missed.memory_median is not None and missed.memory_worst is not None and missed.covered is not None:
        within = round(missed.covered * missed.jobs)
        lines.append(
            f"the shipped forecast of memory was off by {missed.memory_median:.0%} (median; "
            f"{missed.memory_worst:.0%} at worst), its bound held in {within} of {missed.jobs}"
        )
    if missed.seconds_median is not None:
        lines.append(f"that of time by {missed.seconds_median:.0%} (median of {missed.warm} warm runs)")
    return lines
