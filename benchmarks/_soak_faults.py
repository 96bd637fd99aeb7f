"""The queue while everything around it fails: errors of any class in any callback and write, workers killed, cancels
that come late. For `benchmarks.soak`.

The workers are real processes with the pipeline of `tests/fake_pipeline.py`, which computes nothing.
"""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import random
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
from PIL import Image

from benchmarks._common import verdict
from benchmarks._soak_rows import FILES, Rows
from fusion import dispatcher as dispatcher_module
from fusion import jobs as jobs_module
from fusion import supervisor as supervisor_module
from fusion import wire
from fusion.errors import FusionError, Reason
from fusion.jobs import AGAIN, ENDED, Jobs, Query
from fusion.spec import Settings, State
from fusion.wire import Cancel

LANES = ("", "")  # no card: two workers on the processor
CHANCE = 0.08  # that a call fails
AHEAD = 6  # jobs that wait or run at a time
STUCK_S = 120.0
SWEPT_S = 30.0
POLL_S = 0.01
QUICK, SLOW = 0.5, 0.01  # ratios of the fake pipeline
OFFICE = (
    "claim", "request", "ended", "again", "stepped", "done", "previewed", "idle", "born", "buried", "dead",
    "pay", "heed", "hand_out", "revive", "reconcile",
)  # fmt: skip
STORES = {
    "_records": ("claim", "requeue", "step", "end", "runs", "is_known", "has_waiting", "running", "unwanted", "pick_up",
                 "fail_waiting"),
    "_archive": ("remove_unwanted", "choose"),
    "_roster": ("add", "bury"),
    "_ledger": ("add",),
    "_photos": ("path", "remove"),
}  # fmt: skip


class Odd(Exception):
    """One that cannot even say what it is."""

    def __str__(self) -> str:
        raise ValueError("nor why")


class Odder(BaseException):
    """One that `except Exception` does not catch."""


ERRORS: tuple[Callable[[], BaseException], ...] = (
    Odd,
    lambda: Odder("of no known class"),
    lambda: KeyError("missing"),
    MemoryError,
    RecursionError,
    lambda: OSError(28, "No space left on device"),
    lambda: FileNotFoundError(2, "No such file or directory"),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    AssertionError,
    StopIteration,
    ZeroDivisionError,
    lambda: sqlite3.OperationalError("database or disk is full"),
    lambda: sqlite3.ProgrammingError("type 'set' is not supported"),
    lambda: FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why="database or disk is full"),
)


