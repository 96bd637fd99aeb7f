"""One worker and the job that it has: handed over, watched, stopped, and settled however it ends.

Knows the worker through `fusion.supervisor` and everybody else through `Office`. The web process imports this.
"""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from fusion import memory
from fusion.errors import Cancelled, FusionError, JobTimeout, OutOfMemory, WorkerDied
from fusion.record import Record
from fusion.spec import Progress, State
from fusion.supervisor import Listener, Supervisor, WorkerView
from fusion.wire import Cancel, Done, Event, Failed, Fuse, Moved, Previewed, Request, Stepped, Stopped

CANCEL_GRACE_S = 5.0  # a stage that does not end in so long after a cancel costs the worker its life
DEATHS_ALLOWED = 3  # of workers over one job, in a row
_LEAST_TIMEOUT_S, _TIMES_EXPECTED, _UNEXPECTED_S = 60.0, 5.0, 600.0


class Office(Protocol):
    """Where jobs come from and where their ends are written down. Called from any thread, never under a lane's lock."""

    def claim(self) -> Record | None:
        """The next job, which runs from now on."""

    def request(self, record: Record) -> Fuse:
        """What the worker is asked to do."""

    def ended(self, record: Record, lane: Lane) -> None:
        """A job has come to its end, good or bad."""

    def again(self, record: Record, *, fallen: bool = False) -> None:
        """A job goes back to its place in the line.

        Args:
            fallen: whether the system has ended the worker over it because memory ran out.
        """

    def stepped(self, record: Record) -> None:
        """A job goes on one rung lower."""

    def done(self, event: Done) -> None:
        """What a job has cost is known."""

    def previewed(self, event: Previewed | Failed) -> bool:
        """Somebody may wait for a preview; False if nobody does."""

    def idle(self) -> None:
        """A worker has nothing to do."""

    def born(self, pid: int, card: str | None) -> None:
        """A worker process has been started."""

    def buried(self, lane: Lane, error: FusionError) -> None:
        """A worker process has ended, for this reason."""

    def dead(self, error: FusionError) -> None:
        """There will be no other worker on a lane until somebody asks."""


