"""What a worker is asked for, sorted as it comes in."""

from __future__ import annotations

import os
import queue
import time
import traceback
from typing import BinaryIO

from fusion import wire
from fusion.wire import Cancel, Forget, Fuse, Preview, Request, Unload

_LOOK_S = 0.02


class Inbox:
    """Requests, sorted as they come in: jobs for the main thread, errands (quick ones) for a second one."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[Fuse | Unload] = queue.SimpleQueue()
        self.errands: queue.SimpleQueue[Preview | Forget] = queue.SimpleQueue()
        self._cancelled: set[str] = set()  # touched by single, atomic operations only

    def listen(self, requests: BinaryIO) -> None:
        """Sort until the input closes, then end the process at once, whatever it is doing."""
        try:
            for line in requests:
                self._sort(wire.request(line))
        except Exception:
            traceback.print_exc()
        os._exit(0)

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
        """A job or preview has been answered."""
        self._cancelled.discard(id)

    def _sort(self, request: Request) -> None:
        if isinstance(request, Fuse | Unload):
            self.jobs.put(request)
        elif isinstance(request, Cancel):
            self._cancelled.add(request.id)
        else:
            self.errands.put(request)
