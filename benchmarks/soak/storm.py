"""What people and systems do to a queue while everything fails: jobs go in, are cancelled, deleted and tried again, and
workers are killed. For `benchmarks.soak`.
"""

from __future__ import annotations

import contextlib
import io
import random
import time
from collections import Counter
from pathlib import Path

import psutil
from PIL import Image

from benchmarks.soak.saboteur import Saboteur
from fusion.errors import FusionError
from fusion.jobs import Jobs, Query
from fusion.settings import Settings
from fusion.types import AGAIN, ENDED, Foretold, State
from fusion.worker.protocol import Cancel

AHEAD = 6  # jobs that wait or run at a time
STUCK_S = 120.0
SWEPT_S = 30.0
POLL_S = 0.01
QUICK, SLOW = 0.5, 0.01  # ratios of the fake pipeline


class Storm:
    """One run: jobs go in while everything fails, and are cancelled, deleted and tried again.

    Args:
        queue: in which everything fails now and then.
        count: of jobs at the least; more are sent as long as there is still something to fail.
    """

    def __init__(self, queue: Jobs, data: Path, saboteur: Saboteur, count: int, seed: int) -> None:
        self._queue, self._data, self._saboteur = queue, data, saboteur
        self._count = count
        self._chance = random.Random(seed + 1)
        self._photo = _photo()
        self.facts: Counter[str] = Counter()
        self.wanted: dict[str, str] = {}  # id -> "done", "cancelled" or "deleted": what somebody wanted of it last
        self.twice: set[str] = set()  # ids that two lanes had at once
        self._stop_soon: list[str] = []

    def rage(self) -> None:
        """Until nothing is left to fail and all jobs are in."""
        until = time.monotonic() + STUCK_S * 10
        while time.monotonic() < until and (len(self.wanted) < self._count or not self._saboteur.is_done):
            if self._open() < AHEAD:
                self._submit()
            self._meddle()
            self._look()
            time.sleep(POLL_S)
        self._saboteur.stop()

    def calm(self) -> tuple[str, ...]:
        """Let everything end, try again what has failed, and let that end; the ids of what is stuck."""
        for id in self._stop_soon:  # a minute each, and nobody would
            self._stop(id)
        for _ in range(2):
            if stuck := self._await():
                return stuck
            for view in self._queue.history(Query(states=AGAIN, limit=-1)):
                if self.wanted[view.id] == "done":
                    self._queue.retry(view.id)
                    self.facts["retried_after"] += 1
        return self._await()

    def sweep(self) -> None:
        """Let go what is deleted: at the clerk's next round, or the one that looks for what nobody runs."""
        until = time.monotonic() + SWEPT_S
        gone = {id for id, wish in self.wanted.items() if wish == "deleted"}
        while time.monotonic() < until and gone & {view.id for view in self._queue.history(Query(limit=-1))}:
            time.sleep(10 * POLL_S)

    def _await(self) -> tuple[str, ...]:
        until, done = time.monotonic() + STUCK_S, -1
        while time.monotonic() < until:
            views = self._queue.history(Query(limit=-1))
            waiting = tuple(view.id for view in views if view.progress.state not in ENDED)
            if not waiting:
                return ()
            if len(views) - len(waiting) != done:
                done, until = len(views) - len(waiting), time.monotonic() + STUCK_S
            self._look()
            time.sleep(10 * POLL_S)
        return waiting

    def _open(self) -> int:
        return sum(self._queue.count(Query(states=frozenset({state}))) for state in (State.QUEUED, State.RUNNING))

    def _submit(self) -> None:
        is_slow = self._chance.random() < 0.15
        before = {view.id for view in self._queue.history(Query(limit=-1))}
        settings = Settings(ratio=SLOW if is_slow else QUICK)
        try:
            id = self._queue.submit(self._photo, self._photo, settings, foretold=Foretold(1.0))
        except BaseException as error:  # it was taken in, and what came after has failed
            _only_ours(error)
            new = {view.id for view in self._queue.history(Query(limit=-1))} - before
            self.facts["submits_that_raised"] += 1
            for id in new:
                self.wanted[id] = "done"
            self._stop_soon += new if is_slow else ()
            return
        self.wanted[id] = "done"
        if is_slow:  # a minute: somebody stops it
            self._stop_soon.append(id)

    def _meddle(self) -> None:
        """What people and systems do."""
        for id in self._stop_soon[:]:
            if self._is(id, State.RUNNING) and self._chance.random() < 0.1:
                self._stop_soon.remove(id)
                self._stop(id)
        if self._chance.random() < 0.005:
            self._kill()
        if self._chance.random() < 0.05:
            self._retry_with_a_late_cancel()

    def _stop(self, id: str) -> None:
        how = self._chance.choice(("cancelled", "deleted"))
        self.wanted[id] = how
        self.facts[how] += 1
        try:
            self._queue.delete([id]) if how == "deleted" else self._queue.cancel(id)
        except BaseException as error:
            _only_ours(error)

    def _kill(self) -> None:
        pids = [view.pid for view in self._queue.workers() if view.pid is not None]
        if pids and self._saboteur.count("a worker is killed", 1.0):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(self._chance.choice(pids)).kill()

    def _retry_with_a_late_cancel(self) -> None:
        """A cancel for the run that has ended, then a retry: the retry shall not hear of the cancel."""
        over = self._queue.history(Query(states=frozenset({State.FAILED, State.INTERRUPTED}), limit=1))
        if not over or self.wanted[over[0].id] != "done" or not self._saboteur.count("a late cancel", 1.0):
            return
        id = over[0].id
        try:
            for lane in self._queue._dispatcher.slots.all:
                lane.send(Cancel(id))
            self._queue.cancel(id)
            self._queue.retry(id)
        except BaseException as error:
            _only_ours(error)

    def _is(self, id: str, state: State) -> bool:
        try:
            return self._queue.view(id).progress.state == state
        except FusionError:
            return False

    def _look(self) -> None:
        ids = [lane._running.record.id for lane in self._queue._dispatcher.slots.all if lane._running is not None]
        self.twice |= {id for id, count in Counter(ids).items() if count > 1}


def _only_ours(error: BaseException) -> None:
    """
    Raises:
        KeyboardInterrupt, SystemExit: those were nobody's fault.
    """
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error


def _photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (96, 96), (200, 100, 50)).save(file, "PNG")
    return file.getvalue()
