"""Previews that are waited for: asked of a lane's worker, answered by what it says. The web process imports this."""

from __future__ import annotations

import queue
import secrets
import threading

from fusion.errors import FusionError, JobTimeout, Reason
from fusion.jobs.slot_events import Slot
from fusion.settings import Settings
from fusion.worker import protocol

SIDE_PX = 1024

_Answer = queue.SimpleQueue[bytes | FusionError]


class Previews:
    """Those that are waited for. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._awaited: dict[str, tuple[Slot, _Answer]] = {}

    def ask(self, lane: Slot, job: str, settings: Settings, timeout_s: float) -> bytes:
        """The kept result of a job with other finishing settings, as JPEG.

        Raises:
            FusionError: "job_unknown": the worker keeps it no longer; or why it failed.
            JobTimeout: it took longer than `timeout_s`.
        """
        request = protocol.Preview(secrets.token_hex(8), job, settings, SIDE_PX)
        answer: _Answer = queue.SimpleQueue()
        with self._lock:
            self._awaited[request.id] = lane, answer
        try:
            if not lane.send(request):
                raise FusionError(Reason.JOB_UNKNOWN, id=job)
            try:
                found = answer.get(timeout=timeout_s)
            except queue.Empty as error:
                lane.send(protocol.Cancel(request.id))
                raise JobTimeout(Reason.JOB_TIMEOUT, seconds=timeout_s) from error
        finally:
            with self._lock:
                self._awaited.pop(request.id, None)
        if isinstance(found, FusionError):
            raise found
        return found

    def answer(self, event: protocol.Previewed | protocol.Failed) -> bool:
        """Answer whoever waits for it; False if nobody does."""
        with self._lock:
            if event.id not in self._awaited:
                return False
            self._awaited[event.id][1].put(event.jpeg if isinstance(event, protocol.Previewed) else event.error)
            return True

    def fail(self, lane: Slot, error: FusionError) -> None:
        """A lane's worker has ended: what was asked of it comes no more."""
        with self._lock:
            for asked, answer in self._awaited.values():
                if asked is lane:
                    answer.put(error)
