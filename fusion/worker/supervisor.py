"""Keeps one worker process alive: starts it, listens to it, buries it and starts the next. Knows nothing of queues.

Standard library only, because the web process imports it.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from fusion.errors import FusionError, Reason, WorkerDied
from fusion.threads import ServiceThread, Troubles, back_off, told
from fusion.units import MIB
from fusion.worker import protocol
from fusion.worker.protocol import Beat, Drafted, Event, Failed, Moved, Previewed, Ready, Request
from fusion.worker.start import ROOT, WORKER_ENVIRONMENT, Process, Starter, last_words, spawn
from fusion.worker.view import WorkerView

__all__ = ["ROOT", "WORKER_ENVIRONMENT", "Listener", "Supervisor", "WorkerView"]

_DEATHS_ALLOWED = 3  # in a row, without a job: then something is wrong that another start does not mend
_BACK_OFF_S = (0.0, 0.0, 2.0)  # after so many deaths without a job
_REVIVE_S = (5.0, 10.0, 20.0, 30.0)  # until one that was given up, so often in a row, may be tried again
_GOODBYE_S = 3.0
# A worker says something each second from a thread of its own. One that has been silent for so long is stopped, or
# waits for ever within a library or a driver; on a machine that swaps, seconds alone prove nothing.
SILENCE_S = 30.0
_WATCH_S = 1.0
_LINE_BYTES = 64 * MIB  # no event comes near it
_SPAWN = "starting a worker"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of the worker's life, each time on the supervisor's own thread.

    Whatever one of these raises is a death of the worker like any other: its process is killed, `death` is told, and
    the next one is started.

    Args:
        ready: requests are welcome.
        event: the worker has said something about a job or a preview.
        death: the process has ended with this exit code; what failed here and why it was killed, if that was so.
            Returns whether it died of a job, which then bears the blame.
        dead: there will be no other worker until somebody asks, for this reason; whether it has worked before, so that
            the reason may pass.
        born: a process has been started.
    """

    ready: Callable[[], None]
    event: Callable[[Event], None]
    death: Callable[[int, FusionError | None], bool]
    dead: Callable[[FusionError, bool], None]
    born: Callable[[int], None] = lambda pid: None


