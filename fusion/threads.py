"""Threads that do not end in silence: whatever one raises is logged, shown as its `error`, and survived.

Standard library. Every thread of the app is one of these; `tests/fusion/test_threads.py` reads the source for others.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion.errors import FusionError, Reason, frameless

BACK_OFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)  # after so many failures in a row
EXITS = (KeyboardInterrupt, SystemExit)  # are for whoever runs the thread: a person's Ctrl-C is no failure
_LOG_EVERY_S = 60.0  # of one task: what fails each second shall not fill the disk
_LONGEST_REST_S = 3600.0
_WHY_CHARACTERS = 500

_log = logging.getLogger(__name__)


def told(error: BaseException) -> FusionError:
    """The error that people are told of, whatever was raised."""
    if isinstance(error, FusionError):
        return error
    try:
        text = str(error)
    except Exception:  # an exception of somebody else's may fail even at that
        text = ""
    return FusionError(Reason.INTERNAL, why=f"{type(error).__name__}: {text}".strip(": ")[:_WHY_CHARACTERS])


def back_off(failures: int, steps: Sequence[float] = BACK_OFF_S) -> float:
    """Seconds until what has failed so often in a row, at least once, is tried again."""
    return steps[min(failures, len(steps)) - 1]


def all_of(*acts: Callable[[], object]) -> None:
    """Do each, whatever the others raise.

    Raises:
        BaseException: the first that was raised, once all were tried.
    """
    failed: BaseException | None = None
    for act in acts:
        try:
            act()
        except BaseException as error:
            failed = failed or error
    if failed is not None:
        raise failed


@dataclass(slots=True)
class _Trouble:
    error: FusionError | None = None
    failures: int = 0  # in a row
    logged_at: float | None = None
    unlogged: int = 0


class Troubles:
    """What went wrong and has not gone well since, task by task. From any thread.

    Args:
        who: the tasks are whose, for the log.
    """

    def __init__(self, who: str) -> None:
        self._who = who
        self._lock = threading.Lock()
        self._tasks: dict[str, _Trouble] = {}

    @property
    def error(self) -> FusionError | None:
        """Of the task that is in trouble for the longest; None where all is well."""
        with self._lock:
            return next((trouble.error for trouble in self._tasks.values() if trouble.error is not None), None)

    def of(self, task: str) -> FusionError | None:
        """Why a task failed the last time; None where it went well."""
        with self._lock:
            return self._tasks[task].error if task in self._tasks else None

    def failures(self, task: str) -> int:
        """How often in a row a task has failed."""
        with self._lock:
            return self._tasks[task].failures if task in self._tasks else 0

    def failed(self, task: str, error: BaseException) -> FusionError:
        """Note and log a failure; the error that people are told of. Of one task a line a minute is logged at most."""
        known, now = told(error), time.monotonic()
        with self._lock:
            trouble = self._tasks.setdefault(task, _Trouble())
            trouble.error = frameless(known)
            trouble.failures += 1
            if trouble.logged_at is not None and now - trouble.logged_at < _LOG_EVERY_S:
                trouble.unlogged += 1
                return known
            since, trouble.unlogged, trouble.logged_at = trouble.unlogged, 0, now
        more = f" ({since} more since the last line)" if since else ""
        trace = None if isinstance(error, FusionError) else error
        _log.error("%s: %s failed: %s%s", self._who, task, known.message, more, exc_info=trace)
        return known

    def went_well(self, task: str) -> None:
        """A task has succeeded: its error is over."""
        with self._lock:
            if task in self._tasks:  # what was logged, and when, is remembered: it may fail again at once
                self._tasks[task].error, self._tasks[task].failures = None, 0


class ServiceThread:
    """Does one thing until it is done, in a daemon thread.

    Args:
        act: what is done.
        name: of the thread.
        failed: told of the error where `act` raises, before the thread ends.
    """

    def __init__(
        self, act: Callable[[], object], name: str, failed: Callable[[FusionError], object] = lambda error: None
    ) -> None:
        self._act = act
        self._name = name
        self._failed = failed
        self._troubles = Troubles(name)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def error(self) -> FusionError | None:
        """Why it ended early; None where it did not."""
        return self._troubles.error

    @property
    def is_alive(self) -> bool:
        """Whether it has begun and not ended."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; once.

        Raises:
            RuntimeError: the system gives no more threads.
        """
        self._thread.start()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until it has ended, at most so long; not for one that never began, nor within it."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._act()
        except BaseException as error:  # a thread's last words: nobody above would hear of it
            self._tell(self._troubles.failed("its work", error))

    def _tell(self, known: FusionError) -> None:
        try:
            self._failed(known)
        except BaseException as error:
            self._troubles.failed("telling of it", error)


class PeriodicThread:
    """Does a thing again and again until closed, in a daemon thread. One that fails is tried again, ever more rarely.

    Args:
        act: does it once, and returns the seconds until the next time.
        name: of the thread.
        first_s: before the first time.
        back_off_s: after so many failures in a row.
    """

    def __init__(
        self,
        act: Callable[[], float],
        name: str,
        *,
        first_s: float = 0.0,
        back_off_s: Sequence[float] = BACK_OFF_S,
    ) -> None:
        self._act = act
        self._first_s = first_s
        self._back_off_s = back_off_s
        self._troubles = Troubles(name)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread = ServiceThread(self._run, name)
        self._is_begun = False

    @property
    def error(self) -> FusionError | None:
        """Why it failed the last time; None where it went well."""
        return self._troubles.error or self._thread.error

    @property
    def is_closing(self) -> bool:
        """Whether it ends, or has ended."""
        return self._closing.is_set()

    def start(self) -> None:
        """Begin, unless it has, or was closed."""
        with self._lock:
            if not self._is_begun and not self._closing.is_set():
                self._thread.start()
                self._is_begun = True

    def close(self, timeout_s: float | None = None) -> None:
        """End, once what it is at is done; wait at most so long for it. May be called twice."""
        self._closing.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        rest = self._first_s
        while not self._closing.wait(rest):
            try:
                rest = min(max(0.0, self._act()), _LONGEST_REST_S)
                self._troubles.went_well("its work")
            except BaseException as error:  # whatever it is: the next time may go well
                self._troubles.failed("its work", error)
                rest = back_off(self._troubles.failures("its work"), self._back_off_s)


class Later:
    """Does a thing once, after a while, unless it is cancelled before. Begins to count when it is made.

    Raises:
        RuntimeError: the system gives no more threads.
    """

    def __init__(self, seconds: float, act: Callable[[], object], name: str) -> None:
        self._cancelled = threading.Event()
        self._seconds = seconds
        self._act = act
        ServiceThread(self._run, name).start()

    def cancel(self) -> None:
        """Do it not, unless it has begun."""
        self._cancelled.set()

    def _run(self) -> None:
        if not self._cancelled.wait(self._seconds):
            self._act()
