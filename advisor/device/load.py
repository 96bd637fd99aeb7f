"""How much of the processor other programs take, between two looks at the machine.

For tests, which share their machine with each other, FUSEWISE_OTHERS_CORES says how much that is.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from dataclasses import dataclass

import psutil

from fusion.memory import cores

LEAST_S = 0.25  # a shorter stretch says little: the kernel counts in hundredths of a second
# Somebody's browser takes a core for a second each time that it draws a page. What lasts counts.
SETTLES_S = 10.0
TOLD = "FUSEWISE_OTHERS_CORES"


@dataclass(frozen=True, slots=True)
class _Look:
    """At one moment: seconds of work since the start of the machine, and of ours by process."""

    at: float
    busy_s: float
    own_s: dict[int, float]


class Load:
    """What others keep busy. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: _Look | None = None
        self._others: float | None = None

    def begin(self, ours: frozenset[int] = frozenset()) -> None:
        """Let the first stretch begin now, unless it has; `ours` as of `others`."""
        with self._lock:
            if self._last is None:
                self._last = _look(ours)

    def others(self, ours: frozenset[int] = frozenset()) -> float | None:
        """Cores, of those that this process may run on, that others have kept busy; None before the first stretch.

        The first stretch counts as it is, later ones the more the longer they are.

        Args:
            ours: processes beside this one and those that it has waited for, which are no others.
        """
        if (told := os.environ.get(TOLD)) is not None:
            return float(told)
        with self._lock:
            now, last = _look(ours), self._last
            if last is None or now.at - last.at < LEAST_S:
                self._last = last or now
                return self._others
            taken = (now.busy_s - last.busy_s - _between(last, now)) / (now.at - last.at)
            taken = min(max(taken, 0.0), float(cores.ready()))
            share = 1.0 if self._others is None else 1 - math.exp((last.at - now.at) / SETTLES_S)
            before = self._others or 0.0
            self._last, self._others = now, before + share * (taken - before)
            return self._others


def _look(ours: frozenset[int]) -> _Look:
    own = os.times()
    here = own.user + own.system + own.children_user + own.children_system
    found = {os.getpid(): here, **{pid: seconds for pid in ours if (seconds := _seconds(pid)) is not None}}
    return _Look(time.monotonic(), _busy_s(), found)


def _between(last: _Look, now: _Look) -> float:
    """Seconds of our own work; what a process did before it was known is not told apart, and counts as none."""
    return sum(max(0.0, seconds - last.own_s.get(pid, seconds)) for pid, seconds in now.own_s.items())


def _busy_s() -> float:
    """Of the cores that this process may run on, what they have done since the machine was started."""
    every = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity") and sys.platform == "linux":
        every = [every[core] for core in os.sched_getaffinity(0) if core < len(every)]
    return sum(sum(core) - core.idle - getattr(core, "iowait", 0.0) - getattr(core, "guest", 0.0) for core in every)


def _seconds(pid: int) -> float | None:
    try:
        spent = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(spent.user + spent.system)
