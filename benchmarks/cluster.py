"""What a Ray cluster adds to a job, and what it brings: all of it on this machine, with a pipeline that only waits.

    python -m benchmarks.cluster [--count 30]

`overhead`: what a job takes from its submission to its end, `count` by the local worker and `count` by a worker on a
node, in turns; the difference of the medians. `nodes`: the seconds for `count` jobs that wait half a second each, with
one node and with two. `fused`: the same for real fusions of photos that no worker has seen, and by the local worker;
workers on one machine share its cores. `lost`: of 60 jobs that wait, while one of two nodes is lost and a worker is
killed. The pipeline that waits is the one of the tests. Needs Ray (requirements-cluster.txt). A line goes to
results/cluster.jsonl.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
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
from PIL import Image

from benchmarks.shared import common
from fusion.cluster import connect
from fusion.jobs import Jobs
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import ENDED, EngineName, State
from tests.support import fake_pipeline as fake
from tests.support.fixtures.photos import plain

PHOTO = plain()
STORE_BYTES = 100 * 1024**2
LONGEST_S = 300.0
FUSIONS = 12
_UNSEEN = itertools.cycle(range(1, 255))


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


def unseen(count: int) -> list[tuple[bytes, bytes]]:
    """The sample photos, in so many files that differ: workers remember those that they have seen."""
    found = []
    for number in range(count):
        pair = []
        for data in samples.sample_pair():
            photo, into = Image.open(io.BytesIO(data)).convert("RGB"), io.BytesIO()
            photo.putpixel((0, 0), (number, next(_UNSEEN), 0))
            photo.save(into, "PNG", compress_level=1)
            pair.append(into.getvalue())
        found.append((pair[0], pair[1]))
    return found


def fuse_all(queue: Jobs, count: int) -> float:
    """Seconds for so many real fusions.

    Raises:
        SystemExit: one has failed.
    """
    pairs = unseen(count)
    began = time.perf_counter()
    ids = [queue.submit(*pair, Settings(engine=EngineName.LANDMARK)) for pair in pairs]
    wait_for(lambda: all(queue.view(id).progress.state in ENDED for id in ids))
    taken = time.perf_counter() - began
    if any(queue.view(id).progress.state != State.DONE for id in ids):
        raise SystemExit("a job has failed")
    return taken


def fused(count: int) -> dict[str, Any]:
    """Real fusions: by the local worker, on one node, on two, each warm."""
    os.environ.pop("FUSEWISE_PIPELINE", None)
    found: dict[str, Any] = {"fusions": count}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        data = Path(folder)
        os.environ["FUSEWISE_DATA"] = folder
        with contextlib.closing(Jobs(data / "local" / "jobs")) as local:
            local.start()
            fuse_all(local, 2)
            found["fused_local_s"] = round(fuse_all(local, count), 2)
        cluster = clustered(ending)
        far = ending.enter_context(contextlib.closing(Jobs(data / "far" / "jobs", cluster=connect(cluster.address))))
        far.start()
        for number, name in enumerate(("fused_one_node_s", "fused_two_nodes_s"), 1):
            cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
            ready(far, number)
            fuse_all(far, 2 * number)
            found[name] = round(fuse_all(far, count), 2)
    return found


def clustered(ending: contextlib.ExitStack) -> Any:
    """A head, which ends with `ending`."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    ending.callback(cluster.shutdown)
    return cluster


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
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ending:
        data = Path(folder)
        os.environ["FUSEWISE_DATA"] = folder
        os.environ["FUSEWISE_PIPELINE"] = "tests.support.fake_pipeline:FakePipeline"
        cluster = clustered(ending)
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
    found = {"n": count, "ray": metadata.version("ray"), **measure(count), **fused(FUSIONS)}
    print(found)
    common.record("cluster", found)


if __name__ == "__main__":
    main()
