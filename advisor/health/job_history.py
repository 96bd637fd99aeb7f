"""What the database says of the queue, of workers and apps, and of jobs that went wrong of late."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from advisor.device import orphans
from fusion.errors import FusionError, Reason
from fusion.files import private
from fusion.memory import Rung
from fusion.storage import FILE, App, Archive, Priority, Query, Record, Roster, Store, WorkerRow
from fusion.types import ENDED, State

WINDOW_S = 24 * 3600.0
LATELY = 20  # jobs: what went wrong before them has not come again
_LINE = 1000  # jobs of the queue that are looked at, the newest


class Trouble(StrEnum):
    """What went wrong with a job."""

    STEPPED_DOWN = "stepped_down"  # memory ran out, and it went on with less
    TO_PROCESSOR = "to_processor"  # and in the end without the card
    OUT_OF_MEMORY = "out_of_memory"  # and it failed
    TIMED_OUT = "timed_out"
    WORKER_DIED = "worker_died"
    CARD_FAILED = "card_failed"


@dataclass(frozen=True, slots=True)
class Mishap:
    """A job that went wrong.

    Attributes:
        number: the job's, as pages show it.
        when: seconds since 1970.
        is_last: whether no job has ended since.
        has_failed: whether nothing came of it.
    """

    number: int
    when: float
    troubles: frozenset[Trouble]
    is_last: bool
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The queue of this data folder, whoever works it off.

    Attributes:
        waiting: of people who look at a page; `batched` wait behind them. What is paused does not count.
        needed_s: what those who wait for somebody are said to need; None where nobody said so.
    """

    waiting: int = 0
    batched: int = 0
    running: int = 0
    needed_s: float | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """All of it.

    Attributes:
        rows: worker processes that live, of apps that live.
        apps: those that live.
        device: of the newest job that is done and was computed where its worker computes.
        error: why nothing is known; "" where it is.
    """

    line: Line = Line()
    mishaps: tuple[Mishap, ...] = ()
    rows: tuple[WorkerRow, ...] = ()
    apps: frozenset[App] = field(default_factory=frozenset)
    leftovers: tuple[orphans.Leftover, ...] = ()
    device: str | None = None
    error: str = ""


def read_past(data: Path) -> Past:
    """What the data folder's database says; nothing where there is none yet. Makes none."""
    unusable, store = private.unusable(data), Store(data / FILE)
    if unusable:
        return Past(error=f"the data folder: {unusable}")
    try:
        return _read(store) if store.exists else Past()
    except FusionError as error:
        return Past(error=_why(error))


def _read(store: Store) -> Past:
    archive, roster = Archive(store), Roster(store, App.this())
    rows = roster.rows()
    since = time.time() - WINDOW_S
    ended = archive.find(Query(states=ENDED, since=since, limit=LATELY))
    running = archive.find(Query(states=frozenset({State.RUNNING}), limit=_LINE))
    queued = archive.find(Query(states=frozenset({State.QUEUED}), limit=_LINE))
    paused = {batch.id for batch in archive.batches() if batch.is_paused}
    living = {row.app for row in rows} | {App.parse(record.app) for record in (*running, *queued) if record.app}
    apps = frozenset(app for app in living if app.is_alive)
    return Past(
        line=_line(queued, len(running), paused),
        mishaps=_mishaps([*running, *sorted(ended, key=_when, reverse=True)]),
        rows=tuple(row for row in rows if row.app in apps and row.process.is_alive),
        apps=apps,
        leftovers=orphans.leftovers(rows),
        device=_device(ended),
    )


def _line(queued: tuple[Record, ...], running: int, paused: set[str]) -> Line:
    waiting = [record for record in queued if record.batch not in paused]
    now = [record for record in waiting if record.priority == Priority.NOW]
    told = [record.expected_s for record in now if record.expected_s is not None]
    needed = sum(told) / len(told) * len(now) if told else None  # those of whom nothing was said are taken to be alike
    return Line(len(now), len(waiting) - len(now), running, needed)


def _mishaps(records: list[Record]) -> tuple[Mishap, ...]:
    """The newest first."""
    found = [(record, _troubles(record)) for record in records]
    last = next((record.id for record in records if record.state in ENDED), None)
    return tuple(
        Mishap(record.number, _when(record), troubles, record.id == last, record.state == State.FAILED)
        for record, troubles in found
        if troubles
    )


def _troubles(record: Record) -> frozenset[Trouble]:
    found = set()
    if record.steps:
        found.add(Trouble.STEPPED_DOWN)
    if any(step.rung == Rung.CPU for step in record.steps):
        found.add(Trouble.TO_PROCESSOR)
    if record.deaths:
        found.add(Trouble.WORKER_DIED)
    reasons = {
        Reason.OUT_OF_MEMORY: Trouble.OUT_OF_MEMORY,
        Reason.JOB_TIMEOUT: Trouble.TIMED_OUT,
        Reason.WORKER_DIED: Trouble.WORKER_DIED,
        Reason.DEVICE_FAILED: Trouble.CARD_FAILED,
    }
    if record.error is not None and record.error.reason in reasons:
        found.add(reasons[record.error.reason])
    return frozenset(found)


def _when(record: Record) -> float:
    return record.ended or record.started or record.made


def _device(ended: tuple[Record, ...]) -> str | None:
    done = (record for record in ended if record.measurement is not None and not record.steps)
    measured = next(done, None)
    return measured.measurement.device if measured and measured.measurement else None


def _why(error: FusionError) -> str:
    """Without the path, which is nobody else's business."""
    cause = error.__cause__
    if isinstance(cause, OSError):
        return cause.strerror or "unknown"
    return str(error.details.get("why", error.reason)) if cause is None else str(cause)
