"""What a Ray cluster adds to a job, and what it brings: all of it on this machine, with a pipeline that only waits.

    python -m benchmarks.cluster [--count 30]

`overhead`: what a job takes from its submission to its end, `count` by the local worker and `count` by a worker on a
node, in turns; the difference of the medians. `nodes`: the seconds for `count` jobs that wait half a second each, with
one node and with two. `lost`: of 60 such jobs, while one of two nodes is lost and a worker is killed. The pipeline is
the one of the tests. Needs Ray (requirements-cluster.txt). A line goes to results/cluster.jsonl.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from benchmarks.shared import common
from fusion.cluster import connect
from fusion.jobs import Jobs
from fusion.settings import Settings
from fusion.types import ENDED, State
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain

PHOTO = plain()
STORE_BYTES = 100 * 1024**2
LONGEST_S = 300.0


def wait_for(reached: Callable[[], object], look_s: float = 0.02) -> None:
    """Wait until it is so, with a look every `look_s`, which takes the queue's own time.

    Raises:
        SystemExit: it never was.
    """
    end = time.monotonic() + LONGEST_S
    while not reached():
        if time.monotonic() > end:
            raise SystemExit("waited in vain")
        time.sleep(look_s)


def submit(queue: Jobs, ratio: float) -> str:
    """One job, whose ratio says how the pipeline behaves."""
    return queue.submit(PHOTO, PHOTO, Settings(ratio=ratio))


def seconds_of(queue: Jobs, ratio: float, count: int) -> float:
    """How long so many jobs take together.

    Raises:
        SystemExit: one has failed.
    """
    began = time.perf_counter()
    ids = [submit(queue, ratio) for _ in range(count)]
    wait_for(lambda: all(queue.view(id).progress.state in ENDED for id in ids), 0.002 if count == 1 else 0.02)
    taken = time.perf_counter() - began
    if any(queue.view(id).progress.state != State.DONE for id in ids):
        raise SystemExit("a job has failed")
    return taken


def ready(queue: Jobs, count: int) -> None:
    """Wait for so many workers on nodes."""
    wait_for(lambda: sum(view.node is not None and view.state == "ready" for view in queue.workers()) == count)


def overhead(local: Jobs, far: Jobs, count: int) -> dict[str, Any]:
    """Milliseconds of a job here and on a node, in turns."""
    pairs = [(seconds_of(local, fake.QUICK, 1), seconds_of(far, fake.QUICK, 1)) for _ in range(count + 3)][3:]
    here, there = (1000 * statistics.median(each) for each in zip(*pairs, strict=True))
    return {"local_ms": round(here, 1), "node_ms": round(there, 1), "overhead_ms": round(there - here, 1)}


def lost(queue: Jobs, remove: Callable[[], None], nodes: Path) -> int:
    """How many of 60 jobs were not done in the end."""
    ids = [submit(queue, fake.WAITS) for _ in range(60)]

    def done() -> int:
        return sum(queue.view(id).progress.state == State.DONE for id in ids)

    wait_for(lambda: done() >= 10)
    remove()
    wait_for(lambda: done() >= 20)
    kill_a_worker(nodes)
    wait_for(lambda: all(queue.view(id).progress.state in ENDED for id in ids))
    return 60 - done()


def kill_a_worker(nodes: Path) -> None:
    """One of those on the nodes that live; the folders of their actors are named after these."""
    workers: list[psutil.Process] = []
    for folder in nodes.iterdir():
        with contextlib.suppress(psutil.NoSuchProcess):
            workers += psutil.Process(int(folder.name.partition(",")[0])).children()
    workers[0].kill()


def measure(count: int) -> dict[str, Any]:
    """All of it."""
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        data = Path(folder)
        os.environ["FUSEWISE_DATA"] = folder
        os.environ["FUSEWISE_PIPELINE"] = "tests.support.fake_pipeline:FakePipeline"
        head = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        ending.callback(cluster.shutdown)
        cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        far = ending.enter_context(contextlib.closing(Jobs(data / "far" / "jobs", cluster=connect(cluster.address))))
        local = ending.enter_context(contextlib.closing(Jobs(data / "local" / "jobs")))
        for queue in (far, local):
            queue.start()
        ready(far, 1)
        found = overhead(local, far, count)
        one = seconds_of(far, fake.WAITS, count)
        second = cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        ready(far, 2)
        seconds_of(far, fake.WAITS, 4)
        two = seconds_of(far, fake.WAITS, count)
        found |= {"one_node_s": round(one, 2), "two_nodes_s": round(two, 2), "times": round(one / two, 2)}
        remove = partial(cluster.remove_node, second, allow_graceful=False)
        return found | {"jobs": 60, "lost": lost(far, remove, data / "node")}


def main() -> None:
    """Measure, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30)
    count = parser.parse_args().count
    found = {"n": count, "ray": metadata.version("ray"), **measure(count)}
    print(found)
    common.record("cluster", found)


if __name__ == "__main__":
    main()
