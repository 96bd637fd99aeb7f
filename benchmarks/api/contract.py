"""Requests of every kind, made of the API's own description: each is answered as that says, and by no failure.

    python -m benchmarks.api.contract [--cases 2000] [--seed 1] [--no-record]

Schemathesis reads /openapi.json of a server over a pipeline that computes nothing, and asks what is allowed and what is
not. Where a photo is asked for it sends a real one every other time; where a prediction, one that is there. Every
answer must have a status, a kind and a shape that are described, and none may be a failure of the server's. Aimed at:
2,000 cases, none wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.api.photos import plain, uri
from benchmarks.api.server import PLAYED, ROOT, asked, served

CASES = 2000
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
)
_EACH = 75  # cases of an address and method, at first
_HOOKS = "benchmarks.api.real_values"


def main() -> int:
    """Runs, tells and records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-record", action="store_true", help="keep no line of it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), _EACH, given.seed)
    print(json.dumps(found, indent=1))
    is_good = not found["failures"] and found["cases"] >= given.cases
    if not given.no_record:
        from benchmarks.shared.common import record, verdict

        record("api_contract", {**found, "verdict": verdict(is_good)})
    return 0 if is_good else 1


def run(folder: Path, each: int, seed: int) -> dict[str, Any]:
    """What came of it.

    Args:
        each: the most cases of an address and method.
    """
    with served(folder, PLAYED) as server:
        ids = [_made(server.url, red) for red in range(3)]
        report = folder / "report.json"
        words = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "-m", "all"]
        words += ["--max-examples", str(each), "--seed", str(seed), "--continue-on-failure"]
        words += ["--checks", ",".join(CHECKS)]
        words += ["--report", "json", "--report-json-path", str(report), "--no-shrink", "--request-timeout", "60"]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": _HOOKS, "REAL_IDS": ",".join(ids), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        if not report.exists():
            raise RuntimeError(done.stdout + done.stderr)
        return _told(json.loads(report.read_text(encoding="utf-8")))


def _told(report: dict[str, Any]) -> dict[str, Any]:
    return {
        "cases": report["test_cases"]["generated"],
        "operations": report["operations"]["tested"],
        "wrong": report["test_cases"]["with_failures"],
        "failures": [str(each)[:400] for each in (*report["failures"], *report["errors"])][:20],
        "seconds": round(report["running_time"], 1),
        "schemathesis": report["schemathesis_version"],
    }


def _made(url: str, red: int) -> str:
    photos = {"target": uri(plain(red)), "source": uri(plain(90))}
    status, found = asked(f"{url}/v1/predictions", {**photos, "consent": True, "ratio": 0.5}, Prefer="wait=60")
    assert status == 201, found
    return str(found["id"])


if __name__ == "__main__":
    sys.exit(main())
