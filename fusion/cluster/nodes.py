"""A cluster as the head sees it: its nodes, and the places on them where a worker can be."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion import config
from fusion.cluster.hosted import Hosted
from fusion.cluster.remote import RemoteProcess
from fusion.errors import FusionError, Reason
from fusion.threads import ServiceThread

AUTO = "auto"  # the cluster that runs on this machine, or the one that RAY_ADDRESS names
VRAM = "vram_mib"  # a resource that a node may state: the memory of its cards together, in MiB
# What decides how a worker of ours goes about its jobs: the head's settings count on every node. Folders, weights and
# certificates are each machine's own, and tokens stay where they are.
SHARED = (
    "FUSEWISE_MAX_UPLOAD_MB",
    "FUSEWISE_PIPELINE",
    "FUSEWISE_PRODUCER",
    "FUSEWISE_REFUSAL",
    "FUSEWISE_REFUSAL_THRESHOLD",
    "FUSEWISE_WATERMARK",
)
_JOIN_S, _ANSWER_S = 60.0, 5.0
_CALLS = 4  # of an actor that may run beside each other: one listens, which takes its time


@dataclass(frozen=True, slots=True)
class Place:
    """Where a worker can be: a card of a node, or a node without one.

    Attributes:
        node: the node's id in Ray.
        host: its name.
        number: of the place on the node, from 0.
        has_card: whether a card belongs to it.
        vram_mib: what its card has, as the node states it; None where it does not.
    """

    node: str
    host: str
    number: int
    has_card: bool
    vram_mib: int | None = None

    @property
    def name(self) -> str:
        """For people: two nodes may have one name."""
        return f"{self.host} {self.node[:6]} #{self.number + 1}"


class Cluster:
    """A cluster that this process has joined.

    Args:
        ray: the module.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._here = ray.get_runtime_context().get_node_id()

    def places(self) -> tuple[Place, ...]:
        """Of the nodes that are there now; none of this machine's own, whose workers need no cluster.

        Raises:
            FusionError: "cluster_unreached".
        """
        found = [place for node in self._nodes() if node["NodeID"] != self._here for place in _places(node)]
        return tuple(sorted(found, key=lambda place: (place.host, place.node, place.number)))

    def start(self, place: Place, log: Path, *, ready_first: bool) -> RemoteProcess:
        """Have a node start a worker. Returns at once.

        Args:
            log: what the worker's log says at its end is added to this file.
            ready_first: as for `fusion.worker`.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        made = self._ray.remote(Hosted).options(
            num_cpus=0,
            num_gpus=1 if place.has_card else 0,
            resources={} if place.vram_mib is None else {VRAM: place.vram_mib},
            max_restarts=0,  # a worker that died is started again by its supervisor, and a job by the queue
            max_task_retries=0,
            max_concurrency=_CALLS,
            scheduling_strategy=NodeAffinitySchedulingStrategy(place.node, soft=False),
        )
        process = RemoteProcess(self._ray, made.remote(), place.name, log, lambda: self._is_there(place))
        process.begin({name: os.environ[name] for name in SHARED if name in os.environ}, ready_first=ready_first)
        return process

    def close(self) -> None:
        """Leave it."""
        self._ray.shutdown()

    def _is_there(self, place: Place) -> bool:
        try:
            return any(node["NodeID"] == place.node for node in self._nodes())
        except FusionError:
            return False

    def _nodes(self) -> list[Mapping[str, Any]]:
        try:
            return [node for node in self._ray.nodes() if node["Alive"]]
        except (self._ray.exceptions.RayError, OSError, RuntimeError) as error:
            raise FusionError(Reason.CLUSTER_UNREACHED, address=AUTO, why=str(error)) from error


def configured() -> Cluster | None:
    """The cluster that FUSEWISE_RAY_ADDRESS names, joined; None where it names none. Raises as `connect`."""
    address = config.load().ray_address
    return None if address is None else connect(address)


def connect(address: str) -> Cluster:
    """Join a cluster; a process joins one at most.

    Args:
        address: of its head, as HOST:PORT, or `AUTO`.

    Raises:
        FusionError: "cluster_missing": Ray is not installed; "cluster_unreached".
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers of each cluster
    if importlib.util.find_spec("ray") is None:
        raise FusionError(Reason.CLUSTER_MISSING)
    joined: list[Cluster] = []
    failed: list[FusionError] = []
    # In a thread of its own: in the main one Ray would take the server's signals for itself.
    joining = ServiceThread(lambda: joined.append(_join(address)), "join a cluster", failed.append)
    joining.start()
    joining.join(_JOIN_S)
    if not joined:
        why = failed[0].details.get("why", failed[0].message) if failed else f"{_JOIN_S:.0f} s"
        raise FusionError(Reason.CLUSTER_UNREACHED, address=address, why=str(why))
    return joined[0]


def _join(address: str) -> Cluster:
    if address != AUTO:  # Ray itself would wait for ever for one where nobody listens
        host, _, port = address.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER_S).close()
    import ray

    if not ray.is_initialized():
        ray.init(address=address, log_to_driver=False, configure_logging=False, logging_level=logging.ERROR)
    return Cluster(ray)


def _places(node: Mapping[str, Any]) -> Iterator[Place]:
    stated = node["Resources"]
    cards = int(stated.get("GPU", 0))
    vram_mib = int(stated[VRAM]) // max(cards, 1) if VRAM in stated else None
    for number in range(max(cards, 1)):
        yield Place(node["NodeID"], node["NodeManagerHostname"], number, cards > 0, vram_mib)
