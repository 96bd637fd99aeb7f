"""Hands jobs to workers and writes down what becomes of them. The web process imports this.

What cannot be written down this time, since the disk is full or the database in use, is owed: it is tried again each
second, in order, and pages are told. Nothing that a worker has said is lost.
"""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fusion import storage
from fusion.archive import Archive
from fusion.errors import FusionError, JobTimeout, frameless
from fusion.job_view import BEFORE, OUTPUT
from fusion.lane import Lane
from fusion.ledger import Ledger
from fusion.photo_files import PhotoFiles
from fusion.record import Record, Wish
from fusion.records import Records
from fusion.room import Room
from fusion.roster import Roster
from fusion.spec import Progress, Settings, State
from fusion.supervisor import WorkerView
from fusion.wire import Cancel, Done, Failed, Forget, Fuse, Preview, Previewed

PREVIEW_SIDE_PX = 512
_MADE_HERE = 64  # jobs of which it is remembered who made them


class Dispatcher:
    """The workers of one app, and the queue that they work off.

    Args:
        records, archive, roster, ledger: the database.
        photos, folder: the files of jobs.
        cards: UUIDs of the cards that get a worker each; none: one worker, which takes what there is.
        timeout_s: the longest that a job may run; None: from what was expected of it.
        room: on the disk of the data folder; while there is none, no job is taken.
    """

    def __init__(
        self,
        records: Records,
        archive: Archive,
        roster: Roster,
        ledger: Ledger,
        photos: PhotoFiles,
        folder: Path,
        cards: Sequence[str],
        timeout_s: float | None,
        room: Room,
    ) -> None:
        self._room = room
        self._records = records
        self._archive = archive
        self._roster = roster
        self._ledger = ledger
        self._photos = photos
        self._folder = folder
        self._lock = threading.Lock()
        self._is_open = True
        self._previews: dict[str, queue.SimpleQueue[bytes | FusionError]] = {}
        self._made: OrderedDict[str, Lane] = OrderedDict()
        self._fallen: set[str] = set()  # touched by single, atomic operations only
        self._owed: deque[Callable[[], object]] = deque()
        self._paying = threading.Lock()
        self.error: FusionError | None = None
        logs = [folder.parent / f"worker{f'-{number}' if number else ''}.log" for number in range(len(cards) or 1)]
        self.lanes = tuple(Lane(log, self, card, timeout_s) for log, card in zip(logs, cards or (None,), strict=True))

    def start(self) -> None:
        """Start the workers. One that had given up is given another try."""
        for lane in self.lanes:
            lane.start()

    def close(self) -> None:
        """End the workers."""
        self._is_open = False
        for lane in self.lanes:
            lane.close()
        self.pay()

    def hand_out(self) -> None:
        """Give jobs to whoever is free, until nothing waits.

        Raises:
            FusionError: as `Store.write`.
        """
        while self._is_open and self._room.is_there() and self._records.has_waiting():
            if not any([lane.take() for lane in self.lanes]):
                return

    def pay(self) -> None:
        """Write down what is owed."""
        with self._paying:
            while self._owed:
                try:
                    self._owed[0]()
                except FusionError as failed:
                    self.error = frameless(failed)
                    return
                self._owed.popleft()
            self.error = None

    def go_round(self) -> None:
        """What is owed, what other processes want, and what they have left.

        Raises:
            FusionError: as `Store.write`.
        """
        self.pay()
        for id, wish in self._records.wishes():
            if wish in (Wish.CANCEL, Wish.DELETE):
                self.stop(id)
        self.hand_out()

    def stop(self, id: str) -> None:
        """Stop a job that runs, if it runs here."""
        for lane in self.lanes:
            lane.cancel(id)

    def progress(self, id: str) -> Progress | None:
        """How far a job is; None if it does not run here."""
        return next((found for lane in self.lanes if (found := lane.progress(id))), None)

    def views(self) -> tuple[WorkerView, ...]:
        """The workers as they are now."""
        return tuple(lane.view() for lane in self.lanes)

    def with_pid(self, pid: int | None) -> list[Lane]:
        """The lane of a worker process, or all."""
        return [lane for lane in self.lanes if pid is None or lane.view().pid == pid]

    def preview(self, id: str, settings: Settings, timeout_s: float) -> bytes:
        """The result of a job with other finishing settings, as JPEG.

        Raises:
            FusionError: "job_unknown": no worker keeps it.
            JobTimeout: it took longer than `timeout_s`.
        """
        request = Preview(secrets.token_hex(8), id, settings, PREVIEW_SIDE_PX)
        answer: queue.SimpleQueue[bytes | FusionError] = queue.SimpleQueue()
        with self._lock:
            self._previews[request.id] = answer
            lane = self._made.get(id)
        try:
            if lane is None or not lane.send(request):
                raise FusionError("job_unknown", id=id)
            try:
                found = answer.get(timeout=timeout_s)
            except queue.Empty as error:
                lane.send(Cancel(request.id))
                raise JobTimeout("job_timeout", seconds=timeout_s) from error
        finally:
            with self._lock:
                self._previews.pop(request.id, None)
        if isinstance(found, FusionError):
            raise found
        return found

    def forget(self, id: str) -> None:
        """Let the worker drop what it keeps of a job."""
        with self._lock:
            lane = self._made.pop(id, None)
        if lane is not None:
            lane.send(Forget(id))

    # what lanes ask and tell

    def claim(self) -> Record | None:
        """The next job. None too where the database does not give it now: whoever asks again later gets it."""
        try:
            return self._records.claim()
        except FusionError as failed:
            self.error = frameless(failed)
            return None

    def request(self, record: Record) -> Fuse:
        """What the worker is asked to do, with a folder to put it in."""
        at = self._folder / record.id
        storage.remove(at)  # a worker that died over it may have left a file half-written
        with contextlib.suppress(OSError):  # then the worker cannot write either, and says why
            storage.private_folder(at)
        target, source = (self._photos.path(name) for name in (record.target, record.source))
        fallen = record.id in self._fallen
        self._fallen.discard(record.id)
        return Fuse(record.id, target, source, record.settings, at / OUTPUT, at / BEFORE, record.steps, fallen)

    def ended(self, record: Record, lane: Lane) -> None:
        """Write down how a job ended; one that nobody wants any more goes with its files."""
        at = self._folder / record.id
        if record.state != State.DONE:
            storage.remove(at)  # before it is measured what is free
        if record.error is not None and self._is_of_the_disk(record.error):  # not its fault: it waits for room
            self.again(record)
            return
        if record.state == State.DONE:
            with self._lock:
                self._made[record.id] = lane
                while len(self._made) > _MADE_HERE:
                    self._made.popitem(last=False)
            record = replace(record, bytes=sum(file.stat().st_size for file in at.iterdir()))

        def write() -> None:
            if not self._records.end(record):
                self.forget(record.id)
                storage.remove(at)
                self._archive.remove_unwanted(frozenset({record.target, record.source}), self._photos.remove)
                self._archive.scrub()

        self._owe(write)

    def _is_of_the_disk(self, error: FusionError) -> bool:
        """Whether a job has failed since nothing can be written now, which would fail each that follows."""
        if error.reason == "disk_full":
            self._room.ran_out()
            return True
        return error.reason == "output_unwritable" and not self._room.is_writable()

    def again(self, record: Record, *, fallen: bool = False) -> None:
        """A job goes back to its place in the line."""
        if fallen:
            self._fallen.add(record.id)
        self._owe(lambda: self._records.requeue(record.id, deaths=record.deaths, steps=record.steps))

    def stepped(self, record: Record) -> None:
        """A job goes on one rung lower."""
        self._owe(lambda: self._records.step(record.id, record.steps))

    def done(self, event: Done) -> None:
        """Keep what a job has cost."""
        self._owe(lambda: self._ledger.add(event.measurement))

    def previewed(self, event: Previewed | Failed) -> bool:
        """Answer whoever waits for a preview; False if nobody does."""
        with self._lock:
            if event.id not in self._previews:
                return False
            self._previews[event.id].put(event.jpeg if isinstance(event, Previewed) else event.error)
            return True

    def idle(self) -> None:
        """A worker may have nothing to do. What cannot be handed out now is at the next round."""
        try:
            self.hand_out()
        except FusionError as failed:
            self.error = frameless(failed)

    def born(self, pid: int, card: str | None) -> None:
        """A worker process has been started."""
        self._owe(lambda: self._roster.add(pid, card or ""))

    def buried(self, lane: Lane, error: FusionError) -> None:
        """A worker process has ended: nobody gets a preview from it any more."""
        with self._lock:
            for answer in self._previews.values():
                answer.put(error)
            self._made = OrderedDict((id, made) for id, made in self._made.items() if made is not lane)
        self._owe(self._roster.bury)

    def dead(self, error: FusionError) -> None:
        """There will be no other worker on a lane; where that was the last, what waits fails."""
        if all(view.state == "dead" for view in self.views()):
            self._owe(lambda: self._records.fail_waiting(error))

    def _owe(self, write: Callable[[], object]) -> None:
        self._owed.append(write)
        self.pay()
