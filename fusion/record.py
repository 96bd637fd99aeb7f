"""The nouns of the queue and of the history: a job as it is kept, how it is asked for, how it becomes a row. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from fusion import errors
from fusion.alive import App as App
from fusion.errors import FusionError
from fusion.facts import Facts
from fusion.ladder import Step
from fusion.measurement import Measurement
from fusion.plain_text import printable, printable_json
from fusion.spec import Settings, State

ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED, State.INTERRUPTED})
AGAIN = frozenset({State.FAILED, State.CANCELLED, State.INTERRUPTED})  # what may be tried again

DEATHS_ALLOWED = 3  # of workers over one job, in a row; of apps likewise


class Priority(IntEnum):
    """Who goes first. Within one priority jobs run in the order in which they came."""

    BATCH = 0
    NOW = 1  # somebody is looking at the page and waits


class Wish(StrEnum):
    """What somebody wants of a job that another process runs."""

    CANCEL = "cancel"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Record:
    """One job.

    Attributes:
        number: the order in which jobs came.
        owner: whose it is.
        app: the process that runs it or will; "" for whoever comes first.
        settings: as asked for.
        target, source: sha256 of the photos' files.
        target_name, source_name: of the files, as they were uploaded; "" where unknown.
        made, started, ended: seconds since the epoch.
        expected_s: what a forecast said that it takes.
        deaths: of workers over it, in a row.
        steps: what was given up since memory ran out.
        facts, recipe, measurement: of a job that is done.
        bytes: of its results on the disk.
        verdict: what a check of the result came to (`advisor.check` knows its meaning); None before there was one.
    """

    id: str
    number: int
    state: State
    priority: Priority
    owner: str
    batch: str | None
    app: str
    wish: Wish | None
    settings: Settings
    target: str
    source: str
    target_name: str
    source_name: str
    made: float
    started: float | None = None
    ended: float | None = None
    expected_s: float | None = None
    deaths: int = 0
    steps: tuple[Step, ...] = ()
    facts: Facts | None = None
    recipe: Mapping[str, Any] | None = None
    error: FusionError | None = None
    measurement: Measurement | None = None
    bytes: int = 0
    verdict: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which jobs of the history.

    Attributes:
        owner: None for everybody's.
        states: none for all.
        engine: that ran, or that was asked for where none has; None for any.
        text: in the name of a photo, or the beginning of the id.
        since, until: seconds since the epoch, of when it was made.
        faulty: only those whose verdict says that they have not `passed`.
    """

    owner: str | None = None
    states: frozenset[State] = frozenset()
    batch: str | None = None
    engine: str | None = None
    text: str = ""
    since: float | None = None
    until: float | None = None
    faulty: bool = False
    limit: int = 50
    offset: int = 0

    def where(self) -> tuple[str, list[Any]]:
        """SQL's condition and its values."""
        parts: list[tuple[str, list[Any]]] = [("1", [])]
        if self.states:
            parts.append((f"state IN ({', '.join('?' * len(self.states))})", sorted(self.states)))
        for column, value in (("owner", self.owner), ("batch", self.batch), ("engine", self.engine)):
            if value is not None:
                parts.append((f"{column} = ?", [value]))
        if self.text:
            escaped = printable(self.text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            like = "LIKE ? ESCAPE '\\'"
            values = [f"%{escaped}%", f"%{escaped}%", f"{escaped}%"]
            parts.append((f"(target_name {like} OR source_name {like} OR id {like})", values))
        if self.since is not None:
            parts.append(("made >= ?", [self.since]))
        if self.until is not None:
            parts.append(("made < ?", [self.until]))
        if self.faulty:
            parts.append(("json_extract(verdict, '$.passed') = 0", []))
        return " AND ".join(text for text, _ in parts), [value for _, values in parts for value in values]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a job, without what it was: when it ended or came, seconds since the epoch; bytes of results."""

    id: str
    is_ended: bool
    when: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Mark:
    """When a job ran, in seconds since the epoch."""

    id: str
    started: float
    ended: float | None
    state: State


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that belong together. `counts` has every state that one of them is in."""

    id: str
    name: str
    owner: str
    made: float
    is_paused: bool
    counts: Mapping[State, int]

    @property
    def total(self) -> int:
        """How many jobs it has."""
        return sum(self.counts.values())


COLUMNS = (
    "id, number, state, priority, owner, batch, app, wish, settings, target, source, target_name, source_name, made, "
    "started, ended, expected_s, deaths, steps, facts, recipe, error, measurement, bytes, "
    "verdict"
)


def to_row(record: Record) -> dict[str, Any]:
    """A record as columns, without its number, which the database gives, and with what is looked for."""
    return {
        "id": record.id,
        "state": record.state,
        "priority": int(record.priority),
        "owner": record.owner,
        "batch": record.batch,
        "app": record.app or None,
        "wish": record.wish,
        "settings": _dumps(record.settings.to_json()),
        "engine": record.settings.engine,
        "target": record.target,
        "source": record.source,
        "target_name": record.target_name,
        "source_name": record.source_name,
        "made": record.made,
        "started": record.started,
        "ended": record.ended,
        "expected_s": record.expected_s,
        "deaths": record.deaths,
        "steps": steps_to_text(record.steps),
        "facts": None if record.facts is None else _dumps(record.facts.to_json()),
        "recipe": None if record.recipe is None else _dumps(dict(record.recipe)),
        "error": None if record.error is None else error_to_text(record.error),
        "measurement": None if record.measurement is None else _dumps(record.measurement.to_json()),
        "bytes": record.bytes,
        "verdict": None if record.verdict is None else verdict_to_text(record.verdict),
    }


# What the nouns raise of JSON that is none of theirs.
_NOT_UNDERSTOOD = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    FusionError,
)


