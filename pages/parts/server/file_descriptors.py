"""Open files and connections: as many as the system lets this process have. No Streamlit."""

from __future__ import annotations

import logging
import sys

import psutil

MOST = 65_536  # of descriptors; more serve nobody here, and some systems scan all of them for each new process
EACH = 4  # that a session takes: its connection, and three of its own event loop
SPARE = 128  # for photos, databases, workers, and connections that are no sessions
CONNECTIONS = 512  # at most; each session takes memory, too
_LEAST = 8
_LOG = logging.getLogger(__name__)


def raise_limit() -> int | None:
    """Let this process open what the system allows it, and say how much that is; None where there is no such limit."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:  # macOS may allow less than it says
        _LOG.warning("The limit of open files stays at %d: %s", soft, error)
        return soft
    return wanted


def room(limit: int | None) -> int:
    """For how many sessions there are descriptors, with those that have lost their connection and are kept a while.

    Args:
        limit: of descriptors.
    """
    if limit is None:
        return CONNECTIONS
    free = limit - psutil.Process().num_fds() - SPARE
    return max(_LEAST, min(CONNECTIONS, free // EACH))
