"""The queue and the history: jobs are taken in, handed to workers, kept, found again and forgotten.

The web process imports this, so nothing here loads torch. Every method may be called from any thread. What is written
down survives the process: `fusion.storage.job_table` says how. Every method may raise the FusionError
"ledger_unusable".
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from fusion import refusal
from fusion.cluster import Cluster
from fusion.declared import Consent
from fusion.errors import Cancelled, FusionError, PhotoRejected, Phrase, PhraseCode, Reason, WorkerDied
from fusion.files import private
from fusion.jobs.queue_base import unusable
from fusion.jobs.queue_batches import QueueBatches
from fusion.jobs.queue_declarations import QueueDeclarations
from fusion.jobs.queue_desks import QueueDesks
from fusion.jobs.queue_history import QueueHistory
from fusion.jobs.queue_workers import QueueWorkers
from fusion.jobs.view import JobView, Outcome
from fusion.settings import MAX_SOURCES, Settings
from fusion.storage import Batch, Mark, Priority, Query, Record, WorkerRow
from fusion.types import UNKNOWN, Asked, Foretold, SourcePhoto, State
from fusion.worker import WorkerView

__all__ = [
    "Batch",
    "JobView",
    "Jobs",
    "Mark",
    "Outcome",
    "Priority",
    "Query",
    "WorkerRow",
    "WorkerView",
]


class Jobs(QueueHistory, QueueBatches, QueueWorkers, QueueDeclarations, QueueDesks):
    """The queue, the history and the workers.

    Args:
        folder: where jobs keep their results; the data folder's `jobs` if None. Beside it lie the database and the
            photos. Other apps may use the same.
        cards: UUIDs of the cards that get a worker each; none: one worker, which takes what there is.
        cluster: whose nodes compute too; it is left when the queue is closed.

    Raises:
        FusionError: "data_unusable": there can be no such folder; "disk_full".
    """

    def __init__(self, folder: Path | None = None, cards: Sequence[str] = (), cluster: Cluster | None = None) -> None:
        super().__init__(folder, cards, cluster)
        self._closing = threading.Lock()
        self._closed = False
        atexit.register(self.close)

    def start(self) -> None:
        """Start the workers and take over what dead apps have left. Returns at once; jobs may be submitted."""
        self._store.hold()
        with contextlib.suppress(FusionError):  # the clerk tries again, and tells
            self._adopt()
        self._wake()

    def close(self) -> None:
        """End the workers. What runs is interrupted; what waits goes on when an app runs again. May be called twice."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        self._clerk.close()
        self._dispatcher.close()
        with contextlib.suppress(FusionError):  # then it is found out when an app starts
            self._records.let_go(WorkerDied(Reason.INTERRUPTED))
            self._roster.bury()
        self._store.close()

    @property
    def paused(self) -> FusionError | None:
        """Why no job is taken though some may wait: "disk_full" or "data_unusable"; None where jobs are."""
        return self._room.error or self._room.shortage()

    @property
    def ledger_error(self) -> FusionError | None:
        """Why something could not be kept the last time it was tried; None where everything was."""
        return self._dispatcher.error or self._clerk.error

    # one job

    def submit(
        self,
        target: bytes,
        source: bytes,
        settings: Settings,
        *,
        names: tuple[str, str] = ("", ""),
        others: Sequence[tuple[str, bytes]] = (),
        owner: str = "",
        priority: Priority = Priority.NOW,
        batch: str | None = None,
        foretold: Foretold = UNKNOWN,
        consent: Consent | None = None,
        is_served: bool = False,
        is_try: bool = False,
        asked: Asked | None = None,
    ) -> str:
        """Queue a job and return its id, or that of the job that its request has already.

        A worker that had given up is given another try.

        Args:
            target, source: the photos' files.
            names: of those files, target first.
            others: further photos of the source's person, each by the name of its file.
            owner: whose it is.
            foretold: what a forecast says of it.
            consent: of the people in the photos, as `consent` makes it; None where nobody was asked.
            is_served: whether it comes to an instance that serves others, where photos may have to be examined.
            is_try: whether it only shows what a setting would do: it is in no history, and any other goes first.
            asked: the program's request that it is for: of the owner's jobs one alone is for it. Such a job runs again
                where its app ended while it ran.

        Raises:
            FusionError: "key_reused": the request's key was used for another; "disk_full"; "data_unusable";
                "batch_unknown": the batch was deleted meanwhile; "check_missing": its photos are to be examined, and
                cannot be.
            PhotoRejected: "sources_too_many".
            WorkerDied: the queue is closed.
        """
        if self._closed:
            raise WorkerDied(Reason.WORKER_START, why=Phrase(PhraseCode.QUEUE_CLOSED))
        if batch is not None and not self._archive.batches(id=batch):
            raise FusionError(Reason.BATCH_UNKNOWN, id=batch)
        if 1 + len(others) > MAX_SOURCES:
            raise PhotoRejected(Reason.SOURCES_TOO_MANY, count=1 + len(others), limit=MAX_SOURCES)
        refusal.ready(is_served=is_served)
        record = Record(
            id=private.new_name(),
            number=0,
            state=State.QUEUED,
            priority=priority,
            owner=owner,
            batch=batch,
            app=str(self._app),
            wish=None,
            settings=settings,
            target=self._photos.name(target),
            source=self._photos.name(source),
            target_name=names[0],
            source_name=names[1],
            made=time.time(),
            expected_s=foretold.seconds,
            need_bytes=foretold.need_bytes,
            others=tuple(SourcePhoto(self._photos.name(data), name) for name, data in others),
            consent=consent,
            is_served=is_served,
            is_try=is_try,
        )
        id = self._add(record, asked, target, source, *(data for _, data in others))
        self._wake()
        self._dispatcher.idle()
        return id

    def asked_before(self, owner: str, asked: Asked) -> str | None:
        """The id of the job that a program's request has already; None where it has none.

        Raises:
            FusionError: "key_reused".
        """
        return self._records.job_of(owner, asked)

    def view(self, id: str) -> JobView:
        """The job as it is now.

        Raises:
            FusionError: "job_unknown".
        """
        return self._view(self._records.get(id))

    def cancel(self, id: str) -> None:
        """Stop a job: at once if it waits, within about a second if it runs, not at all if it has ended.

        Raises:
            FusionError: "job_unknown".
        """
        try:
            if self._records.cancel(id, Cancelled()) == State.RUNNING:
                self._dispatcher.heed()
        except FusionError:
            if self._dispatcher.run_of(id) is None:
                raise
            self._dispatcher.stop(id)  # it runs here, and its end is written down as soon as that can be

    def retry(self, id: str) -> None:
        """Queue a job again that failed, was cancelled or interrupted; leave any other as it is.

        Raises:
            FusionError: "job_unknown"; "photos_gone".
        """
        record = self._records.get(id)
        if not self._has_photos(record):
            raise FusionError(Reason.PHOTOS_GONE, why=Phrase(PhraseCode.PHOTOS_REMOVED))
        self._records.retry([id], mine=True)
        self._wake()
        self._dispatcher.idle()

    def hand_on(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Queue jobs again as `retry` does, for whichever app takes them first; ids of those that wait now."""
        return self._records.retry(ids, mine=False)

    def ahead_of(self, id: str) -> int:
        """How many jobs run before one that waits, those that run now included."""
        return self._records.ahead_of(id)

    def photos(self, id: str) -> tuple[bytes, bytes]:
        """Target and source of a job, as they were uploaded; of several sources the one that was used.

        Raises:
            FusionError: "job_unknown"; "photos_gone".
        """
        record = self._records.get(id)
        _, *sources = record.photos
        used = record.facts.source_index if record.facts is not None else 0
        return self._photos.read(record.target), self._photos.read(sources[used])

    def sources(self, id: str) -> tuple[bytes, ...]:
        """Every photo of a job's source, in their order.

        Raises:
            FusionError: "job_unknown"; "photos_gone".
        """
        _, *sources = self._records.get(id).photos
        return tuple(map(self._photos.read, sources))

    def draft(self, id: str) -> bytes | None:
        """A small JPEG of what a job that runs here has made so far; None where there is none yet."""
        run = self._dispatcher.run_of(id)
        return None if run is None else run.draft

    def preview(self, id: str, settings: Settings, timeout_s: float = 10.0) -> bytes:
        """The result of a job with other finishing settings, as JPEG of at most 512 px. Waits for it.

        Raises:
            FusionError: "job_unknown" when the worker keeps the result no longer: run a new job.
            JobTimeout: it took longer than `timeout_s`.
        """
        return self._dispatcher.preview(id, settings, timeout_s)

    def forget(self, id: str) -> None:
        """Let the worker drop what it keeps of a job for previews; the job stays in the history."""
        self._dispatcher.forget(id)

    # within

    def _add(self, record: Record, asked: Asked | None, *photos: bytes) -> str:
        """Write a job and its photos down, or neither; its id, or that of the job that its request has."""
        id = None
        try:
            self._put(*photos)
            while (id := self._records.add(record, lambda: self._has_photos(record), asked)) is None:
                self._put(*photos)  # somebody has deleted the last job that used one this moment
        finally:
            if id != record.id:
                with contextlib.suppress(FusionError):  # then whoever tidies finds them
                    self._archive.remove_unwanted(frozenset(record.photos), self._photos.remove)
        return id

    def _has_photos(self, record: Record) -> bool:
        return all(self._photos.path(name).is_file() for name in record.photos)

    def _put(self, *photos: bytes) -> None:
        try:
            for photo in photos:
                self._photos.put(photo)
        except OSError as error:
            raise unusable(self.folder.parent, error) from error
