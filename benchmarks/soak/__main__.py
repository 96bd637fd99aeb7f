"""What happens over hours and under blows: deaths, many jobs, many people.

    python -m benchmarks.soak --queue | --faults | --death | --memory | --sessions | --connections

--queue     200 jobs from 8 threads, while the worker is killed 10 times and the app ended twice: every job comes to its
            end once, in its turn, with the pixels that a calm run gives
--faults    jobs go in while 500 calls of any kind fail with errors of any class, workers are killed, and cancels come
            late: none is lost, stuck or run twice
--death     how long until a dead worker is seen and replaced
--memory    what worker and app hold after 20 jobs and after 500
--sessions  how long a page's script takes while 16 people use the app and a job runs
--connections  2,000 quick connections at 1,024 descriptors: no error, no flood in the log, and all of them given back

Lines go to results/soak.jsonl. The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.shared import common

NAME = "soak"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_mutually_exclusive_group(required=True)
    for part in ("queue", "faults", "death", "memory", "sessions", "connections"):
        parts.add_argument(f"--{part}", action="store_true")
    parser.add_argument("--jobs", type=int, help="how many (200, and 500 for --memory)")
    parser.add_argument("--count", type=int, help="of faults (500), or of connections (2000)")
    parser.add_argument("--kills", type=int, default=10, help="of the worker (10)")
    parser.add_argument("--seed", type=int, default=6, help="of the moments (6)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of load by sessions (60)")
    parser.add_argument("--descriptors", type=int, default=1024, help="that the server may open (1024)")
    given = parser.parse_args()
    if given.queue:
        from benchmarks.soak.queue import queue

        facts, good = queue(given.jobs or 200, given.kills, given.seed)
    elif given.faults:
        from benchmarks.soak.faults import faults

        facts, good = faults(given.count or 500, given.seed)
    elif given.death:
        from benchmarks.soak.death import death

        facts, good = death(given.kills)
    elif given.memory:
        from benchmarks.soak.memory import memory

        facts, good = memory(given.jobs or 500)
    elif given.connections:
        from benchmarks.soak.connections import connections

        facts, good = connections(given.count or 2000, given.descriptors)
    else:
        from benchmarks.soak.sessions import sessions

        facts, good = sessions(given.seconds, given.seed)
    common.record(NAME, {**facts, "verdict": common.verdict(good)})
    print(common.verdict(good))
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
