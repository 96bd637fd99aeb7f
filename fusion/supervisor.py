"""Keeps one worker process alive: starts it, listens to it, buries it and starts the next. Knows nothing of queues.

Standard library only, because the web process imports it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from fusion import wire
from fusion.errors import FusionError, WorkerDied
from fusion.spec import Precision
from fusion.wire import Beat, Event, Failed, Ready, Request

_log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
_DEATHS_ALLOWED = 3  # in a row, without a job: then something is wrong that another start does not mend
# OpenMP's threads spin at their barriers: on a machine that does something else besides, that turned a fusion of 0.1 s
# into one of 2 s and more; waiting passively costs it 0.05 s where nothing else runs. glibc gives every large block
# back to the system and asks for it again, page by page: keeping them halves the time of a face of 1000 px.
# Somebody's own choice in the environment comes first.
WORKER_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}
_BACK_OFF_S = (0.0, 0.0, 2.0)  # after so many deaths without a job
_GOODBYE_S = 3.0
# A worker says something each second from a thread of its own. One that has been silent for so long is stopped, or
# waits for ever within a library or a driver; on a machine that swaps, seconds alone prove nothing.
SILENCE_S = 30.0
_WATCH_S = 1.0
_LOG_BYTES = 1024 * 1024
_TAIL_LINES = 3


@dataclass(frozen=True, slots=True)
class WorkerView:
    """The worker now.

    Attributes:
        state: "starting", "ready", "busy" or "dead".
        error: why it is dead.
        card: UUID of the card that it was given; None where it takes what there is.
        job: the id of what it runs.
        resident_bytes: of the process on the host.
        allocated_bytes, reserved_bytes: on the card, by tensors and by torch; None without a card.
        precision: in which the unet engine's networks are loaded; None where they are not.
        beat_age_s: since it last gave a sign of life.
    """

    state: str
    device: str | None = None
    pid: int | None = None
    error: FusionError | None = None
    card: str | None = None
    job: str | None = None
    resident_bytes: int | None = None
    allocated_bytes: int | None = None
    reserved_bytes: int | None = None
    precision: Precision | None = None
    beat_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told of the worker's life, each time on the supervisor's own thread.

    Args:
        ready: requests are welcome.
        event: the worker has said something about a job or a preview.
        death: the process has ended with this exit code. Returns whether it died of a job, which then bears the blame.
        dead: there will be no other worker until somebody asks, for this reason.
        born: a process has been started.
    """

    ready: Callable[[], None]
    event: Callable[[Event], None]
    death: Callable[[int], bool]
    dead: Callable[[FusionError], None]
    born: Callable[[int], None] = lambda pid: None


