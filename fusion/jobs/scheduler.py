"""Hands jobs to workers and writes down what becomes of them. The web process imports this.

What cannot be written down this time, since the disk is full or the database in use, is owed
(`fusion.jobs.pending_writes`), and pages are told. Nothing that a worker has said is lost, and nothing that is called
here by a lane raises.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from fusion.cluster import Cluster, Slots
from fusion.errors import FusionError, Reason, WorkerDied
from fusion.faces import known
from fusion.files import private
from fusion.jobs import start_failures
from fusion.jobs.disk_reserve import Room
from fusion.jobs.pending_writes import Debts
from fusion.jobs.previews import Previews
from fusion.jobs.run import Run
from fusion.jobs.run_ends import RunEnds, weight_of
from fusion.jobs.slot_events import Slot
from fusion.jobs.view import BEFORE, OUTPUT
from fusion.jobs.worker_slot import Lane
from fusion.newest import Newest
from fusion.settings import Settings
from fusion.storage import Archive, Ledger, PhotoFiles, Record, Records, Roster
from fusion.threads import EXITS, Troubles
from fusion.types import State
from fusion.worker import WorkerView, protocol

_MADE_HERE = 64  # jobs of which it is remembered who made them
_AT_MOST_S = 60.0  # until a worker that was given up is tried again, also where the clock was put back

_T = TypeVar("_T")


class Dispatcher:
    """The workers of one app, and the queue that they work off.

    Args:
        records, archive, roster, ledger: the database.
        photos, folder: the files of jobs.
        cards: UUIDs of the cards that get a worker each; none: one worker, which takes what there is.
        timeout_s: the longest that a job may run; None: from what was expected of it.
        room: on the disk of the data folder; while there is none, no job is taken.
        cluster: whose places get a worker each besides.
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
        cluster: Cluster | None = None,
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
        self._previews = Previews()
        self._made = Newest[str, Slot](_MADE_HERE)
        self._fallen: set[str] = set()  # touched by single, atomic operations only
        self._debts = Debts()
        self._ends = RunEnds(records, archive, photos, folder, room, self._debts)
        self._troubles = Troubles("dispatcher")
        self._adrift: frozenset[tuple[str, float | None]] = frozenset()
        self._is_dead_told = False
        logs = [folder.parent / f"worker{f'-{number}' if number else ''}.log" for number in range(len(cards) or 1)]
        own = tuple(Lane(log, self, card, timeout_s) for log, card in zip(logs, cards or (None,), strict=True))
        far = partial(Lane, office=self, card=None, timeout_s=timeout_s)
        self.slots = Slots(own, cluster, far, folder.parent, has_cards=bool(cards))

    def start(self) -> None:
        """Start the workers. One that had given up is given another try."""
        for lane in self.slots.all:
            lane.start()

    def close(self) -> None:
        """End the workers."""
        self._is_open = False
        self.slots.close()
        self._debts.pay(at_once=True)

    @property
    def error(self) -> FusionError | None:
        """Why something could not be done or written down the last time it was tried; None where everything was."""
        errors = (self._debts.error, self._troubles.error, *(lane.error for lane in self.slots.all))
        return next((error for error in errors if error is not None), None)

    def hand_out(self) -> None:
        """Give jobs to whoever is free, until nothing waits. What one lane cannot take keeps no other from taking.

        Raises:
            FusionError: as `Store.write`.
        """
        while self._is_open and self._room.is_there() and self._records.has_waiting():
            if not any([self._attempt("begin a job", lane.take) for lane in self.slots.taking]):
                break
        self._troubles.went_well("hand out")  # whoever it failed for

    def pay(self) -> None:
        """Write down what is owed."""
        self._debts.pay()

    def heed(self) -> None:
        """Stop what runs here and is not wanted any more.

        Raises:
            FusionError: as `Store.write`.
        """
        for id, started in self._records.unwanted():
            for lane in self.slots.all:
                lane.cancel(id, started)

    def stop(self, id: str) -> None:
        """Stop a job that runs here, whatever the database says of it."""
        for lane in self.slots.all:
            lane.cancel(id)

    def reconcile(self) -> None:
        """What is written down as running here, and has been twice, but is with no lane goes back into the line.

        Raises:
            FusionError: as `Store.write`.
        """
        running = self._records.running()  # first: what a lane begins later is not among them
        adrift = frozenset(each for each in running if not self._is_held(each[0]))
        for id, started in adrift & self._adrift:
            private.remove(self._folder / id)
            self._records.pick_up(id, started, WorkerDied(Reason.INTERRUPTED))
        self._adrift = adrift
        if adrift:
            self.hand_out()

    def revive(self) -> None:
        """Give a worker that had given up another try where jobs wait for it, ever more rarely.

        Raises:
            FusionError: as `Store.write`.
        """
        dead = [lane for lane in self.slots.all if (view := lane.view()).state == "dead" and is_past(view.retry_at)]
        if dead and self._is_open and self._records.has_waiting():
            for lane in dead:
                lane.start()

    def run_of(self, id: str) -> Run | None:
        """The run of a job; None if it does not run here."""
        return next(filter(None, (lane.run_of(id) for lane in self.slots.all)), None)

    def views(self) -> tuple[WorkerView, ...]:
        """The workers as they are now."""
        return tuple(lane.view() for lane in self.slots.all)

    def with_pid(self, pid: int | None) -> list[Lane]:
        """The lane of a worker process, or all."""
        return [lane for lane in self.slots.all if pid is None or lane.view().pid == pid]

    def preview(self, id: str, settings: Settings, timeout_s: float) -> bytes:
        """The result of a job with other finishing settings, as JPEG.

        Raises:
            FusionError: "job_unknown": no worker keeps it.
            JobTimeout: it took longer than `timeout_s`.
        """
        with self._lock:
            lane = self._made.get(id)
        if lane is None:
            raise FusionError(Reason.JOB_UNKNOWN, id=id)
        return self._previews.ask(lane, id, settings, timeout_s)

    def forget(self, id: str) -> None:
        """Let the worker drop what it keeps of a job."""
        with self._lock:
            lane = self._made.pop(id, None)
        if lane is not None:
            lane.send(protocol.Forget(id))

    # what lanes ask and tell

    def claim(self, lane: Slot) -> Record | None:
        """The next job for a lane: what needs more memory than there is where it computes is left to one that has more.

        None too where the database does not give it now: whoever asks again later gets it.
        """
        return self._attempt("claim", partial(self._records.claim, self.slots.room_at(lane)))

    def request(self, record: Record) -> protocol.Fuse:
        """What the worker is asked to do, with a folder to put it in."""
        private.remove(at := self._folder / record.id)  # a worker that died may have left a file half-written
        self._attempt("make a folder", partial(private.private_folder, at))  # without one the worker says why
        target, source, *others = (self._photos.path(name) for name in record.photos)
        fallen = record.id in self._fallen
        self._fallen.discard(record.id)
        more = record.consent, record.is_served, record.is_try, known.told(record.photos)
        paths = at / OUTPUT, at / BEFORE, record.steps, fallen, tuple(others)
        return protocol.Fuse(record.id, target, source, record.settings, *paths, *more)

    def ended(self, record: Record, lane: Slot) -> None:
        """Write down how a job ended; one that nobody wants any more goes with its files."""
        at = self._folder / record.id
        if self._attempt("look at the disk", partial(self._ends.is_of_the_disk, record)):
            self.again(record)  # not its fault: it waits for room
            return
        if record.state == State.DONE:
            with self._lock:
                self._made[record.id] = lane
            record = replace(record, bytes=self._attempt("weigh a result", partial(weight_of, at)) or 0)
        self._ends.owe_end(record, self.forget)

    def again(self, record: Record, *, fallen: bool = False) -> None:
        """A job goes back to its place in the line."""
        if fallen:
            self._fallen.add(record.id)
        self._ends.owe_return(record)

    def stepped(self, record: Record) -> None:
        """A job goes on one rung lower."""
        self._debts.owe(partial(self._records.step, record), "a step of a job", job=record.id)

    def done(self, event: protocol.Done) -> None:
        """Keep what a job has cost."""
        self._debts.owe(lambda: self._ledger.add(event.measurement, event.id), "what a job has cost")

    def previewed(self, event: protocol.Previewed | protocol.Failed) -> bool:
        """Answer whoever waits for a preview; False if nobody does."""
        return self._previews.answer(event)

    def idle(self) -> None:
        """A worker may have nothing to do. What cannot be handed out now is at the next round."""
        if self._is_dead_told and any(view.state != "dead" for view in self.views()):
            self._is_dead_told = False
            self._debts.owe(partial(start_failures.clear, self._archive), "that the worker works")
        self._attempt("hand out", self.hand_out)

    def born(self, pid: int, card: str | None) -> None:
        """A worker process has been started."""
        self._debts.owe(lambda: self._roster.add(pid, card or ""), "a worker's birth")

    def buried(self, lane: Slot, error: FusionError) -> None:
        """A worker process has ended: nobody gets a preview from it any more."""
        self._previews.fail(lane, error)
        with self._lock:
            for id in [id for id, made in self._made.items() if made is lane]:
                del self._made[id]
        self._debts.owe(self._roster.bury, "a worker's death")

    def dead(self, error: FusionError, may_pass: bool) -> None:
        """There will be no other worker on a lane until somebody asks.

        Where that was the last, what waits fails; unless workers could be started before: then it is tried again.
        """
        views = self.views()
        if any(view.state != "dead" for view in views):
            return
        retry_at = min((view.retry_at for view in views if view.retry_at is not None), default=None)
        self._is_dead_told = True
        self._debts.owe(partial(start_failures.tell, self._archive, error, retry_at), "that the worker is dead")
        if not may_pass:
            self._debts.owe(partial(self._records.fail_waiting, error), "that what waits fails")

    def _is_held(self, id: str) -> bool:
        """Whether a lane has a job, or its end is still to be written down."""
        return any(lane.holds(id) for lane in self.slots.all) or self._debts.owes(id)

    def _attempt(self, task: str, act: Callable[[], _T]) -> _T | None:
        """Do it; None where it failed, which is told and logged."""
        try:
            done = act()
        except EXITS:
            raise
        except BaseException as failed:
            self._troubles.failed(task, failed)
            return None
        self._troubles.went_well(task)
        return done


def is_past(when: float | None) -> bool:
    """Whether a moment, in seconds since the epoch, has come; None has."""
    return when is None or not 0 < when - time.time() < _AT_MOST_S
