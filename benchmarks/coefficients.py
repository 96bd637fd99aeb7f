"""Writes advisor/forecast/coefficients/KIND.json: what is known before a machine measures itself.

    python -m benchmarks.coefficients

All lines of the `fit` set in results/calibrate.jsonl count, for each kind of device. With the coefficients stand where
they come from and their errors: on the points themselves, and leaving each workload out in turn.
"""

from __future__ import annotations

import json
import statistics
import sys
from typing import Any

from advisor.device.compute_target import Kind
from advisor.forecast import Coefficients, accuracy, fitted, predict, shipped_coefficients
from advisor.forecast.model import Regime
from benchmarks.calibrate import FIT, measurements
from fusion.sizing import Measurement


def leaving_out(measured: list[Measurement]) -> list[float]:
    """Relative errors of each workload's peaks, predicted from the others of its regime, where there are two."""
    found: list[float] = []
    for work in {each.workload for each in measured}:
        others = [each for each in measured if each.workload != work]
        if len({each.workload for each in others if Regime.of(each.workload) == Regime.of(work)}) > 1:
            known = fitted(others)
            found += [
                abs(predict(work, known).peak_bytes / each.peak_bytes - 1) for each in measured if each.workload == work
            ]
    return found


def _provenance(lines: list[dict[str, Any]], measured: list[Measurement], known: Coefficients) -> dict[str, Any]:
    machine, versions = lines[-1]["machine"], lines[-1]["versions"]
    apart, fit = leaving_out(measured), accuracy(measured, known)
    return {
        "script": "benchmarks/coefficients.py, from benchmarks/calibrate.py",
        "date": lines[-1]["date"],
        "machine": machine,
        "versions": versions,
        "points": len(measured),
        "errors": {
            "peak_median": round(fit.memory_median or 0, 4),
            "peak_worst": round(fit.memory_worst or 0, 4),
            "peak_left_out_median": round(statistics.median(apart), 4),
            "peak_left_out_worst": round(max(apart), 4),
            "seconds_median": round(fit.seconds_median or 0, 4),
        },
    }


def main() -> int:
    """Write a file for each kind of device that was measured."""
    for kind in Kind:
        both = list(measurements(FIT, kind))
        if not both:
            print(f"{kind}: nothing was measured")
            continue
        lines, measured = [row for row, _ in both], [each for _, each in both]
        known = fitted(measured)
        provenance = _provenance(lines, measured, known)
        path = shipped_coefficients.FOLDER / f"{kind}.json"
        path.write_text(shipped_coefficients.dumps(known, provenance), encoding="utf-8")
        print(path.name, json.dumps(provenance["errors"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
