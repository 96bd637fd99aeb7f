"""Keeps the web process small: photos come and go, and their memory should go with them."""

from __future__ import annotations

import ctypes
import gc
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def give_back_freed_memory() -> None:
    """Make glibc return what is freed; elsewhere nothing.

    By default it keeps a heap for each thread, of which a server has many, and raises its own threshold with every
    photo that is freed, until photos live in those heaps and stay. Measured after three visits: 338 MB instead of 405.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc is None or not hasattr(libc, "mallopt"):
        return
    libc.mallopt(_ARENA_MAX, 2)
    libc.mallopt(_MMAP_THRESHOLD, 256 * 1024)
    libc.mallopt(_TRIM_THRESHOLD, 1024 * 1024)


def settle() -> None:
    """Have garbage collections pass over all that is there now: modules, models, what lives as long as the server.

    Streamlit collects after every script run. With a million objects that took 130 ms of a processor each time, which
    a page that redraws itself once a second pays again and again; after this 10.
    """
    gc.collect()
    gc.freeze()
