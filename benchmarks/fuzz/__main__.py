"""Damaged files for every reader: nothing but a `FusionError` may come out, and the process must live.

    python -m benchmarks.fuzz [--count 2000] [READER ...]

Each reader runs in a process of its own, so that a decoder's crash is seen and its memory is its own. What is found
goes to `results/fuzz.jsonl`; inputs that were not caught are named by their numbers, from which they come again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from typing import Any

from benchmarks.fuzz.readers import READERS, mutated, seeds
from fusion.errors import FusionError
from fusion.memory import budget
from fusion.units import MIB


def run(name: str, count: int) -> dict[str, Any]:
    """What came of so many inputs of one reader, read in this process."""
    given, read = seeds(name), READERS[name]
    for seed in given:
        read_or_refuse = _outcome(name, seed)
        assert read_or_refuse in ("read", "photo_missing"), read_or_refuse
    found: dict[str, int] = {}
    uncaught: list[str] = []
    slowest, before = 0.0, _peak_mib()
    for number in range(count):
        data = mutated(given[number % len(given)], number)
        begun = time.perf_counter()
        try:
            read(data)
            outcome = "read"
        except FusionError as error:
            outcome = error.reason
        except BaseException as error:
            outcome = "uncaught"
            uncaught.append(f"{number}: {type(error).__name__}: {error}"[:200])
        slowest = max(slowest, time.perf_counter() - begun)
        found[outcome] = found.get(outcome, 0) + 1
    return {
        "reader": name,
        "inputs": count,
        "uncaught": uncaught,
        "outcomes": dict(sorted(found.items(), key=lambda one: -one[1])),
        "slowest_s": round(slowest, 3),
        "peak_mib": round(_peak_mib()),
        "peak_before_mib": round(before),
    }


def _outcome(name: str, data: bytes) -> str:
    try:
        READERS[name](data)
    except FusionError as error:
        return error.reason
    return "read"


def _peak_mib() -> float:
    return budget.peak_bytes() / MIB  # what `getrusage` says a process has from the one that started it


def _apart(name: str, count: int) -> dict[str, Any]:
    """The same in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.fuzz", "--here", "--count", str(count), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = f"the process ended with {done.returncode}: {done.stderr[-300:]}"
        return {"reader": name, "inputs": count, "uncaught": [why]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Runs, tells and records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="*", choices=[*READERS, []], help="all if none is named")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--here", action="store_true", help="in this process, and print the findings alone")
    parser.add_argument("--no-record", action="store_true", help="keep no line of it")
    given = parser.parse_args()
    if given.here:
        warnings.simplefilter("ignore")
        print(json.dumps(run(given.readers[0], given.count)))
        return 0
    found = []
    for name in given.readers or READERS:
        found.append(_apart(name, given.count))
        print(json.dumps(found[-1], ensure_ascii=False), flush=True)
    uncaught = sum(len(each["uncaught"]) for each in found)
    print(f"{len(found)} readers, {given.count} inputs each: {uncaught} uncaught")
    if not given.no_record:
        from benchmarks.shared.common import record

        record("fuzz", {"readers": found, "verdict": "fail" if uncaught else "pass"})
    return 1 if uncaught else 0


if __name__ == "__main__":
    sys.exit(main())