class Supervisor:
    """Runs `python -m fusion.worker` until closed.

    Args:
        log: the file that the worker's standard error goes to.
        listener: who is told.
        card: UUID of the card that the worker may use; None: what the environment says.
    """

    def __init__(self, log: Path, listener: Listener, card: str | None = None) -> None:
        self._log = log
        self._listener = listener
        self._card = card
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._view = WorkerView("dead", card=card)
        self._heard = time.monotonic()
        self._deaths = 0
        self._has_worked = False  # a worker has been ready before: the next one need not prove that it can be

    def start(self) -> None:
        """Start a worker, unless there is one or one is coming. Returns at once."""
        with self._lock:
            if self._closing.is_set() or (self._thread is not None and self._view.state != "dead"):
                return
            self._view = WorkerView("starting", card=self._card)
            self._thread = threading.Thread(target=self._live, name="fusion supervisor", daemon=True)
            self._thread.start()

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
                self._process.stdin.write(wire.encode(request))
                self._process.stdin.flush()
            except OSError:  # it died this moment: the listening thread will say so
                return False
            return True

    def kill(self) -> None:
        """End the process now; another one starts."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

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
        if thread is not None and thread is not threading.current_thread():
            thread.join(_GOODBYE_S)
        self._show(WorkerView("dead", card=self._card))

    def _live(self) -> None:
        while not self._closing.wait(_BACK_OFF_S[min(self._deaths, len(_BACK_OFF_S) - 1)]):
            said = None
            try:
                process = self._spawn()
            except OSError as failure:  # not even Python could be started
                code, said = -1, FusionError("internal", why=str(failure))
            else:
                code, said = self._attend(process)
            if self._closing.is_set() or self._is_over(code, said):
                return

    def _attend(self, process: subprocess.Popen[bytes]) -> tuple[int, FusionError | None]:
        """Listen until the process ends: its exit code, and what it said of its own failure to start."""
        said: FusionError | None = None
        assert process.stdout is not None
        ended = threading.Event()
        threading.Thread(target=self._watch, args=(process, ended), name="fusion watch", daemon=True).start()
        for line in process.stdout:
            event = wire.event(line)
            self._heard = time.monotonic()
            if isinstance(event, Ready):
                self._has_worked = True
                self._show(WorkerView("ready", event.device, process.pid, card=self._card))
                self._listener.ready()
            elif isinstance(event, Beat):
                self._note(event)
            elif isinstance(event, Failed) and not event.id:
                said = event.error
            else:
                self._deaths = 0  # it works
                self._listener.event(event)
        ended.set()
        self._show(WorkerView("starting", card=self._card))
        process.kill()  # it has closed its output, so it is of no use, whether it has ended or not
        code = process.wait()
        process.stdout.close()
        self._close_input(process)
        return code, said

    def _watch(self, process: subprocess.Popen[bytes], ended: threading.Event) -> None:
        """Kill a process that has been silent for too long. While it warms up it may be: nothing beats yet."""
        while not ended.wait(_WATCH_S):
            if self.view().state == "ready" and time.monotonic() - self._heard > SILENCE_S:
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
            )

    def _is_over(self, code: int, said: FusionError | None) -> bool:
        """Tell of a death; True if no other worker is started."""
        self._deaths = 0 if self._listener.death(code) else self._deaths + 1
        known = said is not None and said.reason != "internal"  # another start would fail for the same reason
        if self._deaths < _DEATHS_ALLOWED and not known:
            return False
        error = said if said is not None and known else WorkerDied("worker_start", why=self._last_words(said))
        self._deaths = _DEATHS_ALLOWED - 1  # whoever asks again gets one try
        self._show(WorkerView("dead", error=error, card=self._card))
        self._listener.dead(error)
        return True

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._lock, _open_log(self._log) as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fusion.worker", *([wire.READY_FIRST] if self._has_worked else [])],
                cwd=ROOT,
                env={**WORKER_ENVIRONMENT, **os.environ, **self._chosen_card()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # so that Ctrl-C in the terminal reaches the parent alone
            )
            self._view = WorkerView("starting", pid=self._process.pid, card=self._card)
            if self._closing.is_set():  # close() came first and saw no process
                self._process.kill()
        self._listener.born(self._process.pid)
        return self._process

    def _chosen_card(self) -> dict[str, str]:
        return {} if self._card is None else {"CUDA_VISIBLE_DEVICES": self._card}

    def _close_input(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with self._lock, contextlib.suppress(OSError):
            process.stdin.close()

    def _show(self, view: WorkerView) -> None:
        with self._lock:
            self._view = view

    def _last_words(self, said: FusionError | None) -> str:
        if said is not None:
            return str(said.details["why"])
        try:
            lines = self._log.read_text(errors="replace").splitlines()
        except OSError as failure:
            return str(failure)
        return " | ".join([line.strip() for line in lines if line.strip()][-_TAIL_LINES:]) or "the log is empty"


def _open_log(path: Path) -> BinaryIO:
    """The log, opened at its end; a long one is set aside first, in place of the one set aside before."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > _LOG_BYTES:
            os.replace(path, path.with_name(path.name + ".1"))
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    except OSError as failure:  # a full or read-only disk: a worker without a log is better than none
        _log.warning("the worker's log %s cannot be written: %s", path, failure)
        return open(os.devnull, "ab")