class Supervisor:
    """Runs `python -m fusion.worker` until closed.

    Args:
        log: the file that the worker's standard error goes to.
        listener: who is told.
        card: UUID of the card that the worker may use; None: what the environment says.
        starter: starts the worker; None: here, as a child of this process.
    """

    def __init__(self, log: Path, listener: Listener, card: str | None = None, starter: Starter | None = None) -> None:
        self._log = log
        self._listener = listener
        self._card = card
        self._starter: Starter = starter or partial(spawn, card=card)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: ServiceThread | None = None
        self._troubles = Troubles(f"supervisor of {log.name}")
        self._process: Process | None = None
        self._view = WorkerView("dead", card=card)
        self._heard = time.monotonic()
        self._is_listening = False  # else what was heard is being dealt with
        self._deaths = 0
        self._given_up = 0  # times in a row
        self._has_worked = False  # a worker has been ready before: the next one need not prove that it can be

    def start(self) -> None:
        """Start a worker, unless there is one or one is coming. Returns at once."""
        with self._lock:
            if self._closing.is_set() or (self._thread is not None and self._view.state != "dead"):
                return
            self._view = WorkerView("starting", card=self._card)
            self._thread = ServiceThread(self._live, "fusion supervisor", self._give_up)
            try:
                self._thread.start()
            except RuntimeError as failure:  # the system gives no more threads
                self._view = self._dead(self._troubles.failed(_SPAWN, failure))

    @property
    def error(self) -> FusionError | None:
        """Why something that the worker's life calls for failed here the last time; None where all went well."""
        return self._troubles.error

    def view(self) -> WorkerView:
        """A snapshot: "ready" also while it works."""
        with self._lock:
            alive = self._view.state == "ready"
            return replace(self._view, beat_age_s=time.monotonic() - self._heard if alive else None)

    def send(self, request: Request) -> bool:
        """Send a request; False if there is no warm worker to take it."""
        with self._lock:
            if self._view.state != "ready" or self._process is None or self._process.stdin is None:
                return False
            try:
                self._process.stdin.write(protocol.encode(request))
                self._process.stdin.flush()
            except (OSError, ValueError):  # it died or was closed this moment: the listening thread will say so
                return False
            return True

    def kill(self) -> bool:
        """End the process now; another one starts. False where none lives."""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                return False
            self._process.kill()
            return True

    def close(self) -> None:
        """End the process and start no other. Waits a few seconds at most; may be called twice."""
        self._closing.set()
        with self._lock:
            process, thread, is_ready = self._process, self._thread, self._view.state == "ready"
        if process is not None and not is_ready:
            process.kill()  # it has nothing to lose, and would finish starting first
        if process is not None:
            self._close_input(process)
            try:
                process.wait(_GOODBYE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if thread is not None:
            thread.join(_GOODBYE_S)
        self._show(WorkerView("dead", card=self._card))

    def _live(self) -> None:
        while not self._closing.wait(_BACK_OFF_S[min(self._deaths, len(_BACK_OFF_S) - 1)]):
            if self._one_life():
                return

    def _one_life(self) -> bool:
        """Start a process, listen until it ends, and tell of its death; True if no other is started."""
        process: Process | None = None
        ended = threading.Event()
        said = fault = None
        code = -1
        try:
            process = self._guarded(_SPAWN, self._spawn)
            self._guarded("born", partial(self._listener.born, process.pid))
            self._guarded("watch", ServiceThread(partial(self._watch, process, ended), "fusion watch").start)
            said = self._listen(process)
        except BaseException as failure:  # here or in a callback, and noted: this process is not used any more
            fault = told(failure)
        ended.set()
        self._show(WorkerView("starting", card=self._card))
        if process is not None:
            code = self._end(process)
        return self._closing.is_set() or self._is_over(code, said, fault)

    def _listen(self, process: Process) -> FusionError | None:
        """Take in what the process says until it closes its output: what it said of its own failure to start."""
        said: FusionError | None = None
        assert process.stdout is not None
        self._heard, self._is_listening = time.monotonic(), True
        while line := self._guarded("listen", partial(process.stdout.readline, _LINE_BYTES)):
            self._is_listening = False
            if not line.endswith(b"\n") and len(line) < _LINE_BYTES:
                break  # it died as it wrote
            event = self._guarded("understand", partial(protocol.event, line))
            if isinstance(event, Failed) and not event.id:
                said = event.error
            else:
                self._hear(event, process.pid)
            self._heard, self._is_listening = time.monotonic(), True
        return said

    def _hear(self, event: Event, pid: int) -> None:
        if isinstance(event, Ready) and self._view.state == "ready":  # it has left its card
            self._show(replace(self.view(), device=event.device, able=event.able))
        elif isinstance(event, Ready):
            self._has_worked = True
            self._show(WorkerView("ready", event.device, pid, card=self._card, able=event.able))
            self._guarded("ready", self._listener.ready)
            for over in ("death", "dead"):  # else they would be shown until another one dies
                self._troubles.went_well(over)
        elif isinstance(event, Beat):
            self._note(event)
        elif isinstance(event, Moved) and not event.id:  # its start
            self._show(replace(self.view(), weights=event.progress.fraction))
        else:
            self._deaths = self._given_up = 0  # it works
            task = "event" if isinstance(event, Moved | Drafted | Previewed) else "event of a job's fate"
            self._guarded(task, partial(self._listener.event, event))

    def _guarded(self, task: str, act: Callable[[], _T]) -> _T:
        """Do it, with its failure noted."""
        try:
            done = act()
        except BaseException as failure:
            self._troubles.failed(task, failure)
            raise
        self._troubles.went_well(task)
        return done

    def _end(self, process: Process) -> int:
        """The exit code of a process that has closed its output, or is not listened to any more."""
        assert process.stdout is not None
        process.kill()  # it is of no use, whether it has ended or not
        code = process.wait()
        process.stdout.close()
        self._close_input(process)
        return code

    def _watch(self, process: Process, ended: threading.Event) -> None:
        """Kill a process that has been silent for too long. While it warms up it may be: nothing beats yet.

        Takes no lock: who sends to a process that reads no more holds it, until that process ends.
        """
        while not ended.wait(_WATCH_S):
            is_silent = self._is_listening and time.monotonic() - self._heard > SILENCE_S
            if self._view.state == "ready" and is_silent:
                process.kill()
                return

    def _note(self, beat: Beat) -> None:
        with self._lock:
            self._view = replace(
                self._view,
                resident_bytes=beat.resident_bytes,
                allocated_bytes=beat.allocated_bytes,
                reserved_bytes=beat.reserved_bytes,
                precision=beat.precision,
                free_bytes=beat.free_bytes,
            )

    def _is_over(self, code: int, said: FusionError | None, fault: FusionError | None) -> bool:
        """Tell of a death; True if no other worker is started."""
        is_blamed = False
        with contextlib.suppress(BaseException):  # noted
            is_blamed = self._guarded("death", partial(self._listener.death, code, fault))
        self._deaths = 0 if is_blamed else self._deaths + 1
        known = said is not None and said.reason != Reason.INTERNAL  # another start would fail for the same reason
        if self._deaths < _DEATHS_ALLOWED and not known:
            return False
        self._give_up(said if said is not None and known else self._unstartable(said or fault), known=known)
        return True

    def _give_up(self, error: FusionError, *, known: bool = False) -> None:
        """There is no other worker until somebody asks."""
        self._deaths = _DEATHS_ALLOWED - 1  # whoever asks gets one try
        self._show(self._dead(error))
        with contextlib.suppress(BaseException):  # noted
            self._guarded("dead", partial(self._listener.dead, error, self._has_worked and not known))

    def _dead(self, error: FusionError) -> WorkerView:
        self._given_up += 1
        retry_at = time.time() + back_off(self._given_up, _REVIVE_S)
        return WorkerView("dead", error=error, card=self._card, retry_at=retry_at)

    def _unstartable(self, why: FusionError | None) -> WorkerDied:
        if why is None:
            return WorkerDied(Reason.WORKER_START, why=last_words(self._log))
        return WorkerDied(Reason.WORKER_START, why=why.details.get("why", why.message))

    def _spawn(self) -> Process:
        with self._lock:
            self._process = self._starter(self._log, ready_first=self._has_worked)
            self._view = WorkerView("starting", pid=self._process.pid, card=self._card)
            if self._closing.is_set():  # close() came first and saw no process
                self._process.kill()
            return self._process

    def _close_input(self, process: Process) -> None:
        assert process.stdin is not None
        with self._lock, contextlib.suppress(OSError):
            process.stdin.close()

    def _show(self, view: WorkerView) -> None:
        with self._lock:
            self._view = view
