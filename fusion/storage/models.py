"""The nouns of the queue and of the history: a job as it is kept, and how it is asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, ClassVar

from fusion.declared import Consent
from fusion.errors import FusionError, Reason
from fusion.facts import Facts
from fusion.memory import Step
from fusion.plain_text import printable
from fusion.settings import Settings
from fusion.sizing import Measurement
from fusion.types import Order, SourcePhoto, State


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
        number: the order in which jobs came. owner: whose it is. app: the process that runs it or will; "" for whoever
        comes first. settings: as asked for. target, source: sha256 of the photos' files. target_name, source_name: of
        the files, as they were uploaded; "" where unknown. others: further photos of the source's person. made,
        started, ended: seconds since the epoch. expected_s, need_bytes: what a forecast said that it takes, the
        latter of its device's memory, at most. deaths: of workers over
        it, in a row. steps: what was given up since memory ran out. facts, recipe, measurement: of a job that is done.
        bytes: of its results on the disk. verdict: what a check of the result came to
        (`advisor.diagnosis.checker` knows its meaning); None before there was one. consent: that was given with it; it
        goes with the job, and stays through every retry. is_served: whether it came to an instance that serves others.
        is_try: it only shows what a setting would do: no result of its owner's, and no part of the history.
        discarded: when somebody threw it away, in seconds since the epoch; None of all others.
    """

    DEATHS_ALLOWED: ClassVar = 3  # of workers over one job, in a row; of apps likewise

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
    need_bytes: int | None = None
    deaths: int = 0
    steps: tuple[Step, ...] = ()
    facts: Facts | None = None
    recipe: Mapping[str, Any] | None = None
    error: FusionError | None = None
    measurement: Measurement | None = None
    bytes: int = 0
    verdict: Mapping[str, Any] | None = None
    others: tuple[SourcePhoto, ...] = ()
    consent: Consent | None = None
    is_served: bool = False
    is_try: bool = False
    discarded: float | None = None

    @property
    def is_refused(self) -> bool:
        """Whether it has ended since its photos were refused; nothing of these may stay."""
        return self.error is not None and self.error.reason == Reason.PHOTOS_REFUSED

    @property
    def photos(self) -> tuple[str, ...]:
        """The sha256 of every photo: the target's, the source's, and the source's others."""
        return self.target, self.source, *(other.sha256 for other in self.others)


_LIKENESS = "CASE WHEN json_valid(facts) THEN json_extract(facts, '$.likeness.source') END"
_PASSED = "CASE WHEN json_valid(verdict) THEN json_extract(verdict, '$.passed') END"
_ORDERS: Mapping[Order, str] = {  # where two are alike in it, the older one is first
    "newest": "number DESC",
    "oldest": "number",
    "likeness": f"{_LIKENESS} IS NULL, {_LIKENESS} DESC, number",
    "faults": f"state = '{State.DONE}', IFNULL({_PASSED}, 0.5), number",
}


@dataclass(frozen=True, slots=True)
class Query:
    """Which jobs of the history.

    Attributes:
        ids: only these; None for any.
        owner: None for everybody's.
        states: none for all.
        engine: that ran, or that was asked for where none has; None for any.
        text: in the name of a photo, or the beginning of the id.
        since, until: seconds since the epoch, of when it was made.
        before: only those that came before the one of this number.
        faulty: only those whose verdict says that they have not `passed`.
        with_tries: also those that only show what a setting would do.
        order: by how like a result is to its source, the most like first; or what failed or was found faulty first.
        discarded: only those that were thrown away and can be taken back yet; without them if False, either if None.
    """

    owner: str | None = None
    ids: frozenset[str] | None = None
    states: frozenset[State] = frozenset()
    batch: str | None = None
    engine: str | None = None
    text: str = ""
    since: float | None = None
    until: float | None = None
    before: int | None = None
    faulty: bool = False
    with_tries: bool = False
    discarded: bool | None = False
    order: Order = "newest"
    limit: int = 50
    offset: int = 0

    @property
    def ordered(self) -> str:
        """SQL's order."""
        return _ORDERS[self.order]

    def where(self) -> tuple[str, list[Any]]:
        """SQL's condition and its values."""
        parts: list[tuple[str, list[Any]]] = [("1" if self.with_tries else "NOT is_try", [])]
        if self.states:
            parts.append((f"state IN ({', '.join('?' * len(self.states))})", sorted(self.states)))
        if self.ids is not None:
            parts.append((f"id IN ({', '.join('?' * len(self.ids))})", sorted(self.ids)))
        for column, value in (("owner", self.owner), ("batch", self.batch), ("engine", self.engine)):
            if value is not None:
                parts.append((f"{column} = ?", [value]))
        if self.text:
            escaped = printable(self.text).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            like = "LIKE ? ESCAPE '\\'"
            values = [f"%{escaped}%", f"%{escaped}%", f"%{escaped}%", f"{escaped}%"]
            other = f"EXISTS (SELECT 1 FROM other_sources WHERE job = jobs.id AND name {like})"
            parts.append((f"(target_name {like} OR source_name {like} OR {other} OR id {like})", values))
        if self.since is not None:
            parts.append(("made >= ?", [self.since]))
        if self.until is not None:
            parts.append(("made < ?", [self.until]))
        if self.before is not None:
            parts.append(("number < ?", [self.before]))
        if self.faulty:
            parts.append(("json_extract(verdict, '$.passed') = 0", []))
        if self.discarded is not None:
            parts.append((f"discarded IS {'NOT NULL' if self.discarded else 'NULL'}", []))
        return " AND ".join(text for text, _ in parts), [value for _, values in parts for value in values]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a job, without what it was: when it ended or came, seconds since the epoch; bytes of results."""

    id: str
    is_ended: bool
    when: float
    bytes: int
    is_try: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """When a job ran, in seconds since the epoch."""

    id: str
    started: float
    ended: float | None
    state: State


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that belong together.

    Attributes:
        name: what it is called; where `way` is known, the name of the file that it is called after.
        way: how its photos were given, by which a page makes a sentence of the name; "" where `name` is all.
        counts: every state that one of its jobs is in, without those that were thrown away.
    """

    id: str
    name: str
    owner: str
    made: float
    is_paused: bool
    counts: Mapping[State, int]
    way: str = ""

    @property
    def total(self) -> int:
        """How many jobs it has."""
        return sum(self.counts.values())
