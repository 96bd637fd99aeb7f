"""The queue and the history: jobs are taken in, handed to workers, kept, found again and forgotten.

The web process imports this, so nothing here loads torch. Every method may be called from any thread. What is written
down survives the process: `fusion.records` says how. Every method may raise the FusionError "ledger_unusable".
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fusion import config, storage, worker_trouble
from fusion.archive import Archive
from fusion.clerk import Clerk, Duty
from fusion.dispatcher import Dispatcher
from fusion.errors import Cancelled, FusionError, Phrase, PhraseCode, Reason, WorkerDied
from fusion.job_view import JobView, Outcome, view_of
from fusion.ledger import Ledger
from fusion.photo_files import PhotoFiles
from fusion.record import AGAIN, ENDED, App, Batch, Mark, Priority, Query, Record
from fusion.records import Records
from fusion.removal import Removal
from fusion.retention import Retention
from fusion.room import Room
from fusion.roster import Roster, WorkerRow
from fusion.spec import Precision, Settings, State
from fusion.store import FILE, Store
from fusion.supervisor import WorkerView
from fusion.wire import Unload
from fusion.worker_trouble import WorkerTrouble

__all__ = [
    "AGAIN",
    "ENDED",
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


class Jobs:
    """The queue, the history and the workers.

    Args:
        folder: where jobs keep their results; the data folder's `jobs` if None. Beside it lie the database and the
            photos. Other apps may use the same.
        cards: UUIDs of the cards that get a worker each; none: one worker, which takes what there is.

    Raises:
        FusionError: "data_unusable": there can be no such folder; "disk_full".
    """

    def __init__(self, folder: Path | None = None, cards: Sequence[str] = ()) -> None:
        settings = config.load()
        self.folder = _made(folder or settings.data / "jobs")
        data = self.folder.parent
        self._store = store = Store(data / FILE)
        self._app, self._room = App.this(), Room(data)
        self.ledger = Ledger(store.path)
        self._records, self._archive = Records(store, self._app), Archive(store)
        self._roster = Roster(store, self._app)
        self._photos = PhotoFiles(data / "photos")
        self._retention = Retention(self._archive, settings.history_days, int(settings.history_gb * 1024**3))
        self._closing = threading.Lock()
        self._closed = False
        self._dispatcher = Dispatcher(
            self._records,
            self._archive,
            self._roster,
            self.ledger,
            self._photos,
            self.folder,
            cards,
            settings.job_timeout_s,
            self._room,
        )
        self._removal = Removal(
            self._archive, self._photos, self.folder, self._room, self._dispatcher.heed, self._dispatcher.forget
        )
        duties = (
            Duty(self._dispatcher.pay, every_s=1.0),
            Duty(self._dispatcher.heed, every_s=1.0),
            Duty(self._dispatcher.hand_out, every_s=1.0),
            Duty(self._dispatcher.revive, every_s=1.0),
            Duty(self._dispatcher.reconcile, every_s=3.0),
            Duty(self._adopt, every_s=10.0),
            Duty(self._archive.scrub_owed, every_s=30.0),
            Duty(self._tidy, every_s=600.0),
        )
        self._clerk = Clerk(duties)
        atexit.register(self.close)

    # life

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

    # one job

    def submit(
        self,
        target: bytes,
        source: bytes,
        settings: Settings,
        *,
        names: tuple[str, str] = ("", ""),
        owner: str = "",
        priority: Priority = Priority.NOW,
        batch: str | None = None,
        expected_s: float | None = None,
    ) -> str:
        """Queue a job and return its id. A worker that had given up is given another try.

        Args:
            target, source: the photos' files.
            names: of those files, target first.
            owner: whose it is.
            expected_s: how long a forecast says that it takes, loading included.

        Raises:
            FusionError: "disk_full"; "data_unusable"; "batch_unknown": the batch was deleted meanwhile.
            WorkerDied: the queue is closed.
        """
        if self._closed:
            raise WorkerDied(Reason.WORKER_START, why=Phrase(PhraseCode.QUEUE_CLOSED))
        if batch is not None and not self._archive.batches(id=batch):
            raise FusionError(Reason.BATCH_UNKNOWN, id=batch)
        record = Record(
            id=storage.new_name(),
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
            expected_s=expected_s,
        )
        try:
            self._put(target, source)
            while not self._records.add(record, lambda: self._has_photos(record)):
                self._put(target, source)  # somebody has deleted the last job that used one this moment
        except FusionError:
            with contextlib.suppress(FusionError):  # then whoever tidies finds them
                self._archive.remove_unwanted(frozenset({record.target, record.source}), self._photos.remove)
            raise
        self._wake()
        self._dispatcher.idle()
        return record.id

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
            if self._dispatcher.progress(id) is None:
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

    def ahead_of(self, id: str) -> int:
        """How many jobs run before one that waits, those that run now included."""
        return self._records.ahead_of(id)

    def photos(self, id: str) -> tuple[bytes, bytes]:
        """Target and source of a job, as they were uploaded.

        Raises:
            FusionError: "job_unknown"; "photos_gone".
        """
        record = self._records.get(id)
        return self._photos.read(record.target), self._photos.read(record.source)

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

    # the history

    def history(self, query: Query) -> tuple[JobView, ...]:
        """Jobs, newest first."""
        return tuple(self._view(record) for record in self._archive.find(query))

    def count(self, query: Query) -> int:
        """How many `history` would give without its limit."""
        return self._archive.count(query)

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

    def purge(self, owner: str | None = None) -> int:
        """Forget every job of an owner, or of everybody, with its files; how many there were.

        Raises:
            FusionError: as `delete`.
        """
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

    def stored_bytes(self, owner: str | None = None) -> int:
        """Of all results on the disk, or of an owner's."""
        return self._archive.stored_bytes(owner)

    def marks(self, since: float) -> tuple[Mark, ...]:
        """What ran at some moment since then, in seconds since the epoch; the oldest first."""
        return self._archive.marks(since)

    # batches

    def make_batch(self, name: str, owner: str = "") -> str:
        """A new batch without jobs; its id."""
        return self._archive.make_batch(name, owner)

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
        """Queue everything of a batch again that did not come to its end; how many that are."""
        failed = self._archive.find(Query(batch=batch, states=AGAIN, limit=-1))
        again = self._records.retry([record.id for record in reversed(failed)], mine=True)
        self._wake()
        self._dispatcher.idle()
        return len(again)

    # the workers

    def worker(self) -> WorkerView:
        """The worker to show where one is shown: the one that can do most."""
        order = ("busy", "ready", "starting", "dead")
        return min(self.workers(), key=lambda view: order.index(view.state))

    def workers(self) -> tuple[WorkerView, ...]:
        """The workers, one a card."""
        return self._dispatcher.views()

    def release(self, pid: int | None = None) -> None:
        """Have a worker, or every one, give its networks and caches back once it has nothing to do."""
        for lane in self._dispatcher.with_pid(pid):
            lane.send(Unload())

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
        return worker_trouble.look(self._archive)

    @property
    def loaded(self) -> Precision | None:
        """The precision in which the worker to show holds the unet engine's networks; None where it does not."""
        return self.worker().precision

    @property
    def paused(self) -> FusionError | None:
        """Why no job is taken though some may wait: "disk_full" or "data_unusable"; None where jobs are."""
        return self._room.error or self._room.shortage()

    @property
    def stuck(self) -> FusionError | None:
        """ "files_stuck": what was to be removed is still there; None where nothing is."""
        return self._removal.stuck

    @property
    def ledger_error(self) -> FusionError | None:
        """Why something could not be kept the last time it was tried; None where everything was."""
        return self._dispatcher.error or self._clerk.error

    # within

    def _wake(self) -> None:
        self._dispatcher.start()
        self._clerk.start()

    def _view(self, record: Record) -> JobView:
        live = self._dispatcher.progress(record.id) if record.state == State.RUNNING else None
        return view_of(record, self.folder / record.id, live)

    def _has_photos(self, record: Record) -> bool:
        return all(self._photos.path(name).exists() for name in (record.target, record.source))

    def _put(self, *photos: bytes) -> None:
        try:
            for photo in photos:
                self._photos.put(photo)
        except OSError as error:
            raise _unusable(self.folder.parent, error) from error

    def _adopt(self) -> None:
        """Take over from apps that are dead."""
        self._records.adopt(WorkerDied(Reason.INTERRUPTED))
        self.delete(self._records.deleted())
        self._roster.bury()

    def _tidy(self) -> None:
        """Forget what has been kept for long enough, and remove files that no job refers to."""
        self._removal.tidy(self._retention)


def _made(folder: Path) -> Path:
    try:
        return storage.private_folder(folder)
    except (OSError, ValueError) as error:  # ValueError: no name of a file
        raise _unusable(folder.parent, error) from error


def _unusable(folder: Path, error: Exception) -> FusionError:
    reason = Reason.DISK_FULL if storage.is_full(error) else Reason.DATA_UNUSABLE
    return FusionError(reason, folder=str(folder), why=storage.cause(error))
