"""What the API adds to a job: from the first byte of the request to the picture, less the job's own seconds.

    python -m benchmarks.api.overhead [--runs 30] [--no-record]

The sample pair at 512 px with the landmark engine, as a form, with `Prefer: wait`; then the picture is fetched, with
its label in it. A job's own seconds are those that the worker measures and the command line tells, of reading, fusing
and writing; what is added to those from its start to its end in the queue, which a job of a page has, too, is told
beside. Photos are others each time, by a byte, so that nothing is remembered. Aimed at: 40 ms at the median, for the
answer that says that it is done.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.api.server import Server, served
from fusion.photos import samples

RUNS, WARM, AIM_MS = 30, 3, 40.0


def main() -> int:
    """Runs, tells and records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--no-record", action="store_true", help="keep no line of it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server:
        rows = [_once(server, number) for number in range(WARM + given.runs)][WARM:]
    found = {"runs": given.runs, **{name: _spread([row[name] for row in rows]) for name in rows[0]}}
    print(json.dumps(found, indent=1))
    is_good = found["added_to_measured_ms"]["median"] <= AIM_MS
    if not given.no_record:
        from benchmarks.shared.common import record, verdict

        record("api_overhead", {**found, "verdict": verdict(is_good)})
    return 0 if is_good else 1


def _once(server: Server, number: int) -> dict[str, float]:
    """Milliseconds: of all until it is done, of the job, of what was added, of fetching the picture."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    body, kind = _form(number)
    began = time.perf_counter()
    line.request("POST", "/v1/predictions", body, {"Content-Type": kind, "Prefer": "wait=60"})
    answer = line.getresponse()
    found: dict[str, Any] = json.loads(answer.read())
    done = time.perf_counter()
    assert found["status"] == "succeeded", found
    line.request("GET", f"/v1/predictions/{found['id']}/output")
    assert line.getresponse().read().startswith(b"\x89PNG")
    fetched = time.perf_counter()
    line.close()
    all_ms, measured_ms = 1000 * (done - began), 1000 * found["metrics"]["predict_time"]
    own_ms = 1000 * (found["job"]["ended"] - found["job"]["started"])
    return {
        "all_ms": all_ms,
        "job_ms": own_ms,
        "added_ms": all_ms - own_ms,
        "measured_ms": measured_ms,
        "added_to_measured_ms": all_ms - measured_ms,
        "output_ms": 1000 * (fetched - done),
    }


def _form(number: int) -> tuple[bytes, str]:
    """The sample pair, each file with some bytes behind its end that make it another one."""
    target, source = (photo + f"run {number}".encode() for photo in samples.sample_pair())
    parts = {"target": target, "source": source, "consent": b"true", "settings": b'{"output": "512"}'}
    lines = []
    for name, value in parts.items():
        file = f'; filename="{name}"' if name in ("target", "source") else ""
        head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        lines.append(head.encode() + value + b"\r\n")
    return b"".join(lines) + b"--edge--\r\n", "multipart/form-data; boundary=edge"


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    ninth = ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]
    return {"median": round(statistics.median(ordered), 1), "p90": round(ninth, 1), "most": round(ordered[-1], 1)}


if __name__ == "__main__":
    sys.exit(main())
