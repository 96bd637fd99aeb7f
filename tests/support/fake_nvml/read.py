"""Run the real Reader, in a process of its own, over whatever libnvidia-ml.so.1 is found; print what it read.

The only argument is a JSON object: `reads` (how many), `threads` (each so many), and the Reader's `retry_s` and
`sees_all`. `ours` is this process. Prints {"snapshots", "pid", "inits", "opened", "child", "places"}, the numbers
being the fake library's in all processes, `child` the first card's name in a forked child,
if `fork` is asked for, and `places` where a fusion would run by each snapshot, if `place` gives the arguments.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from advisor.device import Reader, Snapshot
from advisor.device.capabilities import precision_for
from advisor.device.compute_target import place_of


def noted() -> Counter[str]:
    """What the fake library has noted, and how often."""
    log = Path(os.environ["FAKE_NVML_LOG"])
    return Counter(log.read_text().split() if log.exists() else ())


def forked(reader: Reader) -> Any:
    """What a child of this process reads through the reader that it inherits."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        snapshot = reader.read()
        os.write(send, json.dumps(snapshot.gpus[0].name).encode())
        reader.close()
        os._exit(0)
    os.waitpid(child, 0)
    return json.loads(os.read(receive, 1000))


def placed(snapshot: Snapshot, asked: dict[str, Any]) -> dict[str, Any]:
    """Where a fusion would run, who else is there, and in which precision it would compute."""
    place = place_of(snapshot, **asked)
    holders = [[holder.pid, holder.used_bytes] for holder in place.holders]
    return place.to_json() | {"holders": holders, "precision": precision_for(place, snapshot)}


def main() -> None:
    """As this file's text says."""
    asked = json.loads(sys.argv[1])
    ours = frozenset({os.getpid()})
    with Reader(Path(), retry_s=asked.get("retry_s", 0.0), sees_all=asked.get("sees_all", True)) as reader:

        def read(_: int) -> list[Snapshot]:
            return [reader.read(ours) for _ in range(asked.get("reads", 1))]

        with ThreadPoolExecutor(asked.get("threads", 1)) as pool:
            snapshots = [each for several in pool.map(read, range(asked.get("threads", 1))) for each in several]
        child = forked(reader) if asked.get("fork") else None
    places = [placed(each, asked["place"]) for each in snapshots] if "place" in asked else []
    facts: dict[str, Any] = {
        "places": places,
        "pid": os.getpid(),
        "inits": noted()["init"],
        "opened": noted()["opened"] - noted()["closed"],
    }
    print(json.dumps({"snapshots": [each.to_json() for each in snapshots], "child": child, "places": places, **facts}))


main()
