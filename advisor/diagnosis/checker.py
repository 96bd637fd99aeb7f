"""The short check after every job: what ran may still have changed nothing, or look bad.

One thread looks for jobs that are done and were never checked, the newest first, also those of batches and of before.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from advisor.diagnosis import case
from advisor.diagnosis.result_check import Verdict
from fusion.errors import FusionError, Reason, frameless
from fusion.faces import FaceFinder
from fusion.jobs import JobView, WorkerView
from fusion.memory import budget
from fusion.threads import PeriodicThread, told

LOOK_S = 0.5  # between two looks for what has ended
RIPE_S = 1.0  # from the end of a job until it is checked: the page shows the picture first, on the same cores
# Nor does a check begin or go on while a fusion runs, which somebody waits for; no longer than this after its own job's
# end, or none would be made beside a batch.
PATIENT_S = 10.0
GIVES_WAY_S = 0.05  # between two looks whether the fusion still runs that a check stands still for
# What a check that has begun takes of a core is what a fusion leaves: a worker's niceness is 5.
NICENESS = 10
AWAITED_S = 60.0  # so long somebody may be waiting for the verdict on a result
REST = 3.0  # times what a check took that nobody waits for: three quarters of a core are left to whoever works
TROUBLED_S = 30.0  # until what could not be done is tried again
_LOOKED_AT = 8  # jobs at once

_log = logging.getLogger(__name__)


class Checkable(Protocol):
    """The queue as the check needs it."""

    def unjudged(self, limit: int = 1) -> Sequence[JobView]:
        """Jobs that are done and have no verdict, what has ended last first."""
        ...

    def photos(self, id: str) -> tuple[bytes, bytes]:
        """Target and source of a job, as they were uploaded."""
        ...

    def sources(self, id: str) -> Sequence[bytes]:
        """Every photo of a job's source, in their order."""
        ...

    def judge(self, id: str, verdict: Mapping[str, Any]) -> bool:
        """Keep a verdict."""
        ...

    def workers(self) -> Sequence[WorkerView]:
        """The processes that fuse."""
        ...


def check_job(
    view: JobView,
    photos: tuple[bytes, bytes],
    finder: FaceFinder,
    sources: Sequence[bytes] = (),
    between: Callable[[], object] = lambda: None,
) -> Verdict:
    """The verdict on a job that is done; where it has fused several faces, that on the worst of them.

    Args:
        photos: files of its target and source.
        sources: files of all its source photos, where it has fused several faces.
        between: called before each step; it may wait.

    Raises:
        FusionError: it cannot be checked: a photo or the result is gone or damaged.
    """
    begun = time.monotonic()
    cases = case.of_each(view, photos[0], sources) if sources else (case.of_job(view, photos),)
    verdicts = []
    for each in cases:
        diagnosis = each.diagnosed(finder, others=False, between=between)  # the job has told of them
        verdicts.append(Verdict.of(diagnosis, time.monotonic() - begun))
    return replace(min(verdicts, key=_goodness), seconds=time.monotonic() - begun)


def _goodness(verdict: Verdict) -> tuple[int, int, int]:
    """What is worse comes first."""
    passed = {False: 0, None: 1, True: 2}[verdict.passed]
    return passed, -len(verdict.serious), -len(verdict.findings)


# None of the job's: it is looked at again later.
_OF_THE_DATABASE = (Reason.LEDGER_UNUSABLE, Reason.DATA_UNUSABLE, Reason.DISK_FULL)


class Checker:
    """The thread. It ends with `close`, never before.

    What goes wrong with one result is told in its verdict. What goes wrong with the database, or with the face finder's
    model, is told in `error`, and tried again. A finder that fails for no known reason is told in both.

    Args:
        finder: asked for before each check.
        first_s: before the first look, so that a server begins to serve first.
    """

    def __init__(self, queue: Checkable, finder: Callable[[], FaceFinder], first_s: float = 0.0) -> None:
        self._queue = queue
        self._finder = finder
        self._is_nice = False
        self._thread = PeriodicThread(self._next, "advisor check", first_s=first_s, back_off_s=(TROUBLED_S,))

    @property
    def error(self) -> FusionError | None:
        """Why nothing can be checked at the moment; None where results can be."""
        return self._thread.error

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, once the check that it is at is done. May be called twice."""
        self._thread.close()

    def _next(self) -> float:
        """Check one job, if there is one; seconds until the next."""
        self._be_nice()
        now = time.time()
        found = [view for view in self._queue.unjudged(_LOOKED_AT) if not 0 <= now - (view.ended or 0.0) < RIPE_S]
        if found and self._is_fusing():
            found = [view for view in found if not _waits(view, now)]
        if not found:
            return LOOK_S
        view = next((each for each in found if _is_awaited(each, now)), found[0])
        finder = self._found_finder(view)
        begun = time.monotonic()
        verdict = self._verdict(view, finder)
        budget.trim()  # this process serves pages, and shall not keep what pictures took
        if not self._thread.is_closing:  # else the finder may have been closed meanwhile
            self._queue.judge(view.id, verdict.to_json())
        return 0.0 if _is_awaited(view, now) else max(LOOK_S, REST * (time.monotonic() - begun))

    def _is_fusing(self) -> bool:
        return any(worker.state == "busy" for worker in self._queue.workers())

    def _give_way(self, view: JobView) -> None:
        """Stand still while a fusion runs, unless the job that is checked has ended too long ago."""
        while not self._thread.is_closing and _waits(view, time.time()) and self._is_fusing():
            time.sleep(GIVES_WAY_S)

    def _be_nice(self) -> None:
        """Let this thread, where the system knows of such a thing, have what others leave of the processor."""
        if not self._is_nice and hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):  # it checks all the same
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        self._is_nice = True

    def _found_finder(self, view: JobView) -> FaceFinder:
        """The finder. Where it fails for no known reason, the job that was to be checked is told so."""
        try:
            return self._finder()
        except FusionError:
            raise
        except Exception as error:
            self._queue.judge(view.id, Verdict(error=told(error)).to_json())
            raise

    def _verdict(self, view: JobView, finder: FaceFinder) -> Verdict:
        try:
            is_mapped = view.outcome is not None and bool(view.outcome.facts.mapped)
            sources = self._queue.sources(view.id) if is_mapped else ()
            return check_job(view, self._queue.photos(view.id), finder, sources, partial(self._give_way, view))
        except FusionError as error:
            if error.reason in _OF_THE_DATABASE:
                raise
            return Verdict(error=frameless(error))
        except Exception as error:  # a bug in the check of one result is no reason to check no other
            _log.exception("the result of job %s could not be checked", view.id)
            return Verdict(error=told(error))


def _waits(view: JobView, now: float) -> bool:
    """Whether its check is still put off for a fusion that runs."""
    return 0 <= now - (view.ended or 0.0) < PATIENT_S


def _is_awaited(view: JobView, now: float) -> bool:
    return view.batch is None and now - (view.ended or 0.0) < AWAITED_S
