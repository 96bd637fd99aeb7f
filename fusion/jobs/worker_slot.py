"""One worker and the job that it has: handed over, watched, stopped, and settled however it ends.

Knows the worker through `fusion.worker.supervisor` and everybody else through `Office`. The web process imports this.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from fusion.errors import Cancelled, FusionError, JobTimeout, OutOfMemory, Reason, WorkerDied
from fusion.jobs.run import Run, failed, ran_out
from fusion.jobs.slot_events import Office
from fusion.memory import HOST, budget
from fusion.storage import Record
from fusion.threads import Later, all_of, told
from fusion.types import Progress, Stage, State
from fusion.worker import Listener, Starter, Supervisor, WorkerView, protocol

CANCEL_GRACE_S = 5.0  # a stage that does not end in so long after a cancel costs the worker its life
_SIGKILL = 9  # as exit codes tell of it, negative, where there are signals
_LEAST_TIMEOUT_S, _TIMES_EXPECTED, _UNEXPECTED_S = 60.0, 5.0, 600.0


class Lane:
    """One worker.

    Args:
        log: the file that the worker's standard error goes to.
        office: where jobs come from.
        card: UUID of the card that the worker may use; None: what the environment says.
        timeout_s: the longest that a job may run; None: from what was expected of it.
        node: the place on another machine where `starter` starts the worker; None: it is a child of this process.
    """

    def __init__(
        self,
        log: Path,
        office: Office,
        card: str | None,
        timeout_s: float | None,
        *,
        node: str | None = None,
        starter: Starter | None = None,
    ) -> None:
        self.card = card
        self._node = node
        self._office = office
        self._timeout_s = timeout_s
        self._lock = threading.RLock()
        self._running: Run | None = None
        self._is_taking = self._is_asked = False  # a job; again, meanwhile
        self._is_restarting = self._is_ending = False  # the worker, by hand or over its job
        self._births = self._jobs_of_this_one = 0
        listener = Listener(office.idle, self._on_event, self._on_death, office.dead, self._on_birth)
        self._supervisor = Supervisor(log, listener, card, starter)

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
        view = replace(self._supervisor.view(), node=self._node)
        running = self._running
        return replace(view, state="busy", job=running.record.id) if running and view.state == "ready" else view

    def send(self, request: protocol.Request) -> bool:
        """Send an errand; False if there is no warm worker to take it."""
        return self._supervisor.send(request)

    def run_of(self, id: str) -> Run | None:
        """The run of a job; None if it does not run here."""
        running = self._running
        return running if running is not None and running.record.id == id else None

    @property
    def error(self) -> FusionError | None:
        """Why something that the worker's life calls for failed here the last time; None where all went well."""
        return self._supervisor.error

    def holds(self, id: str) -> bool:
        """Whether a job may be with this lane: it runs, is being written down, or is being taken this moment."""
        with self._lock:
            return self._is_taking or (self._running is not None and self._running.record.id == id)

    @property
    def is_idle(self) -> bool:
        """Whether it has no job, and takes none this moment."""
        with self._lock:
            return not self._is_taking and self._running is None

    def take(self) -> bool:
        """Take the next job, if the worker is free; False if it is not, or nothing waits."""
        with self._lock:
            if self._is_taking:  # by another thread, which then looks once more
                self._is_asked = True
                return False
            if not self._is_free():
                return False
            self._is_taking = True
        try:
            took = self._take()
            while not took and self._goes_on_taking():
                took = self._take()
        except BaseException:
            self._is_taking = False
            raise
        if took:
            self._is_taking = False
        return took

    def _goes_on_taking(self) -> bool:
        """Whether somebody has asked meanwhile, who may know of a job that was not there before."""
        with self._lock:
            asked, self._is_asked = self._is_asked, False
            self._is_taking = asked and self._is_free()
            return self._is_taking

    def _is_free(self) -> bool:
        is_kept = self._running is not None or self._is_ending or self._is_restarting
        return not is_kept and self._supervisor.view().state == "ready"

    def _take(self) -> bool:
        record = self._office.claim(self)
        if record is None:
            return False
        try:
            if self._begin(record, self._office.request(record)):
                return True
        except BaseException as failure:  # no worker could be asked for it: that is no better than one that died of it
            self._count_death(record, told(failure))
            raise
        self._office.again(record)  # the worker died this moment, and not of this job
        return False

    def _begin(self, record: Record, asked: protocol.Fuse) -> bool:
        """Hand a job to the worker; False where it is not there any more."""
        running = Run(record, Progress(State.RUNNING), budget.oom_kills(), len(record.steps))
        with self._lock:
            self._running = running
            try:
                self._set_limit(running)
                if self._supervisor.send(asked):
                    return True
            except BaseException:
                self._let_go(running)
                raise
            self._let_go(running)
            return False

    def cancel(self, id: str, started: float | None = None) -> bool:
        """Stop a job at the end of what it is at, by force if that lasts; False if it does not run here.

        Args:
            started: of the run that is meant, since a job that is tried again has the same id; None: whichever it is.
        """
        with self._lock:
            running = self._running
            if running is None or running.record.id != id or running.is_over:
                return False
            if started is not None and running.record.started != started:
                return False
            if not running.is_cancelled:
                running.is_cancelled = True
                self._supervisor.send(protocol.Cancel(id))
                self._set_timer(running, CANCEL_GRACE_S, Cancelled())
            return True

    def restart(self) -> None:
        """End the worker, whatever it does, and start another. The job that it had runs again."""
        with self._lock:
            if self._supervisor.kill():  # else there is nobody whose death is to be told from others
                self._is_restarting = True
        self._supervisor.start()

    def _timeout_of(self, record: Record) -> float:
        if self._timeout_s is not None or record.expected_s is None:
            return self._timeout_s or _UNEXPECTED_S
        return max(_LEAST_TIMEOUT_S, _TIMES_EXPECTED * record.expected_s)

    def _set_limit(self, running: Run) -> None:
        seconds = self._timeout_of(running.record)
        self._set_timer(running, seconds, JobTimeout(Reason.JOB_TIMEOUT, seconds=seconds))

    def _on_birth(self, pid: int) -> None:
        with self._lock:
            self._is_restarting = self._is_ending = False  # that was another process
        self._births += 1
        self._jobs_of_this_one = 0
        if self._node is None:
            self._office.born(pid, self.card)

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Previewed | protocol.Failed) and self._office.previewed(event):
            return
        with self._lock:
            running = self._running
            if running is None or running.is_over or getattr(event, "id", None) != running.record.id:
                return
            self._note(running, event)
            record, is_over = running.record, isinstance(event, protocol.Done | protocol.Failed)
        if isinstance(event, protocol.Stepped):
            self._office.stepped(record)
        elif isinstance(event, protocol.Done):
            self._jobs_of_this_one += 1
            # The first job of a worker that took another's place has warmed it: its time says nothing of the next.
            if self._births == 1 or self._jobs_of_this_one > 1:
                self._office.done(event)
        if is_over:
            self._office.ended(record, self)
            self._let_go(running)
            self._office.idle()

    def _note(self, running: Run, event: protocol.Event) -> None:
        """Take in what the worker says of its job."""
        running.hear(event)
        is_loading = isinstance(event, protocol.Moved) and event.progress.stage == Stage.WEIGHTS
        if is_loading and not running.is_cancelled:
            self._set_limit(running)  # weights take no time of the job's

    def _on_death(self, code: int, fault: FusionError | None) -> bool:
        with self._lock:
            running, is_wanted = self._running, self._is_restarting
            self._is_restarting = False
            if running is not None:
                running.stop_timer()
        error = WorkerDied(Reason.WORKER_DIED, code=code)
        acts: list[Callable[[], object]] = [partial(self._office.buried, self, error)]
        if running is not None:
            acts += [
                partial(self._settle, running, error, fault, restarting=is_wanted),
                partial(self._let_go, running),
                self._office.idle,  # another worker may take it
            ]
        all_of(*acts)
        return is_wanted or running is not None

    def _settle(self, running: Run, error: WorkerDied, fault: FusionError | None, *, restarting: bool) -> None:
        """A worker has died over a job: the job ends, or another worker shall run it."""
        record = running.record
        if running.is_over:  # and could not be written down, which is why the worker was killed
            self._office.ended(record, self)
        elif running.verdict is not None:
            self._office.ended(failed(record, running.verdict), self)
        elif running.is_cancelled:
            self._office.ended(failed(record, Cancelled()), self)
        elif restarting or (fault is not None and fault.reason == Reason.NODE_LOST):  # which is no fault of the job's
            self._office.again(record)
        elif running.stopped is not None and running.stopped.error.reason == Reason.OUT_OF_MEMORY:
            self._office.again(replace(record, steps=running.stopped.steps))
        elif error.details["code"] == -_SIGKILL and fault is None and ran_out(running.oom_kills):
            # It may have stepped down before that: then it died for the first time on this rung.
            deaths = 0 if len(record.steps) > running.first_steps else record.deaths
            shortage = OutOfMemory(Reason.OUT_OF_MEMORY, device=HOST)
            self._count_death(replace(record, deaths=deaths), shortage, fallen=True)
        else:
            self._count_death(record, running.stopped.error if running.stopped else fault or error)

    def _count_death(self, record: Record, error: FusionError, *, fallen: bool = False) -> None:
        died = replace(record, deaths=record.deaths + 1)
        if died.deaths >= Record.DEATHS_ALLOWED:
            self._office.ended(failed(died, error), self)
        else:
            self._office.again(died, fallen=fallen)

    def _let_go(self, running: Run) -> None:
        with self._lock:
            running.stop_timer()
            if self._running is running:
                self._running = None

    def _set_timer(self, running: Run, seconds: float, verdict: FusionError) -> None:
        running.stop_timer()
        running.timer = Later(seconds, partial(self._condemn, running, verdict), "fusion deadline")

    def _condemn(self, running: Run, verdict: FusionError) -> None:
        """Kill the worker over a job that does not end by itself."""
        with self._lock:
            if running is self._running and not running.is_over:
                running.verdict = verdict
                self._is_ending = self._supervisor.kill()
