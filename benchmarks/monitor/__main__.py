"""What watching the machine costs: the processor time of the one sampler, and of one redraw of its page.

    python -m benchmarks.monitor [--seconds 60] [--runs 3] [--redraws 20]

Without a card, and with eight that tests/support/fake_nvml plays (a real driver answers more slowly: that is not in
here). Each run is a process of its own, which samples once a second. Lines go to results/monitor.jsonl.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.shared import common
from tests.support.fake_nvml import build

MOST_SHARE = 0.02  # of one core, at 1 Hz: the bar
CASES = {"no card": ("t4", "none"), "8 cards": ("eight", "new")}


def once(libraries: Path, case: str, seconds: float, redraws: int) -> dict[str, Any]:
    """One run in a process of its own."""
    profile, variant = CASES[case]
    with tempfile.TemporaryDirectory(prefix="fusewise-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.monitor.run", str(seconds), str(redraws)],
            env=build.environment(libraries, profile, variant, {"FUSEWISE_DATA": folder}),
            cwd=common.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return facts


def main() -> int:
    """As this file's text says; the exit code is 1 where the bar is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--redraws", type=int, default=20)
    asked = parser.parse_args()
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        libraries = build.build(Path(folder))
        for case in CASES:
            runs = [once(libraries, case, asked.seconds, asked.redraws) for _ in range(asked.runs)]
            shares = [run["core_share"] for run in runs]
            worst = max(worst, statistics.median(shares))
            facts = {"case": case, "runs": len(runs), "samples": sum(run["samples"] for run in runs)}
            facts |= {"core_share": round(statistics.median(shares), 4), "core_share_max": round(max(shares), 4)}
            drawn = [run["redraw_s"] for run in runs if "redraw_s" in run]
            facts |= {"redraw_s": round(statistics.median(drawn), 4)} if drawn else {}
            common.record("monitor", facts)
            print(f"{case}: {100 * facts['core_share']:.2f} % of a core (n = {len(runs)})", *drawn)
    return int(worst > MOST_SHARE)


if __name__ == "__main__":
    sys.exit(main())