class Saboteur:
    """Makes calls fail, before or after they have done what they do, until there were enough failures."""

    def __init__(self, count: int, seed: int) -> None:
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._left = count
        self.thrown: Counter[str] = Counter()  # by place
        self.classes: Counter[str] = Counter()

    @property
    def is_done(self) -> bool:
        """Whether nothing fails any more."""
        return self._left <= 0

    def stop(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._left = 0

    def count(self, place: str, chance: float) -> bool:
        """Whether something is to go wrong here, now; it is counted."""
        with self._lock:
            if self._left <= 0 or self._chance.random() >= chance:
                return False
            self._left -= 1
            self.thrown[place] += 1
            return True

    def choose(self, count: int) -> int:
        """A number below that."""
        with self._lock:
            return self._chance.randrange(count)

    def spoil(self, place: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, failing now and then."""

        @functools.wraps(call)
        def spoilt(*given: Any, **named: Any) -> Any:
            if not self.count(place, CHANCE):
                return call(*given, **named)
            if self.choose(2):
                call(*given, **named)
            error = ERRORS[self.choose(len(ERRORS))]()
            with self._lock:
                self.classes[type(error).__name__] += 1
            raise error

        return spoilt


class Spoilt:
    """An object some of whose methods fail now and then."""

    def __init__(self, whole: Any, names: tuple[str, ...], saboteur: Saboteur, who: str) -> None:
        self._whole = whole
        for name in names:
            setattr(self, name, saboteur.spoil(f"{who}.{name}", getattr(whole, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)


class Ends:
    """Counts how often each run of a job was ended well in the database: more than once is doubled."""

    def __init__(self) -> None:
        self.ends: Counter[tuple[str, float | None]] = Counter()

    def watch(self, records: Any) -> None:
        """Have it count."""
        end = records.end

        def counted(record: Any) -> bool:
            good = bool(end(record))
            self.ends[record.id, record.started] += good
            return good

        records.end = counted


def dispatcher_of(saboteur: Saboteur, ends: Ends) -> type[dispatcher_module.Dispatcher]:
    """A dispatcher whose every callback, and everything it writes with, fails now and then."""

    class Faulty(dispatcher_module.Dispatcher):
        def __init__(self, records: Any, archive: Any, roster: Any, ledger: Any, photos: Any, *rest: Any) -> None:
            ends.watch(records)
            for name in OFFICE:
                setattr(self, name, saboteur.spoil(f"dispatcher.{name}", getattr(self, name)))
            super().__init__(records, archive, roster, ledger, photos, *rest)
            for attribute, names in STORES.items():
                setattr(self, attribute, Spoilt(getattr(self, attribute), names, saboteur, attribute[1:]))

    return Faulty


@contextlib.contextmanager
def spoilt_queue(data: Path, saboteur: Saboteur, ends: Ends) -> Iterator[Jobs]:
    """A queue in which everything fails now and then."""
    with contextlib.ExitStack() as stack:
        environment = {"FUSEWISE_PIPELINE": "tests.fake_pipeline:FakePipeline", "FUSEWISE_DATA": str(data)}
        stack.enter_context(mock.patch.dict(os.environ, environment))
        for module, name, value in (
            (jobs_module, "Dispatcher", dispatcher_of(saboteur, ends)),
            (wire, "event", saboteur.spoil("wire.event", wire.event)),
            (supervisor_module, "_BACK_OFF_S", (0.0, 0.0, 0.1)),
            (supervisor_module, "_REVIVE_S", (0.2,)),
        ):
            stack.enter_context(mock.patch.object(module, name, value))
        logging.getLogger("fusion.threads").setLevel(logging.CRITICAL)
        stack.callback(logging.getLogger("fusion.threads").setLevel, logging.NOTSET)
        queue = Jobs(data / "jobs", cards=LANES)
        stack.callback(queue.close)
        queue.start()
        yield queue


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
            id = self._queue.submit(self._photo, self._photo, settings, expected_s=1.0)
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
            for lane in self._queue._dispatcher.lanes:
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
        ids = [lane._running.record.id for lane in self._queue._dispatcher.lanes if lane._running is not None]
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


def _wrong(data: Path, storm: Storm, stuck: tuple[str, ...], ends: Ends) -> dict[str, list[str]]:
    """What is wrong with a data folder after all has ended: ids by kind; all should be empty."""
    rows = {row.id: row for row in Rows(data).all()}
    folders = {folder.name for folder in (data / "jobs").iterdir()}
    lost, other, broken = [], [], []
    for id, wish in storm.wanted.items():
        if id not in rows:
            lost += [id] if wish != "deleted" else []
            continue
        state = rows[id].state
        allowed = {"done": {State.DONE}, "cancelled": {State.DONE, *AGAIN}, "deleted": set()}[wish]
        if state not in allowed and id not in stuck:
            other.append(f"{id} is {state}, wanted {wish}")
        if state == State.DONE:
            try:
                Rows(data).pixels(id)
                whole = {file.name for file in (data / "jobs" / id).iterdir()} == FILES
            except OSError:
                whole = False
            broken += [] if whole else [id]
    done = {id for id, row in rows.items() if row.state == State.DONE}
    doubled = [*storm.twice, *(id for (id, _), count in ends.ends.items() if count > 1)]
    return {"lost": lost, "stuck": list(stuck), "doubled": doubled, "other": other, "broken": broken,
            "left_over": sorted(folders - done)}  # fmt: skip


def faults(count: int, seed: int) -> tuple[dict[str, Any], bool]:
    """The whole part: its facts, and whether it passed.

    Args:
        count: of faults.
    """
    began = time.monotonic()
    saboteur, ends = Saboteur(count, seed), Ends()
    with tempfile.TemporaryDirectory(prefix="fusewise-soak-") as folder:
        data = Path(folder)
        with spoilt_queue(data, saboteur, ends) as queue:
            storm = Storm(queue, data, saboteur, max(3, count // 10), seed)
            storm.rage()
            stuck = storm.calm()
            storm.sweep()
            error = queue.ledger_error
            found = _wrong(data, storm, stuck, ends)
    facts: dict[str, Any] = {
        "part": "faults", "faults": sum(saboteur.thrown.values()), "seed": seed, "jobs": len(storm.wanted),
        "seconds": round(time.monotonic() - began, 1), **storm.facts, "places": dict(sorted(saboteur.thrown.items())),
        "classes": dict(sorted(saboteur.classes.items())), "error_left": error and error.message,
        **{name: len(names) for name, names in found.items()},
    }  # fmt: skip
    good = not any(found.values()) and facts["faults"] >= count
    for name, names in found.items():
        print(f"{name:10} {len(names)}  bar 0: {verdict(not names)}", *names[:5], sep="\n    " if names else "")
    print(f"{facts['faults']} faults in {len(saboteur.thrown)} places, {facts['jobs']} jobs, {facts['seconds']} s")
    return facts, good