def from_row(row: tuple[Any, ...]) -> Record:
    """The record that a row of `COLUMNS` holds.

    One that nobody understands, as after a fault of the disk, is a job that has failed for that reason: it can be seen
    and deleted, and holds up no other.
    """
    named = dict(zip(COLUMNS.split(", "), row, strict=True))
    try:
        return Record(**named | _understood(named))
    except _NOT_UNDERSTOOD as error:
        return _unreadable(named, f"{type(error).__name__}: {error}")


def _understood(named: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are more than a text or a number."""
    loaded = {name: _loads(named[name]) for name in ("settings", "steps")}
    optional = ("facts", "recipe", "error", "measurement", "verdict")
    loaded |= {name: named[name] and _loads(named[name]) for name in optional}
    return {
        "state": State(named["state"]),
        "priority": Priority(named["priority"]),
        "app": named["app"] or "",
        "wish": named["wish"] and Wish(named["wish"]),
        "settings": Settings.from_json(loaded["settings"]),
        "steps": tuple(Step.from_json(step) for step in loaded["steps"]),
        "facts": loaded["facts"] and Facts.from_json(loaded["facts"]),
        "recipe": loaded["recipe"],
        "error": loaded["error"] and errors.from_json(loaded["error"]),
        "measurement": loaded["measurement"] and Measurement.from_json(loaded["measurement"]),
        "verdict": loaded["verdict"],
    }


def _unreadable(named: Mapping[str, Any], why: str) -> Record:
    plain = ("id", "number", "owner", "target", "source", "target_name", "source_name", "made")
    return Record(
        **{name: named[name] for name in plain},
        state=State.FAILED,
        priority=Priority.BATCH,
        batch=named["batch"],
        app="",
        wish=None,
        settings=Settings(),
        ended=named["ended"],
        error=FusionError("job_unreadable", why=why),
    )


def steps_to_text(steps: tuple[Step, ...]) -> str:
    """Steps as their column has them."""
    return _dumps([step.to_json() for step in steps])


def error_to_text(error: FusionError) -> str:
    """An error as its column has it."""
    return _dumps(error.to_json())


def verdict_to_text(verdict: Mapping[str, Any]) -> str:
    """A verdict as its column has it."""
    return _dumps(dict(verdict))


def _dumps(value: object) -> str:
    return json.dumps(printable_json(value), separators=(",", ":"))


def _loads(text: str) -> Any:
    return printable_json(json.loads(text))  # an older version wrote what it was given
