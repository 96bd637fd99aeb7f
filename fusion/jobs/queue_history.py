"""The queue's history: jobs are found again, judged, kept for a while and forgotten."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from typing import Any

from fusion.errors import FusionError
from fusion.jobs.queue_base import QueueBase
from fusion.jobs.view import JobView
from fusion.storage import Mark, Query
from fusion.types import State


class QueueHistory(QueueBase):
    """What the queue offers of jobs that were."""

    def history(self, query: Query) -> tuple[JobView, ...]:
        """Jobs, in the order that is asked for."""
        return tuple(self._view(record) for record in self._archive.find(query))

    def count(self, query: Query) -> int:
        """How many `history` would give without its limit."""
        return self._archive.count(query)

    def units(self, query: Query) -> tuple[str, ...]:
        """Jobs, those of a batch as one, newest first: the id of each that came alone, and of each batch."""
        return self._archive.units(query)

    def count_units(self, query: Query) -> int:
        """How many `units` would give without its limit."""
        return self._archive.count_units(query)

    def unjudged(self, limit: int = 1) -> tuple[JobView, ...]:
        """Jobs that are done and have no verdict, what has ended last first; of whatever app."""
        return tuple(self._view(record) for record in self._archive.unjudged(limit))

    def judge(self, id: str, verdict: Mapping[str, Any]) -> bool:
        """Keep what a check of a job's result came to; False where there is no such job, or it is not done.

        Args:
            verdict: plain JSON types; nothing here knows their meaning, but `Query.faulty` asks for its `passed`.
        """
        return self._archive.judge(id, verdict)

    def delete(self, ids: Iterable[str]) -> None:
        """Forget jobs and remove their files. One that runs is stopped first, and goes when it has ended.

        Raises:
            FusionError: "files_stuck": some of their files could not be removed; it is tried again.
        """
        self._removal.delete(ids)

    def discard(self, ids: Iterable[str]) -> None:
        """Throw jobs away: at once nobody finds them, and they are deleted after `UNDO_S`, whoever looks meanwhile.

        What waits does not run; what runs goes on until it is deleted.
        """
        self._archive.discard(ids, time.time())
        self._wake()

    def restore(self, ids: Iterable[str]) -> None:
        """Take back what was thrown away; what is deleted already stays so."""
        self._archive.restore(ids)
        self._dispatcher.idle()

    def purge(self, owner: str | None = None) -> int:
        """Forget every job, desk and preset of an owner, or of everybody, with its files; how many jobs there were.

        Raises:
            FusionError: as `delete`.
        """
        self.own_presets.forget(owner)
        return self._removal.purge(owner)

    @property
    def history_days(self) -> int | None:
        """For how many days jobs are kept; None: for ever."""
        return self._retention.days

    def keep_for(self, days: int | None) -> None:
        """Keep jobs for so many days from now on; None: for ever."""
        self._retention.choose(days)
        with contextlib.suppress(FusionError):  # the clerk tries again, and `stuck` tells
            self._tidy()

    def counts(self) -> Mapping[State, int]:
        """How many jobs are in each state, of everybody."""
        return self._archive.counts()

    def failures(self) -> Mapping[str, int]:
        """How many jobs of the history have failed, by the reason."""
        return self._archive.failures()

    def stored_bytes(self, owner: str | None = None) -> int:
        """Of all results on the disk, or of an owner's."""
        return self._archive.stored_bytes(owner)

    def marks(self, since: float) -> tuple[Mark, ...]:
        """What ran at some moment since then, in seconds since the epoch; the oldest first."""
        return self._archive.marks(since)

    @property
    def stuck(self) -> FusionError | None:
        """ "files_stuck": what was to be removed is still there; None where nothing is."""
        return self._removal.stuck
