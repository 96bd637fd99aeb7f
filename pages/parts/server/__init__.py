"""The web server around the pages: who may enter, what a browser may send, and what is held for it.

Knows no page and no job. Pages ask `visitor` who is looking and `rights` what that person may do; the rest is put in
place once, as the server starts.
"""

from __future__ import annotations

from pages.parts.server import (
    admission_setup,
    file_descriptors,
    idle_sessions,
    log_limiter,
    login,
    pending_uploads,
    process_memory,
    rights,
    visitor,
)
from pages.parts.server.housekeeping import Upkeep
from pages.parts.server.open_resources import Guard

__all__ = [
    "Guard",
    "Upkeep",
    "admission_setup",
    "file_descriptors",
    "idle_sessions",
    "log_limiter",
    "login",
    "pending_uploads",
    "process_memory",
    "rights",
    "visitor",
]
