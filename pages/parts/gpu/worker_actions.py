"""What somebody may do about the workers: free memory, start anew, end one that was left over; and what came of it.

A session keeps what it has asked for, so that the page can ask back first, and show the memory coming back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum

import streamlit as st

from advisor.device import Sample, monitor, orphans
from fusion.errors import FusionError, frameless
from fusion.jobs import Jobs, WorkerView
from fusion.threads import ServiceThread
from pages.parts.server import rights
from pages.parts.services import Live

TOLD_SECONDS = 120.0  # so long it is shown what an act came to


class Kind(StrEnum):
    """What was done to a worker."""

    RELEASE = "release"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to a worker.

    Attributes:
        pid: the worker's then.
        before_bytes: what it held, on a card where `on_card`.
        at_s: when, in seconds since 1970.
    """

    kind: Kind
    pid: int | None
    before_bytes: int
    on_card: bool
    at_s: float


@dataclass(slots=True)
class Acts:
    """What a session has asked for.

    Attributes:
        asked: keys of what is to be confirmed first.
        done: by the worker's place, the newest.
        ended: leftover processes that were to be ended, by number and birth; None while that goes on.
        error: why the last that was to be ended could not be.
    """

    asked: set[str] = field(default_factory=set)
    done: dict[str, Act] = field(default_factory=dict)
    ended: dict[tuple[int, float], orphans.Ended | None] = field(default_factory=dict)
    error: FusionError | None = None

    def ask(self, key: str) -> None:
        """Have something confirmed."""
        self.asked.add(key)

    def drop(self, key: str) -> None:
        """It is not wanted after all."""
        self.asked.discard(key)

    def do(self, kind: Kind, queue: Jobs, live: Live, view: WorkerView) -> None:
        """Do it, and remember what the worker held.

        Raises:
            NotAllowed: the session is not the administrator's.
        """
        rights.need()
        before, on_card = held(live.now, view, live.machine.place.uuid)
        self.done[place_of(view)] = Act(kind, view.pid, before, on_card, time.time())
        self.asked.discard(f"restart_{place_of(view)}")
        if view.pid is None:  # it is dead: starting anew is all there is to do, and leaves the others alone
            queue.start()
        else:
            (queue.release if kind == Kind.RELEASE else queue.restart)(view.pid)

    def end(self, queue: Jobs, stray: orphans.Leftover) -> None:
        """End a leftover. Returns at once: one that does not listen takes seconds.

        Raises:
            NotAllowed: the session is not the administrator's.
        """
        rights.need()
        key = (stray.pid, stray.born)
        self.asked.discard(f"end_{stray.pid}")
        self.ended[key], self.error = None, None

        def work() -> None:
            came_to = orphans.end(stray, queue.registered)
            if came_to in (orphans.Ended.ENDED, orphans.Ended.GONE):
                queue.unregister(stray.pid, stray.born)
            self.ended[key] = came_to

        def failed(error: FusionError) -> None:  # of the database, which alone knows whether it is a leftover
            self.error = frameless(error)
            if self.ended[key] is None:  # it can be tried again
                del self.ended[key]

        ServiceThread(work, "end a leftover", failed).start()

    def outcome(self, live: Live, view: WorkerView) -> tuple[Act, int | None] | None:
        """What was done to a worker last, and what it holds since; None while that is not known yet."""
        act = self.done.get(place_of(view))
        if act is None or time.time() - act.at_s > TOLD_SECONDS:
            return None
        is_new = live.now.taken_s > act.at_s + 1
        if act.kind == Kind.RESTART:  # one that is still loading will hold more
            is_new = is_new and view.pid not in (None, act.pid) and view.state != "starting"
        now, on_card = held(live.now, view, live.machine.place.uuid)
        return act, now if is_new and on_card == act.on_card else None


def acts() -> Acts:
    """This session's."""
    kept: Acts = st.session_state.setdefault("machine_acts", Acts())
    return kept


def place_of(view: WorkerView) -> str:
    """Which worker: it keeps its place when its process is another."""
    return view.node or view.card or "only"


def held(sample: Sample, view: WorkerView, card: str | None) -> tuple[int, bool]:
    """What a worker holds, and whether that is on a card.

    Args:
        card: the one that it computes on, where it was given none.
    """
    if view.node is not None:  # what it holds is told by itself alone
        return (view.resident_bytes or 0, False) if view.reserved_bytes is None else (view.reserved_bytes, True)
    on = sample.card(view.card or card or "")
    if on is not None and on.ours_bytes is not None:
        return on.ours_bytes, True
    return monitor.resident_bytes(view.pid) if view.pid else 0, False
