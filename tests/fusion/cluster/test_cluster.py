"""Jobs on the nodes of a real Ray cluster, all on this machine: they end, whatever becomes of nodes and workers."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from api.machine import nodes_of
from fusion.cluster import connect
from fusion.jobs import Jobs, WorkerView
from fusion.settings import Settings
from fusion.types import State
from fusion.weights import catalog, segmenter
from tests.support import fake_pipeline as fake
from tests.support.queued import end, start_running, submit
from tests.support.waiting import until

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="Ray is not installed (requirements-cluster.txt)"
    ),
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("default"),  # Ray has its own, of which none is about us
]
_STORE_BYTES = 100 * 1024**2


class Nodes:
    """A head and nodes, of which none has a card."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "object_store_memory": _STORE_BYTES, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def add(self, **environ: str) -> Any:
        return self.cluster.add_node(num_cpus=1, object_store_memory=_STORE_BYTES, env_vars=environ or None)

    def remove(self, node: Any) -> None:
        self.cluster.remove_node(node, allow_graceful=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clustered")


@pytest.fixture(scope="module", autouse=True)
def nodes(data: Path) -> Iterator[Nodes]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUSEWISE_DATA", str(data))
        patch.setenv("FUSEWISE_PIPELINE", "tests.support.fake_pipeline:FakePipeline")
        made = Nodes()
        yield made
        made.cluster.shutdown()


@pytest.fixture(scope="module")
def jobs(nodes: Nodes, data: Path) -> Iterator[Jobs]:
    nodes.add()
    queue = Jobs(data / "jobs", cluster=connect(nodes.address))
    queue.start()
    until(lambda: ready(queue))
    yield queue
    queue.close()
    assert [*(data / "node").rglob("*/photos")] == [], "no photo is left on the nodes"


def far(jobs: Jobs) -> list[WorkerView]:
    return [view for view in jobs.workers() if view.node is not None]


def ready(jobs: Jobs) -> list[WorkerView]:
    return [view for view in far(jobs) if view.state == "ready"]


def kill_a_worker(data: Path) -> None:
    """One of those on the nodes; the folders of their actors are named after these."""
    workers = []
    for folder in (data / "node").iterdir():
        with contextlib.suppress(psutil.NoSuchProcess):  # it was on a node that is lost
            actor = psutil.Process(int(folder.name.partition(",")[0]))
            workers += [child for child in actor.children() if "fusion.worker" in child.cmdline()]
    workers[0].kill()


def test_a_job_runs_on_a_node_and_its_results_lie_here(jobs: Jobs) -> None:
    view = end(jobs, submit(jobs))
    assert view.progress.state == State.DONE
    assert view.outcome is not None
    assert view.outcome.facts.output == jobs.folder / view.id / "output.png"
    assert {"output.png", "before.png"} <= {file.name for file in (jobs.folder / view.id).iterdir()}
    assert jobs.preview(view.id, Settings(brightness=0.2)).startswith(b"\xff\xd8")
    own = [each.pid for each in jobs.workers() if each.node is None]
    assert [row.pid for row in jobs.registered()] == own, "of another machine's processes none is written down here"


def test_a_job_on_a_node_is_cancelled_as_here(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    assert [view.job for view in far(jobs)] == [id]
    jobs.cancel(id)
    assert end(jobs, id).progress.state == State.CANCELLED
    stuck = submit(jobs, fake.STUCK)
    start_running(jobs, stuck)
    jobs.cancel(stuck)
    assert end(jobs, stuck).progress.state == State.CANCELLED
    assert end(jobs, submit(jobs)).progress.state == State.DONE


def test_a_failure_on_a_node_is_told_as_it_is(jobs: Jobs) -> None:
    assert str(getattr(end(jobs, submit(jobs, fake.FACELESS)).error, "reason", None)) == "no_face"
    deadly = end(jobs, submit(jobs, fake.DIES))
    assert (deadly.progress.state, deadly.deaths) == (State.FAILED, 3)


def test_a_worker_of_a_node_is_restarted_and_its_job_runs_again(jobs: Jobs) -> None:
    id = submit(jobs, fake.SLOW)
    start_running(jobs, id)
    (before,) = far(jobs)
    jobs.restart(before.pid)
    until(lambda: any(view.job == id and view.pid != before.pid for view in far(jobs)))
    assert jobs.view(id).deaths == 0
    jobs.cancel(id)
    end(jobs, id)


def test_a_node_gets_the_weights_that_it_lacks(jobs: Jobs, nodes: Nodes, tmp_path: Path) -> None:
    network = catalog.SEGMENTERS[1]
    here = segmenter.place(network)
    here.parent.mkdir(parents=True)
    here.write_bytes(b"\0\0\0\0TFL3".ljust(network.minimum_bytes, b"x"))  # more than one piece
    second = nodes.add(FUSEWISE_DATA=str(tmp_path))
    until(lambda: len(ready(jobs)) == 2)
    assert (tmp_path / "weights" / segmenter.FOLDER / network.name).read_bytes() == here.read_bytes()
    here.unlink()
    nodes.remove(second)
    until(lambda: len(far(jobs)) == 1)


def test_a_job_whose_node_is_lost_runs_on_another_one(jobs: Jobs, nodes: Nodes) -> None:
    second = nodes.add()
    until(lambda: len(ready(jobs)) == 2)
    ids = [submit(jobs, fake.SLOW), submit(jobs, fake.SLOW)]
    for id in ids:
        start_running(jobs, id)
    lost = next(view for view in far(jobs) if second.node_id[:6] in str(view.node))
    (other,) = [id for id in ids if id != lost.job]
    nodes.remove(second)
    until(lambda: lost.job not in [view.job for view in far(jobs)])
    jobs.cancel(other)
    until(lambda: [view.job for view in far(jobs)] == [lost.job])
    assert jobs.view(str(lost.job)).deaths == 0, "that was not the job's fault"
    jobs.cancel(str(lost.job))
    end(jobs, str(lost.job))


def test_no_job_is_lost_with_a_node_and_a_worker(jobs: Jobs, nodes: Nodes, data: Path) -> None:
    second = nodes.add()
    until(lambda: len(ready(jobs)) == 2)
    ids = [submit(jobs, fake.WAITS) for _ in range(60)]

    def done() -> int:
        return sum(jobs.view(id).progress.state == State.DONE for id in ids)

    until(lambda: done() >= 10)
    nodes.remove(second)
    until(lambda: done() >= 20)
    kill_a_worker(data)
    until(lambda: done() == 60, 240.0)


def test_a_cluster_that_is_not_there_is_an_error(jobs: Jobs) -> None:
    del jobs  # this process has joined one; another one asks
    script = "from fusion.cluster import connect; connect('127.0.0.1:9')"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode != 0
    assert "cannot be reached" in ran.stderr


def test_the_api_lists_every_worker_by_its_node(jobs: Jobs) -> None:
    until(lambda: ready(jobs))
    found = nodes_of(jobs)
    assert [(each["name"], each["state"]) for each in found] == [(view.node, view.state) for view in far(jobs)]
    assert jobs.is_clustered
