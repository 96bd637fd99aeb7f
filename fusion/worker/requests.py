"""What a worker is asked for, sorted as it comes in."""

from __future__ import annotations

import os
import queue
import threading
import time
import traceback
from typing import BinaryIO

from fusion.worker import protocol
from fusion.worker.protocol import Cancel, Forget, Fuse, Preview, Request, Unload

_LOOK_S = 0.02


class Inbox:
    """Requests, sorted as they come in: jobs for the main thread, errands (quick ones) for a second one."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Fuse | Unload] = queue.SimpleQueue()
        self.errands: queue.SimpleQueue[Preview | Forget] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open: set[str] = set()  # jobs and previews that were asked for and not answered
        self._cancelled: set[str] = set()  # some of these

    def listen(self, requests: BinaryIO) -> None:
        """Sort until the input closes, then end the process at once, whatever it is doing."""
        code = 1  # of one that does not understand what it is asked: its parent sees a death, and starts another
        try:
            for line in requests:
                self._sort(protocol.request(line))
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def is_cancelled(self, id: str) -> bool:
        """Whether nobody waits for this job or preview any more."""
        return id in self._cancelled

    def has_job_within(self, seconds: float) -> bool:
        """Whether a job is there, or comes in so long."""
        until = time.monotonic() + seconds
        while self.jobs.empty() and time.monotonic() < until:
            time.sleep(_LOOK_S)
        return not self.jobs.empty()

    def close(self, id: str) -> None:
        """A job or preview is about to be answered: a cancel that comes now is too late, and reaches no later one.

        A job that is tried again has the same id, and may be asked for as soon as the answer is heard.
        """
        with self._lock:
            self._open.discard(id)
            self._cancelled.discard(id)

    def _sort(self, request: Request) -> None:
        if isinstance(request, Cancel):
            with self._lock:
                self._cancelled |= {request.id} & self._open
            return
        if isinstance(request, Fuse | Preview):
            with self._lock:
                self._open.add(request.id)
                self._cancelled.discard(request.id)
        if isinstance(request, Fuse | Unload):
            self.jobs.put(request)
        else:
            self.errands.put(request)
