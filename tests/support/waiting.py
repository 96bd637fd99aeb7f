"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 60.0  # the processor may be shared, and a worker may have to start first


def until(reached: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait for something to become true; a test that waits in vain fails here."""
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
