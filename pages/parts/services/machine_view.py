"""What the page of the machine shows, gathered once a second for all who look. No Streamlit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from advisor.device import Monitor, Sample, Snapshot, monitor, orphans
from api.machine_state import Machine, Watch
from fusion.errors import FusionError, frameless
from fusion.jobs import Jobs, Mark, WorkerRow, WorkerView


@dataclass(frozen=True, slots=True)
class Live:
    """The machine and what Fusewise does with it.

    Attributes:
        samples: of the last five minutes; at least one.
        marks: when jobs ran.
        workers: of this app.
        started: every worker process that some app of this data folder has started and nobody has buried.
        strays: those whose app is dead.
        machine: what a forecast is made with.
        error: why jobs and workers of before are not known; None where they are.
        drawn: what has been drawn of it already, for whoever looks next.
    """

    snapshot: Snapshot
    samples: tuple[Sample, ...]
    marks: tuple[Mark, ...]
    workers: tuple[WorkerView, ...]
    started: frozenset[int]
    strays: tuple[orphans.Leftover, ...]
    machine: Machine
    error: FusionError | None
    drawn: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def once(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """What `make` makes, made for the first who asks."""
        if key not in self.drawn:
            self.drawn[key] = make()
        return self.drawn[key]

    @property
    def now(self) -> Sample:
        """The newest sample."""
        return self.samples[-1]


class Scene:
    """Gathers it, at most once for each sample. From any thread."""

    def __init__(self, queue: Jobs, monitor: Monitor, watch: Watch) -> None:
        self._queue = queue
        self._monitor = monitor
        self._watch = watch
        self._lock = threading.Lock()
        self._seen: Live | None = None

    def look(self) -> Live | None:
        """The newest; None before the first sample."""
        samples = self._monitor.samples()
        if not samples:
            return None
        with self._lock:
            if self._seen is None or self._seen.now.taken_s < samples[-1].taken_s:
                self._seen = self._gather(samples)
            return self._seen

    def forget(self) -> None:
        """Look anew when asked next: something has been done."""
        with self._lock:
            self._seen = None

    def _gather(self, samples: tuple[Sample, ...]) -> Live:
        marks: tuple[Mark, ...] = ()
        rows: tuple[WorkerRow, ...] = ()
        error = None
        try:
            marks = self._queue.marks(time.time() - monitor.KEPT_S)
            rows = self._queue.registered()
        except FusionError as failure:  # of the database: the machine can be watched without it
            error = frameless(failure)
        return Live(
            snapshot=self._monitor.snapshot(),
            samples=samples,
            marks=marks,
            workers=self._queue.workers(),
            started=frozenset(row.pid for row in rows),
            strays=orphans.leftovers(rows),
            machine=self._watch.look(),
            error=error,
        )


def own_processes(queue: Jobs) -> Callable[[], tuple[monitor.Own, ...]]:
    """What tells a monitor which processes Fusewise started: this app's workers, and whatever else is registered."""

    def own() -> tuple[monitor.Own, ...]:
        here = [view for view in queue.workers() if view.node is None]
        mine = {view.pid: monitor.Own(view.pid, view.card, view.reserved_bytes) for view in here if view.pid}
        try:
            others = [row.pid for row in queue.registered()]
        except FusionError:  # of the database; the page says so
            others = []
        return (*mine.values(), *(monitor.Own(pid, is_mine=False) for pid in others if pid not in mine))

    return own
