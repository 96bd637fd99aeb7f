"""The history: jobs that were, found again and forgotten; batches; choices that hold for all. Standard library."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fusion.errors import FusionError
from fusion.files import private
from fusion.storage.database import Store
from fusion.storage.job_row import select, verdict_to_text
from fusion.storage.job_table import EMPTY, drop_if_empty
from fusion.storage.models import Batch, Kept, Mark, Query, Record, Wish
from fusion.types import ENDED, State

_YOUNG_S = 3600.0  # a batch without jobs may be about to get some


@dataclass(frozen=True, slots=True)
class Deleted:
    """What came of a wish to forget jobs.

    Attributes:
        gone: ids of jobs that there are no more.
        running: of those that still run, and go at their end.
        photos: sha256 of the photos that those that are gone were made of.
    """

    gone: tuple[str, ...]
    running: tuple[str, ...]
    photos: frozenset[str]


class Archive:
    """All jobs in a store, whoever runs them.

    Args:
        store: the file.

    Every method may raise the FusionError of `Store.write`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owes_scrubbing = False

    def find(self, query: Query) -> tuple[Record, ...]:
        """Jobs, in the order that is asked for."""
        where, values = query.where()
        wanted = f"{where} ORDER BY {query.ordered} LIMIT ? OFFSET ?"
        with self._store.read() as file:
            return select(file, wanted, [*values, query.limit, query.offset])

    def count(self, query: Query) -> int:
        """How many `find` would give without its limit."""
        where, values = query.where()
        with self._store.read() as file:
            return int(file.execute(f"SELECT COUNT(*) FROM jobs WHERE {where}", values).fetchone()[0])

    def units(self, query: Query) -> tuple[str, ...]:
        """Jobs, those of a batch as one, newest first: the id of each that came alone, and of each batch."""
        where, values = query.where()
        with self._store.read() as file:
            asked = (
                f"SELECT COALESCE(batch, id) AS unit FROM jobs WHERE {where} "
                "GROUP BY unit ORDER BY MAX(number) DESC LIMIT ? OFFSET ?"
            )
            return tuple(id for (id,) in file.execute(asked, [*values, query.limit, query.offset]))

    def count_units(self, query: Query) -> int:
        """How many `units` would give without its limit."""
        where, values = query.where()
        with self._store.read() as file:
            asked = f"SELECT COUNT(DISTINCT COALESCE(batch, id)) FROM jobs WHERE {where}"
            return int(file.execute(asked, values).fetchone()[0])

    def unjudged(self, limit: int) -> tuple[Record, ...]:
        """Jobs that are done and have no verdict, what has ended last first."""
        with self._store.read() as file:
            # as the index has it, so that a poll of a long history costs nothing
            return select(
                file, "state = 'done' AND verdict IS NULL AND NOT is_try ORDER BY ended DESC LIMIT ?", [limit]
            )

    def judge(self, id: str, verdict: Mapping[str, Any]) -> bool:
        """Keep the verdict on a job that is done; False where there is none such, or no more."""
        with self._store.write() as file:
            asked = "UPDATE jobs SET verdict = ? WHERE id = ? AND state = ?"
            return file.execute(asked, [verdict_to_text(verdict), id, State.DONE]).rowcount > 0

    def kept(self) -> tuple[Kept, ...]:
        """Every job, as whoever tidies sees it, the oldest first."""
        with self._store.read() as file:
            found = file.execute("SELECT id, state, COALESCE(ended, made), bytes, is_try FROM jobs ORDER BY 3")
            return tuple(
                Kept(id, State(state) in ENDED, when, size, bool(is_try)) for id, state, when, size, is_try in found
            )

    def delete(self, ids: Iterable[str]) -> Deleted:
        """Forget jobs, and batches that have lost their last one by it: their names are those of photos.

        Jobs that run are wished away: whoever runs them deletes them at their end.
        """
        gone, running, photos, batches = [], [], set(), set()
        with self._store.write() as file:
            for id in ids:
                row = file.execute("SELECT state, target, source, batch FROM jobs WHERE id = ?", [id]).fetchone()
                if row is None:
                    continue
                if row[0] == State.RUNNING:
                    file.execute("UPDATE jobs SET wish = ? WHERE id = ?", [Wish.DELETE, id])
                    running.append(id)
                else:
                    others = file.execute("SELECT sha256 FROM other_sources WHERE job = ?", [id])
                    photos |= {row[1], row[2], *(sha256 for (sha256,) in others)}
                    file.execute("DELETE FROM jobs WHERE id = ?", [id])
                    gone.append(id)
                    batches.add(row[3])
            for batch in batches - {None}:
                drop_if_empty(file, batch)
            file.execute(f"DELETE FROM batches WHERE made < ? AND {EMPTY}", [time.time() - _YOUNG_S])
        return Deleted(tuple(gone), tuple(running), frozenset(photos))

    def discard(self, ids: Iterable[str], at: float) -> None:
        """Throw jobs away for now: they are there as before, but are found no more, and do not run.

        Args:
            at: seconds since the epoch.
        """
        with self._store.write() as file:
            asked = "UPDATE jobs SET discarded = ? WHERE id = ? AND discarded IS NULL"
            file.executemany(asked, [(at, id) for id in ids])

    def restore(self, ids: Iterable[str]) -> None:
        """Take back what was thrown away."""
        with self._store.write() as file:
            file.executemany("UPDATE jobs SET discarded = NULL WHERE id = ?", [(id,) for id in ids])

    def discarded(self, until: float) -> tuple[str, ...]:
        """Ids of the jobs that were thrown away at that moment or before, in seconds since the epoch."""
        with self._store.read() as file:
            return tuple(id for (id,) in file.execute("SELECT id FROM jobs WHERE discarded <= ?", [until]))

    def drop_empty(self, owner: str | None) -> None:
        """Forget batches of an owner's, or of everybody's, that have no jobs, however young they are."""
        with self._store.write() as file:
            file.execute(f"DELETE FROM batches WHERE (?1 IS NULL OR owner = ?1) AND {EMPTY}", [owner])

    def scrub(self, *, whole: bool = False) -> None:
        """Leave nothing of what was deleted on the disk; see `Store.scrub`.

        For whoever asks it is gone already. What cannot be done now, since somebody reads or the disk is full, is
        owed: `scrub_owed` does it.
        """
        self._owes_scrubbing = True
        with contextlib.suppress(FusionError):
            self._store.scrub(whole=whole)
            self._owes_scrubbing = False

    def scrub_owed(self) -> None:
        """What `scrub` could not do, if anything."""
        if self._owes_scrubbing:
            self._store.scrub(whole=True)
            self._owes_scrubbing = False

    def remove_unwanted(self, names: frozenset[str], remove: Callable[[Iterable[str]], list[str]]) -> list[str]:
        """Have photos removed that neither a job nor a desk refers to any more.

        Args:
            names: sha256 of those that may be such.
            remove: called with those that are, while nobody can add a job or a desk. What it cannot remove it may not
                raise: there is nothing here to be undone by that.

        Returns:
            What `remove` returned: for each that is still there, why.
        """
        with self._store.write() as file:
            return remove(names - _wanted(file, names))

    def wanted(self) -> frozenset[str]:
        """The sha256 of every photo that a job or a desk refers to."""
        with self._store.read() as file:
            asked = (
                "SELECT target FROM jobs UNION SELECT source FROM jobs UNION SELECT sha256 FROM other_sources "
                "UNION SELECT sha256 FROM desk_photos"
            )
            return frozenset(sha256 for (sha256,) in file.execute(asked))

    def marks(self, since: float) -> tuple[Mark, ...]:
        """What ran at some moment since then, the oldest first.

        Args:
            since: seconds since the epoch.
        """
        with self._store.read() as file:
            found = file.execute(
                "SELECT id, started, ended, state FROM jobs WHERE started IS NOT NULL AND state != ? "
                "AND (ended IS NULL OR ended >= ?) ORDER BY started",
                [State.QUEUED, since],
            )
            return tuple(Mark(id, started, ended, State(state)) for id, started, ended, state in found)

    def counts(self) -> Mapping[State, int]:
        """How many jobs are in each state, of everybody."""
        with self._store.read() as file:
            found = file.execute("SELECT state, COUNT(*) FROM jobs GROUP BY state")
            return {State(state): count for state, count in found}

    def failures(self) -> Mapping[str, int]:
        """How many jobs have failed, by the reason."""
        reason = "CASE WHEN json_valid(error) THEN json_extract(error, '$.reason') END"
        with self._store.read() as file:
            return dict(file.execute(f"SELECT {reason}, COUNT(*) FROM jobs WHERE state = '{State.FAILED}' GROUP BY 1"))

    def stored_bytes(self, owner: str | None = None) -> int:
        """Of all results on the disk, or of an owner's."""
        with self._store.read() as file:
            asked = "SELECT COALESCE(SUM(bytes), 0) FROM jobs WHERE ?1 IS NULL OR owner = ?1"
            return int(file.execute(asked, [owner]).fetchone()[0])

    def make_batch(self, name: str, owner: str, way: str = "") -> str:
        """A new batch without jobs; its id. `way`: as of `Batch`."""
        id = private.new_name()
        with self._store.write() as file:
            file.execute(
                "INSERT INTO batches (id, name, owner, made, way) VALUES (?, ?, ?, ?, ?)",
                [id, name, owner, time.time(), way],
            )
        return id

    def batches(self, owner: str | None = None, id: str | None = None) -> tuple[Batch, ...]:
        """Batches, newest first."""
        with self._store.read() as file:
            found = file.execute(
                "SELECT id, name, owner, made, is_paused, way FROM batches WHERE (?1 IS NULL OR owner = ?1) "
                "AND (?2 IS NULL OR id = ?2) ORDER BY made DESC",
                [owner, id],
            ).fetchall()
            counted = "SELECT state, COUNT(*) FROM jobs WHERE batch = ? AND discarded IS NULL GROUP BY state"
            return tuple(
                Batch(key, name, whose, made, bool(paused), {State(s): n for s, n in file.execute(counted, [key])}, way)
                for key, name, whose, made, paused, way in found
            )

    def pause(self, batch: str, *, is_paused: bool) -> None:
        """Hold back, or let go on, what waits of a batch; what runs goes on."""
        with self._store.write() as file:
            file.execute("UPDATE batches SET is_paused = ? WHERE id = ?", [is_paused, batch])

    def option(self, name: str) -> str | None:
        """A choice that was made on a page and holds for all; None if none was."""
        with self._store.read() as file:
            row = file.execute("SELECT value FROM options WHERE name = ?", [name]).fetchone()
            return None if row is None else str(row[0])

    def choose(self, name: str, value: str) -> None:
        """Keep a choice."""
        with self._store.write() as file:
            file.execute("INSERT OR REPLACE INTO options VALUES (?, ?)", [name, value])


def _wanted(file: sqlite3.Connection, names: frozenset[str]) -> set[str]:
    asked = (
        "SELECT 1 FROM jobs WHERE target = ?1 OR source = ?1 "
        "UNION ALL SELECT 1 FROM other_sources WHERE sha256 = ?1 "
        "UNION ALL SELECT 1 FROM desk_photos WHERE sha256 = ?1 LIMIT 1"
    )
    return {name for name in names if file.execute(asked, [name]).fetchone()}