@dataclass(slots=True, eq=False)
class _Running:
    record: Record
    progress: Progress
    oom_kills: int | None  # by the system, before it began
    first_steps: int
    is_cancelled: bool = False
    verdict: FusionError | None = None  # why the worker is killed over it
    stopped: Stopped | None = None  # why the worker says that it cannot go on
    timer: threading.Timer | None = None

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Lane:
    """One worker.

    Args:
        log: the file that the worker's standard error goes to.
        office: where jobs come from.
        card: UUID of the card that the worker may use; None: what the environment says.
        timeout_s: the longest that a job may run; None: from what was expected of it.
    """

    def __init__(self, log: Path, office: Office, card: str | None, timeout_s: float | None) -> None:
        self.card = card
        self._office = office
        self._timeout_s = timeout_s
        self._lock = threading.RLock()
        self._running: _Running | None = None
        self._is_restarting = False
        self._births = self._jobs_of_this_one = 0
        listener = Listener(office.idle, self._on_event, self._on_death, office.dead, self._on_birth)
        self._supervisor = Supervisor(log, listener, card)

    def start(self) -> None:
        """Start the worker. Returns at once. A worker that had given up is given another try."""
        self._supervisor.start()

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            if self._running is not None:
                self._running.stop_timer()
        self._supervisor.close()

    def view(self) -> WorkerView:
        """The worker as it is now."""
        view = self._supervisor.view()
        running = self._running
        return replace(view, state="busy", job=running.record.id) if running and view.state == "ready" else view

    def send(self, request: Request) -> bool:
        """Send an errand; False if there is no warm worker to take it."""
        return self._supervisor.send(request)

    def progress(self, id: str) -> Progress | None:
        """How far a job is; None if it does not run here."""
        running = self._running
        return running.progress if running is not None and running.record.id == id else None

    def take(self) -> bool:
        """Take the next job, if the worker is free; False if it is not, or nothing waits."""
        with self._lock:
            if self._running is not None or self._supervisor.view().state != "ready":
                return False
            record = self._office.claim()
            if record is None:
                return False
            running = _Running(record, Progress(State.RUNNING), memory.oom_kills(), len(record.steps))
            self._running = running
            if self._supervisor.send(self._office.request(record)):
                timeout_s = self._timeout_of(record)
                self._set_timer(running, timeout_s, JobTimeout("job_timeout", seconds=timeout_s))
                return True
            self._running = None
        self._office.again(record)  # the worker died this moment, and not of this job
        return False

    def cancel(self, id: str) -> bool:
        """Stop a job at the end of what it is at, by force if that lasts; False if it does not run here."""
        with self._lock:
            running = self._running
            if running is None or running.record.id != id:
                return False
            if not running.is_cancelled:
                running.is_cancelled = True
                self._supervisor.send(Cancel(id))
                self._set_timer(running, CANCEL_GRACE_S, Cancelled())
            return True

    def restart(self) -> None:
        """End the worker, whatever it does, and start another. The job that it had runs again."""
        with self._lock:
            self._is_restarting = True
        self._supervisor.start()
        self._supervisor.kill()

    def _timeout_of(self, record: Record) -> float:
        if self._timeout_s is not None:
            return self._timeout_s
        if record.expected_s is None:
            return _UNEXPECTED_S
        return max(_LEAST_TIMEOUT_S, _TIMES_EXPECTED * record.expected_s)

    def _on_birth(self, pid: int) -> None:
        self._births += 1
        self._jobs_of_this_one = 0
        self._office.born(pid, self.card)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Previewed | Failed) and self._office.previewed(event):
            return
        with self._lock:
            running = self._running
            if running is None or getattr(event, "id", None) != running.record.id:
                return
            self._note(running, event)
            record = running.record
        if isinstance(event, Stepped):
            self._office.stepped(record)
        elif isinstance(event, Done):
            self._jobs_of_this_one += 1
            # The first job of a worker that took another's place has warmed it: its time says nothing of the next.
            if self._births == 1 or self._jobs_of_this_one > 1:
                self._office.done(event)
        if record.state != State.RUNNING:
            self._office.ended(record, self)
            self._office.idle()

    def _note(self, running: _Running, event: Event) -> None:
        """Take in what the worker says of its job."""
        if isinstance(event, Moved):
            running.progress = event.progress
        elif isinstance(event, Stepped):
            running.record = replace(running.record, steps=(*running.record.steps, event.step))
        elif isinstance(event, Stopped):
            running.stopped = event
        elif isinstance(event, Done):
            running.record = _done(running.record, event)
            self._let_go(running)
        elif isinstance(event, Failed):
            running.record = _failed(running.record, event.error)
            self._let_go(running)

    def _on_death(self, code: int) -> bool:
        with self._lock:
            running, restarting = self._running, self._is_restarting
            self._is_restarting = False
            if running is not None:
                self._let_go(running)
        error = WorkerDied("worker_died", code=code)
        self._office.buried(self, error)
        if running is None:
            return restarting
        self._settle(running, error, restarting=restarting)
        self._office.idle()  # another worker may take it
        return True

    def _settle(self, running: _Running, error: WorkerDied, *, restarting: bool) -> None:
        """A worker has died over a job: the job ends, or another worker shall run it."""
        record = running.record
        if running.verdict is not None:
            self._office.ended(_failed(record, running.verdict), self)
        elif running.is_cancelled:
            self._office.ended(_failed(record, Cancelled()), self)
        elif restarting:
            self._office.again(record)
        elif running.stopped is not None and running.stopped.error.reason == "out_of_memory":
            self._office.again(replace(record, steps=running.stopped.steps))
        elif error.details["code"] == -signal.SIGKILL and _ran_out(running.oom_kills):
            # It may have stepped down before that: then it died for the first time on this rung.
            deaths = 0 if len(record.steps) > running.first_steps else record.deaths
            shortage = OutOfMemory("out_of_memory", device="this computer")
            self._count_death(replace(record, deaths=deaths), shortage, fallen=True)
        else:
            self._count_death(record, running.stopped.error if running.stopped else error)

    def _count_death(self, record: Record, error: FusionError, *, fallen: bool = False) -> None:
        died = replace(record, deaths=record.deaths + 1)
        if died.deaths >= DEATHS_ALLOWED:
            self._office.ended(_failed(died, error), self)
        else:
            self._office.again(died, fallen=fallen)

    def _let_go(self, running: _Running) -> None:
        running.stop_timer()
        self._running = None

    def _set_timer(self, running: _Running, seconds: float, verdict: FusionError) -> None:
        running.stop_timer()
        running.timer = threading.Timer(seconds, self._condemn, (running, verdict))
        running.timer.daemon = True
        running.timer.start()

    def _condemn(self, running: _Running, verdict: FusionError) -> None:
        """Kill the worker over a job that does not end by itself."""
        with self._lock:
            if running is self._running:
                running.verdict = verdict
                self._supervisor.kill()


def _done(record: Record, event: Done) -> Record:
    return replace(
        record,
        state=State.DONE,
        error=None,
        facts=event.facts,
        recipe=event.recipe,
        measurement=event.measurement,
        steps=event.steps,
    )


def _failed(record: Record, error: FusionError) -> Record:
    return replace(record, state=State.CANCELLED if error.reason == "cancelled" else State.FAILED, error=error)


def _ran_out(kills_before: int | None) -> bool:
    """Whether the system has ended a process here since then because memory ran out."""
    now = memory.oom_kills()
    return now is not None and kills_before is not None and now > kills_before
