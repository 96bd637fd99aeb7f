"""What the machine can do now, read at most once a second for all sessions. No Streamlit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from advisor.device import Place, Snapshot, Ways, capabilities, compute_target, monitor
from advisor.forecast import Coefficients, fitted, shipped
from fusion.errors import FusionError, frameless
from fusion.jobs import Jobs, WorkerView
from fusion.memory import cores
from fusion.types import Precision

FRESH_SECONDS = 1.0  # so long one look at the machine serves everybody


@dataclass(frozen=True, slots=True)
class Machine:
    """What a forecast is made with.

    Attributes:
        measured: how many measurements of it are kept.
        loaded: the precision in which the unet engine's networks are held; None where they are not.
        ledger_error: why measurements cannot be used; None where they can.
        node: the place on another machine that this is; None for this machine.
        others_differ: whether a job may go elsewhere, where it would be another forecast.
    """

    place: Place
    ways: Ways
    coefficients: Coefficients
    measured: int
    loaded: Precision | None
    ledger_error: FusionError | None
    node: str | None = None
    others_differ: bool = False


class Watch:
    """Looks at the machine, from any thread.

    While something computes, the place stays as it was before: what a job takes is free again after it.

    Args:
        read: the machine now; the page has one reader for everybody.
        is_measuring: whether trials are running beside the worker.
    """

    def __init__(self, queue: Jobs, read: Callable[[], Snapshot], is_measuring: Callable[[], bool]) -> None:
        self._queue = queue
        self._read = read
        self._is_measuring = is_measuring
        self._lock = threading.Lock()
        self._seen: Machine | None = None
        self._looked_at = 0.0
        self._learnt: tuple[tuple[int, str, int], Coefficients, int] | None = None

    def look(self) -> Machine:
        """The machine, as it was at most a second ago."""
        with self._lock:
            now = time.monotonic()
            if self._seen is None or now - self._looked_at >= FRESH_SECONDS:
                self._seen, self._looked_at = self._look(self._seen), now
            return self._seen

    def _look(self, last: Machine | None) -> Machine:
        worker = self._queue.next_worker()
        is_kept = last is not None and last.node == worker.node
        if last is not None and is_kept and (worker.state == "busy" or self._is_measuring()):
            place, means = last.place, last.ways
        elif worker.node is not None and worker.able is not None:
            place = compute_target.of_node(worker, worker.able)
            snapshot = self._read()
            here = self._place(snapshot, self._queue.worker())
            means = capabilities.of_node(worker.able, capabilities.ways(here, snapshot))
        else:
            snapshot = self._read()
            place = self._place(snapshot, worker)
            means = capabilities.ways(place, snapshot)
        error = self._queue.ledger_error
        try:
            coefficients, measured = self._learn(place, cores.chosen() if worker.node is None else 0)
        except FusionError as failed:
            coefficients, measured, error = shipped(place.kind), 0, frameless(failed)
        differs = _differs(self._queue.workers()) if self._queue.is_clustered else False
        return Machine(place, means, coefficients, measured, worker.precision, error, worker.node, differs)

    def _place(self, snapshot: Snapshot, worker: WorkerView) -> Place:
        if worker.card is not None:
            snapshot = _only(snapshot, worker.card)
        place = compute_target.place_of(snapshot, torch_cuda=capabilities.torch_has_cuda(), worker_device=worker.device)
        return replace(place, held_bytes=_held_bytes(place, snapshot, worker, self._queue.loaded is not None))

    def _learn(self, place: Place, threads: int) -> tuple[Coefficients, int]:
        """The coefficients and how many measurements there are of the place; fitted anew when there are others.

        Args:
            threads: that will compute there; 0: that is not known.
        """
        known = (self._queue.ledger.count(), place.name, threads)
        if self._learnt is None or self._learnt[0] != known:
            rows = [row for row in self._queue.ledger.rows() if row.device == place.name]
            self._learnt = (known, fitted(rows, shipped(place.kind), threads), len(rows))
        return self._learnt[1:]


def _differs(workers: tuple[WorkerView, ...]) -> bool:
    """Whether those that are ready compute with different things."""
    able = [(view.device, view.able) for view in workers if view.able is not None and view.state in ("ready", "busy")]
    return any(each != able[0] for each in able)


def _only(snapshot: Snapshot, card: str) -> Snapshot:
    """The machine as a worker sees it that was given one card, or a part of one; all of it where that is gone."""
    gpus = [
        replace(gpu, parts=tuple(part for part in gpu.parts if part.uuid == card))
        for gpu in snapshot.gpus
        if card in (gpu.uuid, *(part.uuid for part in gpu.parts))
    ]
    return replace(snapshot, gpus=tuple(gpus)) if gpus else snapshot


def _held_bytes(place: Place, snapshot: Snapshot, worker: WorkerView, is_loaded: bool) -> int:
    """What the worker holds of the place's memory."""
    if worker.pid is None:
        return 0
    if place.kind == compute_target.Kind.CPU:
        return monitor.resident_bytes(worker.pid)
    for gpu in snapshot.gpus:
        listed = [process.used_bytes or 0 for process in gpu.processes or () if process.ours]
        if gpu.uuid == place.uuid and any(listed):
            return sum(listed)
    # In a container the driver's list says nothing. With its networks loaded it holds all that it does at rest.
    return place.total_bytes if is_loaded else 0
