"""The queue: jobs in order, one at a time to the worker, each with its folder, its progress and its outcome.

The web process imports this, so nothing here loads torch. Every method may be called from any thread.
"""

from __future__ import annotations

import atexit
import queue
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fusion import config, storage
from fusion.errors import Cancelled, FusionError, JobTimeout, WorkerDied
from fusion.ledger import LEDGER, Ledger
from fusion.measurement import Measurement
from fusion.spec import EngineName, Precision, Progress, Settings, State
from fusion.supervisor import Listener, Supervisor, WorkerView
from fusion.wire import Cancel, Done, Event, Failed, Forget, Fuse, Moved, Preview, Previewed, Ready

__all__ = ["LEDGER", "JobView", "Jobs", "Outcome", "WorkerView"]

CANCEL_GRACE_S = 10.0  # a stage that does not end in so long after a cancel costs the worker its life
PREVIEW_SIDE_PX = 512

_OUTPUT, _BEFORE = "output.png", "before.png"
_PHOTOS = ("target", "source")
_RESULTS = frozenset({_OUTPUT, _BEFORE})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job made: two PNG files of one size, the facts that `--json` prints, and the recipe."""

    output: Path
    before: Path
    facts: Mapping[str, Any]
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as it is now. `outcome` is there when it is done, `error` when it failed or was cancelled."""

    id: str
    settings: Settings
    progress: Progress
    outcome: Outcome | None = None
    error: FusionError | None = None


