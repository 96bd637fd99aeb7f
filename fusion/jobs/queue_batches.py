"""The queue's batches: jobs that came together are held back, cancelled and tried again together."""

from __future__ import annotations

from fusion.errors import Cancelled, FusionError, Reason
from fusion.jobs.queue_base import QueueBase
from fusion.storage import Batch, Query
from fusion.types import AGAIN


class QueueBatches(QueueBase):
    """What the queue offers of batches."""

    def make_batch(self, name: str, owner: str = "", way: str = "") -> str:
        """A new batch without jobs; its id. `way`: as of `Batch`."""
        return self._archive.make_batch(name, owner, way)

    def batches(self, owner: str | None = None) -> tuple[Batch, ...]:
        """Batches, newest first."""
        return self._archive.batches(owner)

    def batch(self, id: str) -> Batch:
        """A batch.

        Raises:
            FusionError: "job_unknown".
        """
        found = self._archive.batches(id=id)
        if not found:
            raise FusionError(Reason.JOB_UNKNOWN, id=id)
        return found[0]

    def pause(self, batch: str) -> None:
        """Hold back what waits of a batch; what runs goes on."""
        self._archive.pause(batch, is_paused=True)

    def resume(self, batch: str) -> None:
        """Let a batch go on."""
        self._archive.pause(batch, is_paused=False)
        self._dispatcher.idle()

    def cancel_batch(self, batch: str) -> None:
        """Cancel what waits and what runs of a batch."""
        if self._records.cancel_batch(batch, Cancelled()):
            self._dispatcher.heed()

    def retry_batch(self, batch: str) -> int:
        """Queue everything of a batch again that did not come to its end and might now; how many that are."""
        failed = map(self._view, self._archive.find(Query(batch=batch, states=AGAIN, limit=-1)))
        again = self._records.retry([view.id for view in failed if view.can_be_retried][::-1], mine=True)
        self._wake()
        self._dispatcher.idle()
        return len(again)
