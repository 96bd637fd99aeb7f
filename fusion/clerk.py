"""A thread that does what has to be done from time to time. Standard library.

What fails is tried again the next time; `error` tells of it meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fusion.errors import FusionError, frameless

_TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class Duty:
    """What is done, and how often; the first time at the first tick."""

    act: Callable[[], None]
    every_s: float


class Clerk:
    """The thread.

    Args:
        duties: in the order in which they are done.
    """

    def __init__(self, duties: Sequence[Duty]) -> None:
        self._due = dict.fromkeys(duties, 0.0)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fusion clerk", daemon=True)
        self.error: FusionError | None = None

    def start(self) -> None:
        """Begin, unless it has."""
        if not self._thread.is_alive() and not self._closing.is_set():
            self._thread.start()

    def close(self) -> None:
        """End, once what it is at is done."""
        self._closing.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(_TICK_S):
            failed: FusionError | None = None
            for duty, due in self._due.items():
                if time.monotonic() >= due:
                    self._due[duty] = time.monotonic() + duty.every_s
                    try:
                        duty.act()
                    except FusionError as error:
                        failed = frameless(error)
                    except OSError as error:
                        failed = FusionError("internal", why=str(error))
            self.error = failed
