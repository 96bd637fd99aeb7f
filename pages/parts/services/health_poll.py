"""What is wrong with the machine, looked for every few seconds at most for all who look. No Streamlit."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from advisor.diagnosis import Cause, Finding
from advisor.health import LOOKED_FOR, Environment, doctor, examine_environment
from fusion import config
from fusion.jobs import Jobs
from pages.parts.server import admission_setup
from pages.parts.services.machine_view import Live

FRESH_SECONDS = 4.0  # a look takes some tenths of a second


@dataclass(frozen=True, slots=True)
class Round:
    """One look: the environment, and what was found in it."""

    environment: Environment
    findings: tuple[Finding, ...]

    @property
    def well(self) -> tuple[Cause, ...]:
        """What was looked for and not found."""
        found = {finding.cause for finding in self.findings}
        return tuple(cause for cause in LOOKED_FOR if cause not in found)


class Rounds:
    """Looks, from any thread."""

    def __init__(self, queue: Jobs) -> None:
        self._queue = queue
        self._lock = threading.Lock()
        self._last: Round | None = None
        self._looked_at = 0.0

    def look(self, live: Live) -> Round:
        """The newest; made anew where it is older than some seconds."""
        with self._lock:
            if self._last is None or time.monotonic() - self._looked_at >= FRESH_SECONDS:
                found = examine_environment(
                    config.load(),
                    snapshot=live.snapshot,
                    workers=self._queue.workers(),
                    is_served=admission_setup.is_open(),
                )
                self._last, self._looked_at = Round(found, doctor(found)), time.monotonic()
            return self._last

    def forget(self) -> None:
        """Look anew when asked next: something has been done."""
        with self._lock:
            self._last = None

    @property
    def last(self) -> Round | None:
        """The newest, however old; None before the first."""
        return self._last