@dataclass(slots=True, eq=False)
class _Job:
    view: JobView
    folder: Path
    cancelled: bool = False
    verdict: FusionError | None = None  # why the worker is killed over it
    timer: threading.Timer | None = None

    def request(self) -> Fuse:
        at = self.folder
        target, source = (at / name for name in _PHOTOS)
        return Fuse(self.view.id, target, source, self.view.settings, at / _OUTPUT, at / _BEFORE)

    def move(self, progress: Progress) -> None:
        self.view = replace(self.view, progress=progress)

    def settle(self, outcome: Outcome | None, error: FusionError | None) -> None:
        before = self.view.progress
        if error is None:
            progress = Progress(State.DONE, before.stage, 1.0)
        else:
            state = State.CANCELLED if error.reason == "cancelled" else State.FAILED
            progress = Progress(state, before.stage, before.fraction)
        self.view = replace(self.view, progress=progress, outcome=outcome, error=error)

    def remove_photos(self) -> None:
        for name in _PHOTOS:
            (self.folder / name).unlink(missing_ok=True)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Jobs:
    """One queue and one worker.

    Args:
        folder: where jobs keep their files; the data folder's `jobs` if None. Other apps may use the same.
    """

    def __init__(self, folder: Path | None = None) -> None:
        settings = config.load()
        self.folder = storage.private_folder(folder or settings.data / "jobs")
        self._timeout_s = settings.job_timeout_s
        self._lock = threading.RLock()
        self._jobs: dict[str, _Job] = {}
        self._waiting: deque[_Job] = deque()
        self._running: _Job | None = None
        self._previews: dict[str, queue.SimpleQueue[bytes | FusionError]] = {}
        self._closed = False
        self._loaded: Precision | None = None
        self._ledger_error: FusionError | None = None
        self.ledger = Ledger(settings.data / LEDGER)
        storage.sweep(self.folder, _RESULTS)
        listener = Listener(self._dispatch, self._on_event, self._on_death, self._on_dead)
        self._supervisor = Supervisor(self.folder.parent / "worker.log", listener)
        atexit.register(self.close)

    def start(self) -> None:
        """Start the worker. Returns at once; jobs may be submitted meanwhile."""
        self._supervisor.start()

    def submit(self, target: bytes, source: bytes, settings: Settings) -> str:
        """Queue a job and return its id. A worker that had given up is given another try.

        Raises:
            OSError: the photos could not be written to the job's folder.
            WorkerDied: the queue is closed.
        """
        if self._closed:
            raise WorkerDied("worker_start", why="the queue is closed")
        id = storage.new_name()
        folder = storage.private_folder(self.folder / id)
        try:
            storage.claim(folder)
            for name, data in zip(_PHOTOS, (target, source), strict=True):
                storage.write(folder / name, data, 0o600)
        except OSError:
            storage.remove(folder)
            raise
        with self._lock:
            job = _Job(JobView(id, settings, Progress(State.QUEUED)), folder)
            self._jobs[id] = job
            self._waiting.append(job)
        self._supervisor.start()
        self._dispatch()
        return id

    def view(self, id: str) -> JobView:
        """The job as it is now.

        Raises:
            FusionError: there is no such job.
        """
        with self._lock:
            return self._find(id).view

    def cancel(self, id: str) -> None:
        """Stop a job: at once if it waits, at the end of its stage if it runs, not at all if it has ended.

        Raises:
            FusionError: there is no such job.
        """
        with self._lock:
            job = self._find(id)
            if job in self._waiting:
                self._end(job, error=Cancelled())
            elif job is self._running and not job.cancelled:
                job.cancelled = True
                self._supervisor.send(Cancel(id))
                self._set_timer(job, CANCEL_GRACE_S, Cancelled())

    def preview(self, id: str, settings: Settings, timeout_s: float = 10.0) -> bytes:
        """The result of a job with other finishing settings, as JPEG of at most 512 px. Waits for it.

        Raises:
            FusionError: "job_unknown" when the worker keeps the result no longer: run a new job.
            JobTimeout: it took longer than `timeout_s`.
        """
        request = Preview(secrets.token_hex(8), id, settings, PREVIEW_SIDE_PX)
        answer: queue.SimpleQueue[bytes | FusionError] = queue.SimpleQueue()
        with self._lock:
            self._previews[request.id] = answer
        try:
            if not self._supervisor.send(request):
                raise FusionError("job_unknown", id=id)
            found = answer.get(timeout=timeout_s)
        except queue.Empty as error:
            self._supervisor.send(Cancel(request.id))
            raise JobTimeout("job_timeout", seconds=timeout_s) from error
        finally:
            with self._lock:
                self._previews.pop(request.id, None)
        if isinstance(found, FusionError):
            raise found
        return found

    def worker(self) -> WorkerView:
        """The worker as it is now."""
        view = self._supervisor.view()
        with self._lock:
            busy = view.state == "ready" and self._running is not None
        return replace(view, state="busy") if busy else view

    @property
    def loaded(self) -> Precision | None:
        """The precision in which the worker holds the unet engine's networks; None where it does not."""
        with self._lock:
            return self._loaded if self._supervisor.view().state == "ready" else None

    @property
    def ledger_error(self) -> FusionError | None:
        """Why the last measurement could not be kept; None where it was."""
        with self._lock:
            return self._ledger_error

    def forget(self, id: str) -> None:
        """Remove a job and its files, stopping it first; one that is not there is no error."""
        with self._lock:
            if id not in self._jobs:
                return
            self.cancel(id)
            job = self._jobs.pop(id)
            self._supervisor.send(Forget(id))
            if job is not self._running:  # else its files go when it ends
                storage.remove(job.folder)

    def close(self) -> None:
        """End the worker and remove every job with its files. May be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.clear()
        atexit.unregister(self.close)
        self._supervisor.close()
        with self._lock:
            for job in self._jobs.values():
                job.stop_timer()
                storage.remove(job.folder)
            self._jobs.clear()

    def _find(self, id: str) -> _Job:
        if id not in self._jobs:
            raise FusionError("job_unknown", id=id)
        return self._jobs[id]

    def _dispatch(self) -> None:
        """Hand the next job to the worker, if both are there."""
        with self._lock:
            if self._running is not None or not self._waiting:
                return
            job = self._waiting[0]
            if self._supervisor.send(job.request()):
                self._waiting.popleft()
                self._running = job
                job.move(Progress(State.RUNNING))
                self._set_timer(job, self._timeout_s, JobTimeout("job_timeout", seconds=self._timeout_s))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Done):
            self._learn(event.measurement)
        with self._lock:
            job = self._running
            if isinstance(event, Previewed | Failed) and event.id in self._previews:
                self._previews[event.id].put(event.jpeg if isinstance(event, Previewed) else event.error)
            elif job is None or isinstance(event, Ready | Previewed) or event.id != job.view.id:
                return  # of a preview that nobody waits for any more
            elif isinstance(event, Moved):
                job.move(event.progress)
            elif isinstance(event, Done):
                self._end(job, Outcome(job.folder / _OUTPUT, job.folder / _BEFORE, event.facts, event.recipe))
            else:
                self._end(job, error=event.error)
        self._dispatch()

    def _learn(self, measurement: Measurement) -> None:
        """Keep what a job has cost. A ledger that cannot be written to costs no job: the pages say so."""
        failed: FusionError | None = None
        try:
            self.ledger.add(measurement)
        except FusionError as error:
            failed = error
        with self._lock:
            self._ledger_error = failed
            if measurement.workload.engine == EngineName.UNET:
                self._loaded = measurement.workload.precision

    def _on_death(self, code: int) -> bool:
        error = WorkerDied("worker_died", code=code)
        with self._lock:
            for answer in self._previews.values():
                answer.put(error)
            self._loaded = None
            job = self._running
            if job is not None:
                self._end(job, error=job.verdict or error)
            return job is not None

    def _on_dead(self, error: FusionError) -> None:
        with self._lock:
            while self._waiting:
                self._end(self._waiting[0], error=error)

    def _end(self, job: _Job, outcome: Outcome | None = None, error: FusionError | None = None) -> None:
        """Settle a job and remove its photos, or all its files where nobody will ask for a result."""
        job.stop_timer()
        if job is self._running:
            self._running = None
        else:
            self._waiting.remove(job)
        job.settle(outcome, error)
        if outcome is None or job.view.id not in self._jobs:
            storage.remove(job.folder)
        else:
            job.remove_photos()

    def _set_timer(self, job: _Job, seconds: float, verdict: FusionError) -> None:
        job.stop_timer()
        job.timer = threading.Timer(seconds, self._condemn, (job, verdict))
        job.timer.daemon = True
        job.timer.start()

    def _condemn(self, job: _Job, verdict: FusionError) -> None:
        """Kill the worker over a job that does not end by itself."""
        with self._lock:
            if job is self._running:
                job.verdict = verdict
                self._supervisor.kill()
