"""The queue's workers: how they are, and what they may be asked to do. Here and in other apps of the data folder."""

from __future__ import annotations

from fusion.jobs import start_failures
from fusion.jobs.queue_base import QueueBase
from fusion.jobs.start_failures import WorkerTrouble
from fusion.storage import WorkerRow
from fusion.types import Precision
from fusion.worker import WorkerView, protocol


class QueueWorkers(QueueBase):
    """What the queue offers of workers."""

    def worker(self) -> WorkerView:
        """The worker to show where one is shown: the one of this machine that can do most."""
        order = ("busy", "ready", "starting", "dead")
        return min((view for view in self.workers() if view.node is None), key=lambda view: order.index(view.state))

    def next_worker(self) -> WorkerView:
        """The one that a job which comes now goes to, here or on a node.

        Where all are busy that is not known: then of those with the least memory, since what fits there fits the others
        too. Where none is ready, and where there is no cluster, the worker to show.
        """
        if not self.is_clustered:
            return self.worker()
        views = [lane.view() for lane in self._dispatcher.slots.taking]
        free = next((view for view in views if view.state == "ready"), None)
        busy = [view for view in views if view.state == "busy" and view.able is not None]
        return free or min(busy, key=lambda view: view.able.total_bytes if view.able else 0, default=self.worker())

    def workers(self) -> tuple[WorkerView, ...]:
        """The workers, one a card; those of this machine first."""
        return self._dispatcher.views()

    @property
    def is_clustered(self) -> bool:
        """Whether jobs, with their photos, may go to other machines."""
        return self._dispatcher.slots.is_clustered

    def is_at_work(self, id: str) -> bool:
        """Whether a worker of this app is at a job. Asks no file, so that it may be asked often."""
        return self._dispatcher.run_of(id) is not None

    def release(self, pid: int | None = None) -> None:
        """Have a worker, or every one, give its networks and caches back once it has nothing to do."""
        for lane in self._dispatcher.with_pid(pid):
            lane.send(protocol.Unload())

    def restart(self, pid: int | None = None) -> None:
        """End a worker, or every one, and start another: only that gives all of a card back. Its job runs again."""
        for lane in self._dispatcher.with_pid(pid):
            lane.restart()

    def registered(self) -> tuple[WorkerRow, ...]:
        """Every worker process that any app of this data folder has started and nobody has buried."""
        return self._roster.rows()

    def unregister(self, pid: int, born: float) -> None:
        """Strike out a worker process that is gone."""
        self._roster.remove(pid, born)

    def worker_trouble(self) -> WorkerTrouble | None:
        """Why an app of this data folder, be it another one, has no worker; None where it has, or there is no app."""
        return start_failures.look(self._archive)

    @property
    def loaded(self) -> Precision | None:
        """The precision in which the worker to show holds the unet engine's networks; None where it does not."""
        return self.worker().precision
