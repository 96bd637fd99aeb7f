"""Predictions from many clients, while the worker is killed and the server with it: none is lost, none is made twice.

    python -m benchmarks.api.endurance [--jobs 200] [--clients 16] [--kills 10] [--restarts 2] [--no-record]

Each client asks for its predictions one after the other, each with a key of its own, and waits for its end. Where the
line breaks, or the server is not there, it asks again with the same key, as a client does. Meanwhile the worker is
killed so many times, and the server is, by SIGKILL, and is started anew. At the end every key has one prediction, which
has succeeded, and there are as many jobs as keys; each is asked for once more and is the same, and with another body is
refused. Aimed at: 0 lost, 0 doubled. The pipeline is one that computes nothing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.api.photos import plain, uri
from benchmarks.api.server import PLAYED, Server, asked, served

JOBS, CLIENTS, KILLS, RESTARTS = 200, 16, 10, 2
_WORKER, _SERVER = "worker", "server"
_QUICK = 0.5  # a ratio: how the pipeline behaves
_AGAIN_S, _LONGEST_S = 0.2, 600.0
_SOURCE = uri(plain(90))


def main() -> int:
    """Runs, tells and records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--kills", type=int, default=KILLS, help="of the worker")
    parser.add_argument("--restarts", type=int, default=RESTARTS, help="of the server, each after a kill")
    parser.add_argument("--no-record", action="store_true", help="keep no line of it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), PLAYED) as server:
        found = run(server, given.jobs, given.clients, _spread(given.kills, given.restarts))
    print(json.dumps(found, indent=1))
    is_good = not any(found[name] for name in ("lost", "doubled", "changed", "taken_for_another", "failed"))
    if not given.no_record:
        from benchmarks.shared.common import record, verdict

        record("api_endurance", {**found, "verdict": verdict(is_good)})
    return 0 if is_good else 1


def run(server: Server, jobs: int, clients: int, blows: Sequence[str]) -> dict[str, Any]:
    """What came of it."""
    began, ids = time.perf_counter(), dict[int, str]()
    with ThreadPoolExecutor(clients) as pool:
        done = threading.Event()
        killer = threading.Thread(target=_kill, args=(server, blows, jobs, ids, done))
        killer.start()
        for number, id in pool.map(lambda number: (number, _asked(server, number, ids)), range(jobs)):
            ids[number] = id
        done.set()
        killer.join()
        ends = list(pool.map(lambda id: _end(server, id), ids.values()))
        again = list(pool.map(lambda number: _asked(server, number, {}), range(jobs)))
        other = list(pool.map(lambda number: _refused(server, number), range(jobs)))
    counted = _count(server)
    return {
        "jobs": jobs,
        "clients": clients,
        "kills_of_server": blows.count(_SERVER),
        "kills_of_worker": blows.count(_WORKER),
        "lost": jobs - len(set(ids.values())),
        "doubled": counted - len(set(ids.values())),
        "failed": [status for status in ends if status != "succeeded"],
        "changed": sum(id != ids[number] for number, id in enumerate(again)),
        "taken_for_another": other.count(False),
        "seconds": round(time.perf_counter() - began, 1),
    }


def _spread(kills: int, restarts: int) -> list[str]:
    """What is killed, in turn: the server's kills lie evenly among the worker's."""
    every = [((at + 0.5) / kills, _WORKER) for at in range(kills)]
    every += [((at + 0.5) / restarts, _SERVER) for at in range(restarts)]
    return [what for _, what in sorted(every)]


def _kill(server: Server, blows: Sequence[str], jobs: int, ids: Mapping[int, str], done: threading.Event) -> None:
    """Kills the worker and the server, spread over the run; each time something is under way."""
    for turn, what in enumerate(blows):
        while len(ids) < jobs * (turn + 1) // (len(blows) + 1) and not done.is_set():
            time.sleep(0.02)
        if what == _WORKER:
            server.kill_worker()
        else:
            server.kill()
            server.start()


def _asked(server: Server, number: int, ids: dict[int, str]) -> str:
    """The id of the prediction that a key has, asked for until there is an answer."""
    headers = {"Idempotency_Key": f"key {number}", "Prefer": "wait=60"}
    status, found = _patient(server, "/v1/predictions", _wish(number, _QUICK), **headers)
    assert status in (200, 201), found
    ids[number] = str(found["id"])
    return ids[number]


def _refused(server: Server, number: int) -> bool:
    """Whether another request with the same key is refused."""
    status, found = _patient(server, "/v1/predictions", _wish(number, 0.6), Idempotency_Key=f"key {number}")
    return status == 409 and found["code"] == "key_reused"


def _end(server: Server, id: str) -> str:
    """The status of a prediction once it has ended."""
    end = time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        status, found = _patient(server, f"/v1/predictions/{id}")
        if status != 200:
            return f"gone: {status}"
        if found["status"] in ("succeeded", "failed", "canceled"):
            return str(found["problem"]["code"] if found["problem"] else found["status"])
        time.sleep(_AGAIN_S)
    return "never"


def _count(server: Server) -> int:
    count, path = 0, "/v1/predictions?limit=100"
    while path:
        _, found = asked(server.url + path)
        count += len(found["results"])
        path = (found["next"] or "").removeprefix(server.url)
    return count


def _wish(number: int, ratio: float) -> dict[str, Any]:
    return {"target": uri(plain(number)), "source": _SOURCE, "consent": True, "settings": {"ratio": ratio}}


def _patient(server: Server, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
    """An answer, asked for again where there is none, or it is that it is too much."""
    end = time.monotonic() + _LONGEST_S
    while True:
        try:
            status, found = asked(server.url + path, body, **headers)
            if status not in (429, 503) or time.monotonic() > end:
                return status, found
        except (OSError, http.client.HTTPException, ValueError):
            if time.monotonic() > end:
                raise
        time.sleep(_AGAIN_S)


if __name__ == "__main__":
    sys.exit(main())
