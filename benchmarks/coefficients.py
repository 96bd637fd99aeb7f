"""Writes advisor/coefficients/<kind>.json from results/calibrate.jsonl: what is known before a machine measures itself.

    python -m benchmarks.coefficients [--results FILE]

The newest run of the `fit` set counts, for each kind of device. With the coefficients stand where they come from and
their errors: on the points themselves, and leaving each point out in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from advisor import prior
from advisor.cost import Coefficients, Regime, predict
from advisor.fit import fitted, warm_seconds
from advisor.place import Kind
from fusion.measurement import Measurement

RESULTS = Path(__file__).parent / "results" / "calibrate.jsonl"


def points(rows: Iterable[dict[str, Any]], kind: Kind, part: str) -> list[tuple[dict[str, Any], Measurement]]:
    """The measurements of a set on a kind of device, each with its line."""
    done = (row for row in rows if row["set"] == part and "measurement" in row)
    found = [(row, Measurement.from_json(row["measurement"])) for row in done]
    return [(row, each) for row, each in found if (each.device == Kind.CPU) == (kind == Kind.CPU)]


def errors(measured: Iterable[Measurement], known: Coefficients) -> list[float]:
    """Relative errors of the predicted peaks."""
    return [abs(predict(each.workload, known).peak_bytes / each.peak_bytes - 1) for each in measured]


def leaving_out(measured: list[Measurement]) -> list[float]:
    """Relative errors of each workload's peaks, predicted from the others of its regime, where there are two."""
    found: list[float] = []
    for work in {each.workload for each in measured}:
        others = [each for each in measured if each.workload != work]
        if len({each.workload for each in others if Regime.of(each.workload) == Regime.of(work)}) > 1:
            found += errors([each for each in measured if each.workload == work], fitted(others))
    return found


def _provenance(lines: list[dict[str, Any]], measured: list[Measurement], known: Coefficients) -> dict[str, Any]:
    machine, versions = lines[-1]["machine"], lines[-1]["versions"]
    fit, apart = errors(measured, known), leaving_out(measured)
    late = [
        abs(seconds / warm_seconds(each) - 1)
        for each in measured
        if not each.is_cold and (seconds := predict(each.workload, known).seconds) is not None
    ]
    return {
        "script": "benchmarks/coefficients.py, from benchmarks/calibrate.py",
        "date": lines[-1]["date"],
        "machine": machine,
        "versions": versions,
        "points": len(measured),
        "errors": {
            "peak_median": round(statistics.median(fit), 4),
            "peak_worst": round(max(fit), 4),
            "peak_left_out_median": round(statistics.median(apart), 4),
            "peak_left_out_worst": round(max(apart), 4),
            "seconds_median": round(statistics.median(late), 4),
        },
    }


def main() -> int:
    """Write a file for each kind of device that was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    text = parser.parse_args().results.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    for kind in Kind:
        both = points(rows, kind, "fit")
        if not both:
            print(f"{kind}: nothing was measured")
            continue
        lines, measured = [row for row, _ in both], [each for _, each in both]
        known = fitted(measured)
        provenance = _provenance(lines, measured, known)
        path = prior.FOLDER / f"{kind}.json"
        path.write_text(prior.dumps(known, provenance), encoding="utf-8")
        print(path.name, json.dumps(provenance["errors"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
