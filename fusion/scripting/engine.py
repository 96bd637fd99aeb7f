"""The pipeline of a script's process: made when it is first needed, kept, and for one fusion at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fusion import lazy_imports
from fusion.refusal import Guard
from fusion.worker import run_job

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline

_LOOK_S = 0.05  # between two looks at whether somebody who waits still wants to


class Engine:
    """What stays loaded between two fusions. From any thread; they wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._reader: run_job.Reader | None = None
        self._pipeline: Pipeline | None = None
        self.guard = Guard()

    @contextmanager
    def taken(self, heed: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Within, it is this thread's alone.

        Args:
            heed: called now and then while others have it; what it raises ends the waiting.

        Raises:
            RuntimeError: this thread has it already: a fusion cannot begin within another.
        """
        if self._owner == threading.get_ident():
            raise RuntimeError("a fusion is running in this thread: wait for its end before you call again")
        while not self._lock.acquire(timeout=_LOOK_S):
            heed()
        try:
            self._owner = threading.get_ident()
            yield
        finally:
            self._owner = None
            self._lock.release()

    @property
    def reader(self) -> run_job.Reader:
        """What reads photos, and remembers the last. Within `taken`."""
        if self._reader is None:
            self._reader = run_job.Reader()
        return self._reader

    @property
    def pipeline(self) -> Pipeline:
        """What fuses; the first time it loads torch. Within `taken`."""
        if self._pipeline is None:
            lazy_imports.load("fusion.pipeline")
            from fusion.pipeline import Pipeline

            self._pipeline = Pipeline()
        return self._pipeline

    def let_go(self) -> None:
        """Give everything back that can be had again. Within `taken`."""
        self._reader = None
        self.guard.forget()
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is not None:
            pipeline.close()

    @contextmanager
    def kept_if_sound(self) -> Iterator[None]:
        """Within, whoever is broken off (Ctrl-C) leaves nothing half loaded behind. Within `taken`."""
        try:
            yield
        except Exception:
            raise
        except BaseException:
            with contextlib.suppress(Exception):  # the first is the one to tell
                self.let_go()
            raise


ENGINE = Engine()
