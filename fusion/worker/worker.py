"""The child process that owns torch, the models and the GPU: `python -m fusion.worker`, started by `fusion.jobs`.

It reads requests from its standard input and writes events to its standard output, as `fusion.worker.protocol` says,
one job at a time. It ends when its input closes, which is also what happens when its parent dies; and, with the exit
code `protocol.STOPPED_EXIT`, after it has said `Stopped`.

For tests, FUSEWISE_PIPELINE=module:Class names another class with the methods of `fusion.pipeline.Pipeline`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import importlib.metadata
import os
import platform
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from fusion import provenance
from fusion.errors import Cancelled, FusionError, OutOfMemory, Reason
from fusion.memory import Step, budget
from fusion.refusal import Guard
from fusion.threads import PeriodicThread, ServiceThread
from fusion.types import Progress, Stage, State
from fusion.worker import able, fallback_run, own_streams, protocol, run_job
from fusion.worker.fallback_run import Stranded
from fusion.worker.protocol import (
    Beat,
    Done,
    Drafted,
    Event,
    Failed,
    Forget,
    Fuse,
    Moved,
    Preview,
    Previewed,
    Ready,
    Stepped,
    Stopped,
    Unload,
)
from fusion.worker.requests import Inbox
from fusion.worker.result_cache import Results

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline

_PIPELINE = "fusion.pipeline:Pipeline"
_PROGRESS_EVERY_S = 0.05
_BEAT_EVERY_S = 1.0
_STEPS_IN_PROCESS = 1  # down the ladder; where that does not help, a process that begins empty shall try
_PREVIEW_QUALITY = 88
_FIRST_JOB_S = 0.5  # in which whoever waits for this process has heard of it and sent a job
# The pages come first: while the worker warms up or computes, a browser that asks for something is answered. Where
# nobody asks, the worker loses nothing. By one step only: where the system shares cores out by niceness alone, and not
# among sessions first, five leave a job a quarter of the cores beside another program that computes, and one 45 %.
NICENESS = 1


class Worker:
    """A pipeline at work for an inbox.

    Args:
        inbox: where requests come from.
        events: where events are written.
        pipeline: runs the jobs.
    """

    def __init__(self, inbox: Inbox, events: BinaryIO, pipeline: Pipeline) -> None:
        self._inbox = inbox
        self._events = events
        self._writing = threading.Lock()
        self._pipeline = pipeline
        self._kind = ""  # of what it has said that it computes on
        self._reader = run_job.Reader()
        self._guard = Guard()
        self._results = Results()

    def tell(self, event: Event) -> None:
        """Send an event; whoever does not listen any more is no error, since then the input closes too."""
        with self._writing, contextlib.suppress(OSError):
            self._events.write(protocol.encode(event))
            self._events.flush()

    def introduce(self) -> None:
        """Say what it computes on, unless that has been said: a job may find that torch has no code for the card."""
        kind = able.kind_of(self._pipeline)
        if kind != self._kind:
            self._kind = kind
            self.tell(Ready(self._pipeline.device_name, _versions(), able.look(self._pipeline)))

    def beat(self) -> float:
        """Say that the process lives, and what it holds; seconds until that is to be said again."""
        free = able.free_bytes(self._pipeline)
        self.tell(Beat(budget.resident_bytes(), *self._pipeline.held_bytes, self._pipeline.loaded, free))
        return _BEAT_EVERY_S

    def work(self) -> None:
        """Run jobs until one of them strands this process."""
        budget.settle()
        is_warm = False  # by a job: one that came before the process was warm has loaded the models
        while True:
            job = self._inbox.jobs.get()
            if isinstance(job, Unload):
                self._unload()
            elif not self._run(job):
                return
            elif not is_warm:
                is_warm = True
                budget.settle()
            self.introduce()
            self.beat()

    def _run(self, job: Fuse) -> bool:
        """Run a job and tell what came of it; False if this process can run no other."""
        try:
            report = self._fuse(job)
            if not job.is_try:
                self._results.keep(job.id, report.result)
            self._inbox.close(job.id)
            self.introduce()
            self.tell(Done(job.id, report.facts, report.recipe, report.measurement, report.steps))
        except Stranded as stranded:
            log(stranded)
            self.tell(Stopped(job.id, stranded.error, stranded.steps))
            return False
        except Exception as error:  # whatever it is, it costs this job alone
            self._inbox.close(job.id)
            self.tell(Failed(job.id, self._explain(error)))
        # What a job has freed stays with this process (fusion.worker.supervisor says why) until it is given back: to
        # other programs, and so that the next job's peak says what that job needs.
        budget.give_back()
        return True

    def _unload(self) -> None:
        """Give everything back. Between jobs, so that nothing is taken from under one."""
        budget.unsettle()
        self._results.clear()
        self._reader.forget()
        self._guard.forget()
        self._pipeline.unload()

    def run_errand(self) -> float:
        """Wait for a preview that is asked for, or a result to be forgotten, and do it, while jobs run."""
        asked = self._inbox.errands.get()
        if isinstance(asked, Forget):
            self._results.drop(asked.id)
            return 0.0
        try:
            answer: Event = Previewed(asked.id, self._preview(asked))
        except Exception as error:
            answer = Failed(asked.id, self._explain(error))
        self._inbox.close(asked.id)
        self.tell(answer)
        return 0.0

    def _preview(self, asked: Preview) -> bytes:
        if self._inbox.is_cancelled(asked.id):
            raise Cancelled
        pixels = self._pipeline.preview(self._results.get(asked.job), asked.settings, asked.max_side)
        return provenance.small(pixels, asked.job, quality=_PREVIEW_QUALITY)

    def _fuse(self, job: Fuse) -> run_job.Report:
        watch = self._watch(job.id)
        watch(Stage.READ, 0.0)
        run_job.prepare(job.output)  # a full disk is found before the work, not after it
        photos = self._reader.read_pair(*(run_job.load(path) for path in (job.target, job.source, *job.others)))
        self._examine(photos, job, partial(watch, Stage.READ, 0.0))

        def told(step: Step) -> None:
            self._results.clear()  # they lie on the device too
            self.tell(Stepped(job.id, step))

        places = job.output, job.before
        asked = fallback_run.Job(photos, job.settings, *places, consent=job.consent, id=job.id, found=job.found)
        asked = replace(asked, drafted=partial(self._show_draft, job.id))
        run = partial(fallback_run.run, watch=watch, steps=job.steps, told=told, fallen=job.fallen)
        return run(self._pipeline, asked, at_most=_STEPS_IN_PROCESS)

    def _show_draft(self, job: str, pixels: np.ndarray) -> None:
        self.tell(Drafted(job, provenance.small(pixels, job, quality=_PREVIEW_QUALITY)))

    def _examine(self, photos: run_job.Photos, job: Fuse, heed: Callable[[], None]) -> None:
        """Refuse photos that are not fused here, and remember nothing of them."""
        try:
            self._guard.examine((photos.target, *photos.sources), is_served=job.is_served, heed=heed)
        except FusionError as error:
            if error.reason == Reason.PHOTOS_REFUSED:
                self._reader.forget()
            raise

    def _watch(self, job: str) -> run_job.Watch:
        began = time.monotonic()
        told = 0.0
        told_stage: Stage | None = None

        def watch(stage: Stage, fraction: float) -> None:
            nonlocal told, told_stage
            if self._inbox.is_cancelled(job):
                raise Cancelled
            elapsed = time.monotonic() - began
            # A new stage is always told: it may last, and the bar would stand still where the stage before began.
            if stage != told_stage or elapsed - told >= _PROGRESS_EVERY_S:
                told, told_stage = elapsed, stage
                self.tell(Moved(job, progress(stage, fraction, elapsed)))

        return watch

    def _explain(self, error: Exception) -> FusionError:
        known = run_job.as_fusion_error(error, self._pipeline.device_name)
        if known is not error:
            log(error)
        return known


def log(error: BaseException) -> None:
    """Write a traceback to the log, which may lie on a disk that is full: no reason not to tell of the error."""
    with contextlib.suppress(OSError, ValueError):
        traceback.print_exception(error, file=sys.stderr)


def progress(stage: Stage, fraction: float, elapsed: float) -> Progress:
    """How far a running job is, with the seconds left once enough is done to tell.

    Args:
        elapsed: seconds since the job began.
    """
    left = elapsed * (1.0 - fraction) / fraction if fraction > 0.1 else None
    return Progress(State.RUNNING, stage, fraction, left)


def main(arguments: Sequence[str]) -> int:
    """Warm up, say so, and work until the input closes or a job strands the process.

    Args:
        arguments: `protocol.READY_FIRST`, or none. With it the first job need not wait until the process is warm: it
            warms it. Where none comes, it is warmed afterwards.
    """
    is_first = protocol.READY_FIRST in arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes our input
    os.umask(0o077)
    faulthandler.enable()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    events, inbox = own_streams.events(), Inbox()
    ServiceThread(partial(inbox.listen, own_streams.requests()), "requests").start()
    try:
        pipeline = _load_pipeline()
        if not is_first:
            _warm_up(pipeline)
        worker = Worker(inbox, events, pipeline)
    except Exception as error:
        log(error)
        events.write(protocol.encode(Failed("", run_job.as_fusion_error(error, "cpu"))))
        events.flush()
        return 1
    worker.introduce()
    PeriodicThread(worker.run_errand, "errands").start()
    PeriodicThread(worker.beat, "heartbeat", first_s=_BEAT_EVERY_S).start()
    if is_first and not inbox.has_job_within(_FIRST_JOB_S):
        _warm_up(pipeline)
    worker.work()
    # Without Python's farewell: a lost CUDA context may hang in it, and nothing is left to be said or saved.
    os._exit(protocol.STOPPED_EXIT)


def _warm_up(pipeline: Pipeline) -> None:
    """Where memory is too short for that, jobs come all the same: they can go down the ladder, a warming cannot."""
    try:
        pipeline.warm_up()
    except OutOfMemory as error:
        log(error)
    else:
        return
    pipeline.unload()  # outside of the `except` block: the error holds what was made


def _load_pipeline() -> Pipeline:
    module, _, name = os.environ.get("FUSEWISE_PIPELINE", _PIPELINE).partition(":")
    return getattr(importlib.import_module(module), name)()


def _versions() -> dict[str, str]:
    torch = importlib.metadata.version("torch")
    return {"fusewise": provenance.VERSION, "torch": torch, "python": platform.python_version()}
