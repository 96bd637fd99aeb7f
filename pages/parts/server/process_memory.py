"""Keeps the web process small: photos come and go, and their memory should go with them."""

from __future__ import annotations

import ctypes
import sys

from fusion.memory import budget
from fusion.units import MIB

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _PERTURB, _ARENA_MAX = -1, -3, -6, -8
_MMAP_FROM = 64 * 1024  # bytes; what is larger has pages of its own, which go with it
_WIPED = 0xFF  # what is freed is filled with it, and what is new with its complement: zeros


def give_back_freed_memory() -> None:
    """Make glibc return what is freed; elsewhere nothing.

    By default it keeps a heap for each thread, of which a server has many, and raises its own threshold with every
    photo that is freed, until photos live in those heaps and stay. Measured after three visits: 338 MB instead of 405.

    A large block still comes from a heap that has room for it. Freed there, it would keep a photo's bytes where it
    shares a page with something that stays, or until the heap is used again: so what is freed is overwritten.
    """
    libc = _libc()
    if libc is None or not hasattr(libc, "mallopt"):
        return
    libc.mallopt(_ARENA_MAX, 2)
    libc.mallopt(_MMAP_THRESHOLD, _MMAP_FROM)
    libc.mallopt(_TRIM_THRESHOLD, MIB)
    libc.mallopt(_PERTURB, _WIPED)


def settle() -> None:
    """Have garbage collections pass over all that is there now: modules, models, what lives as long as the server.

    Streamlit collects after every script run. With a million objects that took 130 ms of a processor each time, which
    a page that redraws itself once a second pays again and again; after this 10.
    """
    budget.settle()


def tidy() -> None:
    """Let go of what only circles hold, such as sessions that have ended, and give free pages of all heaps back.

    Objects that `settle` has put aside are looked at again: some may have been of a session that was open then.
    """
    budget.unsettle()
    budget.settle()


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
