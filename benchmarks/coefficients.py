"""Writes advisor/forecast/coefficients/KIND.json: what is known before a machine measures itself.

    python -m benchmarks.coefficients [--kind cpu|cuda]

All lines of the `fit` set in results/calibrate.jsonl count that tell of such a device: of memory or of seconds, or of
both (`calibrate.told`). With the coefficients stand where they come from and their errors: on the points themselves,
and leaving each workload out in turn. A card's file is written where it is asked for alone: it holds what was traced
(benchmarks/trace.py). What was measured takes the place of the lines that it tells of, and of no others.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from advisor.device.compute_target import Kind
from advisor.forecast import Coefficients, accuracy, fitted, predict, shipped_coefficients
from advisor.forecast.kinds import Regime
from benchmarks import calibrate
from fusion.sizing import Measurement

LEAST_WORKLOADS = 3  # of a kind


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


def _provenance(kind: Kind, known: Coefficients) -> dict[str, Any]:
    memory, seconds = calibrate.told(kind)
    measured = [row for _, row in memory]
    apart, fit = leaving_out(measured), accuracy(measured, known)
    timed = accuracy([row for _, row in seconds], known)
    return {
        "script": "benchmarks/coefficients.py, from benchmarks/calibrate.py",
        **_birth(memory),
        "seconds_from": _birth(seconds),
        "errors": {
            "peak_median": round(fit.memory_median or 0, 4),
            "peak_worst": round(fit.memory_worst or 0, 4),
            "peak_left_out_median": round(statistics.median(apart), 4) if apart else None,
            "peak_left_out_worst": round(max(apart), 4) if apart else None,
            "seconds_median": round(timed.seconds_median or 0, 4),
        },
    }


def _birth(lines: list[tuple[dict[str, Any], Measurement]]) -> dict[str, Any]:
    newest = lines[-1][0]
    return {name: newest[name] for name in ("date", "machine", "versions")} | {"points": len(lines)}


def _known_well(kind: Kind) -> set[Regime]:
    """Kinds of work of which enough was measured for a line through it: of a few, the line that is there is better."""
    works = {row.workload for _, row in calibrate.told(kind)[0]}
    counts = Counter(Regime.of(work) for work in works)
    return {regime for regime, count in counts.items() if count >= LEAST_WORKLOADS}


def _traced(before: dict[str, Any]) -> dict[str, Any]:
    """What a file says of its traces, for the file that takes its place."""
    birth = {name: before[name] for name in ("script", "date", "machine", "versions") if name in before}
    return {"traced": birth} | {name: before[name] for name in ("traced", "networks", "traces") if name in before}


def write(kind: Kind, folder: Path = shipped_coefficients.FOLDER) -> Path | None:
    """The file of a kind of device; None where nothing tells of it, and then nothing is changed.

    Raises:
        KeyError, TypeError, ValueError: the file that is there is none of coefficients.
    """
    if not all(calibrate.told(kind)):
        return None
    path = folder / f"{kind}.json"
    text = path.read_text(encoding="utf-8")
    before, known = shipped_coefficients.loads(text), calibrate.fitted_apart(kind)
    known = replace(
        known,
        loaded_bytes={**before.loaded_bytes, **known.loaded_bytes},
        memory={
            **before.memory,
            **{regime: line for regime, line in known.memory.items() if regime in _known_well(kind)},
        },
        seconds={**before.seconds, **known.seconds},
        spread={**before.spread, **known.spread},
        margin_bytes=before.margin_bytes,
        reads_there=before.reads_there,
    )
    facts = {**(_traced(json.loads(text)) if kind == Kind.CUDA else {}), **_provenance(kind, known)}
    path.write_text(shipped_coefficients.dumps(known, facts), encoding="utf-8")
    return path


def main() -> int:
    """Run the command line; 1 where nothing was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", type=Kind, choices=list(Kind), default=Kind.CPU)
    kind = parser.parse_args().kind
    path = write(kind)
    if path is None:
        print(f"{kind}: nothing was measured, and nothing is written")
        return 1
    print(path.name, json.dumps(json.loads(path.read_text(encoding="utf-8"))["errors"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
