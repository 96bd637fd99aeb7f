"""A log that nobody can flood: what repeats is counted. No Streamlit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from fusion.newest import Newest

WITHIN_S = 60.0
FIRST = 5  # of a kind within that time are written
_KINDS = 500


class Quiet(logging.Filter):
    """Lets the first few messages of a kind through, and then one each minute that says how many there were.

    A kind is where a message comes from, its words without their details, and the kind of its error.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = Newest[tuple[object, ...], list[float]](_KINDS)  # since when, how many

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written; one that stands for others says so."""
        if getattr(record, "is_counted", False):  # by another handler's filter
            return bool(record.__dict__["is_let_through"])
        with self._lock:
            is_let_through = self._count(record)
        record.__dict__.update(is_counted=True, is_let_through=is_let_through)
        return is_let_through

    def _count(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        kind = (record.name, record.levelno, str(record.msg)[:200], type(error), getattr(error, "errno", None))
        now = self._clock()
        seen = self._seen.of(kind, lambda: [now, 0])
        seen[1] += 1
        if now - seen[0] <= WITHIN_S:
            return seen[1] <= FIRST
        hidden = int(seen[1]) - 1 - FIRST
        seen[:] = [now, 1]
        if hidden > 0:
            record.msg, record.args = f"{record.getMessage()} (and {hidden} more like it)", None
        return True


def settle() -> None:
    """Put it before every handler that there is: the root's, those of the server, of Streamlit, and Python's last."""
    quiet = Quiet()
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    handlers = [handler for one in loggers if isinstance(one, logging.Logger) for handler in one.handlers]
    for handler in {*handlers, *([logging.lastResort] if logging.lastResort else [])}:
        handler.addFilter(quiet)
