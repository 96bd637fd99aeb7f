"""The queue: whose turn it is, and what became of each job. Standard library.

Whoever takes a job, ends it or changes its mind does so here, in one transaction; processes meet in the database and
nowhere else. Nothing here knows of workers or files.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from fusion.errors import FusionError, Reason
from fusion.storage import declarations, measurements, refusals, requests
from fusion.storage.job_row import error_to_text, select, steps_to_text, to_row
from fusion.storage.models import Record, Wish
from fusion.storage.orphans import pick_up
from fusion.storage.process_identity import App
from fusion.storage.running_jobs import RunningJobs
from fusion.types import AGAIN, Asked, State

EMPTY = "NOT EXISTS (SELECT 1 FROM jobs WHERE batch = batches.id)"  # of a batch
_IS_HELD = "IFNULL(batch IN (SELECT id FROM batches WHERE is_paused), 0)"
_IN_LINE = f"state = '{State.QUEUED}' AND discarded IS NULL AND NOT {_IS_HELD}"
_FITS = " AND NOT (need_bytes IS NOT NULL AND need_bytes > ? AND need_bytes <= ?)"


class Records(RunningJobs):
    """The queue in a store.

    Args:
        store: the file.
        app: the process that asks.

    Every method may raise the FusionError of `Store.write`.
    """

    def add(
        self, record: Record, is_there: Callable[[], bool] = lambda: True, asked: Asked | None = None
    ) -> str | None:
        """Take a job in, and log the consent that came with it; its number is given here.

        Args:
            is_there: asked while nobody else can remove photos: whether the job's are there. If not, nothing is added.
            asked: the request that it is for, which has one job and no second.

        Returns:
            Its id, or that of the job that the request has already; None where nothing was added.

        Raises:
            FusionError: "key_reused".
        """
        row = to_row(record) | {"app": self._app}
        names = ", ".join(row)
        with self._store.write() as file:
            if not is_there():
                return None
            if asked is not None and (known := requests.keep(file, record.owner, asked, record.id)) != record.id:
                return known
            file.execute(f"INSERT INTO jobs ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
            others = [(record.id, place, other.sha256, other.name) for place, other in enumerate(record.others)]
            file.executemany("INSERT INTO other_sources (job, place, sha256, name) VALUES (?, ?, ?, ?)", others)
            declarations.keep_consent(file, record)
        return record.id

    def job_of(self, owner: str, asked: Asked) -> str | None:
        """The id of the job that a request has already; None where it has none.

        Raises:
            FusionError: "key_reused".
        """
        with self._store.read() as file:
            return requests.job_of(file, owner, asked)

    def get(self, id: str) -> Record:
        """A job.

        Raises:
            FusionError: "job_unknown".
        """
        with self._store.read() as file:
            rows = select(file, "id = ?", [id])
        if not rows:
            raise FusionError(Reason.JOB_UNKNOWN, id=id)
        return rows[0]

    def claim(self, room: tuple[int, int] | None = None) -> Record | None:
        """Take the next job of this process, or of nobody: it is running from now on. A try lets others go first.

        Args:
            room: bytes of memory where it would run, and of the largest place that jobs may go to: one that needs more
                than the former and no more than the latter is left for that. None where all places are alike.
        """
        fits, sizes = ("", ()) if room is None else (_FITS, room)
        with self._store.write() as file:
            while rows := select(
                file,
                f"{_IN_LINE} AND (app IS NULL OR app = ?){fits} ORDER BY priority DESC, is_try, number LIMIT 1",
                [self._app, *sizes],
            ):
                (first,) = rows
                if first.state == State.QUEUED:
                    taken = replace(first, state=State.RUNNING, started=time.time(), app=self._app)
                    self._set(file, taken.id, state=taken.state, started=taken.started, app=self._app, error=None)
                    return taken
                assert first.error is not None  # nobody understands the row: it shall not hold up the others
                why = error_to_text(first.error)
                self._set(file, first.id, state=State.FAILED, ended=time.time(), error=why)
        return None

    def has_waiting(self) -> bool:
        """Whether `claim` would find something."""
        with self._store.read() as file:
            found = file.execute(
                f"SELECT 1 FROM jobs WHERE {_IN_LINE} AND (app IS NULL OR app = ?) LIMIT 1", [self._app]
            )
            return found.fetchone() is not None

    def ahead_of(self, id: str) -> int:
        """How many jobs run before a queued one, those that run now included; 0 for one that does not wait."""
        with self._store.read() as file:
            place = "SELECT priority, is_try, number FROM jobs WHERE id = ? AND state = ?"
            row = file.execute(place, [id, State.QUEUED]).fetchone()
            if row is None:
                return 0
            count = file.execute(
                f"SELECT COUNT(*) FROM jobs WHERE state = '{State.RUNNING}' "
                f"OR ({_IN_LINE} AND (-priority, is_try, number) < (-?, ?, ?))",
                row,
            )
            return int(count.fetchone()[0])

    def requeue(self, record: Record) -> None:
        """A job of this process goes back to its place in the line, with its deaths and steps."""
        steps = steps_to_text(record.steps)
        with self._store.write() as file:
            self._set(file, record.id, *self._this_run(record), state=State.QUEUED, deaths=record.deaths, steps=steps)

    def step(self, record: Record) -> None:
        """Write down what a running job has given up so far."""
        with self._store.write() as file:
            self._set(file, record.id, *self._this_run(record), steps=steps_to_text(record.steps))

    def end(self, record: Record) -> bool:
        """Write down how a job of this process ended, and what came of it; see `refusals` for one that was refused.

        Returns:
            False where nobody wants it any more: it is gone now, or was before, is another process's or in another run.
        """
        row = to_row(replace(refusals.stripped(record), ended=time.time()))
        kept = ("state", "ended", "error", "facts", "recipe", "steps", "bytes", "deaths", *refusals.COLUMNS)
        changes = {name: row[name] for name in kept}
        if record.measurement is not None:
            changes["engine"] = record.measurement.workload.engine  # what ran; until now it was what was asked for
        with self._store.write() as file:
            if gone := file.execute("DELETE FROM jobs WHERE id = ? AND wish = ?", [record.id, Wish.DELETE]).rowcount:
                drop_if_empty(file, record.batch or "")
            is_kept = self._set(file, record.id, *self._this_run(record), **changes, wish=None)
            if is_kept or gone:
                refusals.settle(file, record)
            if is_kept and record.measurement is not None:
                measurements.keep(file, record.measurement, record.id, is_learnt=False)
            return is_kept

    def cancel(self, id: str, error: FusionError) -> State:
        """Cancel a job that waits, and wish it of one that runs.

        Returns:
            The state that it was in.

        Raises:
            FusionError: "job_unknown".
        """
        with self._store.write() as file:
            state = _state(file, id)
            if state == State.QUEUED:
                why = error_to_text(error)
                self._set(file, id, state=State.CANCELLED, ended=time.time(), error=why, wish=None)
            elif state == State.RUNNING:
                self._set(file, id, "wish IS NULL", [], wish=Wish.CANCEL)
            return state

    def cancel_batch(self, batch: str, error: FusionError) -> tuple[str, ...]:
        """Cancel what waits of a batch; the ids of what runs are returned, with the wish written down."""
        why = error_to_text(error)
        with self._store.write() as file:
            file.execute(
                "UPDATE jobs SET state = ?, ended = ?, error = ? WHERE batch = ? AND state = ?",
                [State.CANCELLED, time.time(), why, batch, State.QUEUED],
            )
            file.execute(
                "UPDATE jobs SET wish = ? WHERE batch = ? AND state = ? AND wish IS NULL",
                [Wish.CANCEL, batch, State.RUNNING],
            )
            running = file.execute("SELECT id FROM jobs WHERE batch = ? AND state = ?", [batch, State.RUNNING])
            return tuple(id for (id,) in running)

    def retry(self, ids: Iterable[str], *, mine: bool) -> tuple[str, ...]:
        """Queue jobs again that did not come to their end and have their photos; whatever else there is stays as it is.

        Args:
            mine: whether this process will run them; else whichever is there.

        Returns:
            The ids of those that were queued.
        """
        marks = ", ".join("?" * len(AGAIN))
        done = []
        with self._store.write() as file:
            for id in ids:
                found = file.execute(
                    "UPDATE jobs SET state = ?, app = ?, started = NULL, ended = NULL, error = NULL, wish = NULL, "
                    f"deaths = 0, steps = '[]', verdict = NULL WHERE id = ? AND target != '' AND state IN ({marks})",
                    [State.QUEUED, self._app if mine else None, id, *sorted(AGAIN)],
                )
                done += [id] * found.rowcount
        return tuple(done)

    def adopt(self, error: FusionError) -> int:
        """Take over from processes that are dead: what waited goes on with whoever comes, and what they ran of a batch.

        The rest of what they ran is interrupted, and so is a job of a batch that several processes died over.

        Returns:
            How many jobs.
        """
        with self._store.write() as file:
            apps = file.execute(
                "SELECT DISTINCT app FROM jobs WHERE app IS NOT NULL AND app != ? AND state IN (?, ?)",
                [self._app, State.QUEUED, State.RUNNING],
            )
            dead = [app for (app,) in apps.fetchall() if not App.parse(app).is_alive]
            marks = ", ".join("?" * len(dead))
            ran = pick_up(file, f"app IN ({marks})", dead, error)
            waited = file.execute(
                f"UPDATE jobs SET app = NULL WHERE state = ? AND app IN ({marks})", [State.QUEUED, *dead]
            )
            return ran + waited.rowcount

    def pick_up(self, id: str, started: float | None, error: FusionError) -> None:
        """A job that is written down as running here and does not: it goes back into the line.

        Args:
            started: of the run that is meant.
            error: why it is interrupted where that has happened too often.
        """
        with self._store.write() as file:
            where, values = "id = ? AND app = ? AND started IS ?", [id, self._app, started]
            pick_up(file, where, values, error, is_alone_too=True)

    def is_known(self, id: str) -> bool:
        """Whether there is such a job."""
        with self._store.read() as file:
            return file.execute("SELECT 1 FROM jobs WHERE id = ?", [id]).fetchone() is not None

    def fail_waiting(self, error: FusionError) -> None:
        """What waits for this process fails: there is nobody to run it."""
        with self._store.write() as file:
            file.execute(
                "UPDATE jobs SET state = ?, ended = ?, error = ? WHERE state = ? AND app = ?",
                [State.FAILED, time.time(), error_to_text(error), State.QUEUED, self._app],
            )

    def let_go(self, error: FusionError) -> None:
        """This process ends in order: as `adopt` would do to it, and no job bears blame."""
        with self._store.write() as file:
            pick_up(file, "app = ?", [self._app], error, counts=0)
            file.execute("UPDATE jobs SET app = NULL WHERE state = ? AND app = ?", [State.QUEUED, self._app])

    def _set(self, file: sqlite3.Connection, id: str, where: str = "1", values: Iterable[Any] = (), **to: Any) -> bool:
        names = ", ".join(f"{name} = ?" for name in to)
        found = file.execute(f"UPDATE jobs SET {names} WHERE id = ? AND {where}", [*to.values(), id, *values])
        return found.rowcount > 0


def drop_if_empty(file: sqlite3.Connection, batch: str) -> None:
    """Forget a batch that has no jobs any more."""
    file.execute(f"DELETE FROM batches WHERE id = ? AND {EMPTY}", [batch])


def _state(file: sqlite3.Connection, id: str) -> State:
    row = file.execute("SELECT state FROM jobs WHERE id = ?", [id]).fetchone()
    if row is None:
        raise FusionError(Reason.JOB_UNKNOWN, id=id)
    return State(row[0])
