"""What jobs have cost on this machine, kept in the SQLite file. Standard library; any thread, any process.

Each measurement is one row: of a job (`job`), of a trial, or of a job that was deleted since. Forecasts learn from
the newest (`is_learnt`); the others are there for their jobs alone, and go with them.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from fusion.sizing import Measurement
from fusion.storage.database import Store

KEPT = 2000  # measurements that are learnt from; of older ones those of jobs stay, as long as the jobs do

_OF_NOBODY = "job IS NULL AND NOT is_learnt"


class Ledger:
    """Measurements that forecasts learn from, newest last.

    Args:
        path: the file; made with its folder when first written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._store = Store(path)

    def prepare(self) -> None:
        """Make the file, if need be: one that cannot be written says so before anything is measured.

        Raises:
            FusionError: as `add`.
        """
        with self._store.write():
            pass

    def add(self, measurement: Measurement, job: str | None = None) -> None:
        """Keep one more.

        Args:
            job: whose it is; None where it is no job's.

        Raises:
            FusionError: as `Store.write`.
        """
        with self._store.write() as file:
            keep(file, measurement, job, is_learnt=True)
            last = "SELECT id FROM measurements WHERE is_learnt ORDER BY id DESC LIMIT 1 OFFSET ?"
            file.execute(f"UPDATE measurements SET is_learnt = 0 WHERE is_learnt AND id <= ({last})", (KEPT,))
            file.execute(f"DELETE FROM measurements WHERE {_OF_NOBODY}")

    def rows(self) -> tuple[Measurement, ...]:
        """All, oldest first; () where nothing was ever kept.

        Raises:
            FusionError: as `add`.
        """
        if not self._store.exists:
            return ()
        with self._store.read() as file:
            found = file.execute("SELECT id, body FROM measurements WHERE is_learnt ORDER BY id")
            return tuple(_understood(*row) for row in found)

    def count(self) -> int:
        """The number of the newest: it changes with each `add`.

        Raises:
            FusionError: as `add`.
        """
        if not self._store.exists:
            return 0
        with self._store.read() as file:
            found = file.execute("SELECT COALESCE(MAX(id), 0) FROM measurements WHERE is_learnt")
            return int(found.fetchone()[0])

    def clear(self) -> None:
        """Forget all.

        Raises:
            FusionError: as `add`.
        """
        if self._store.exists:
            with self._store.write() as file:
                file.execute("UPDATE measurements SET is_learnt = 0")
                file.execute(f"DELETE FROM measurements WHERE {_OF_NOBODY}")


def keep(file: sqlite3.Connection, measurement: Measurement, job: str | None, *, is_learnt: bool) -> None:
    """Write a measurement down. That of one run of a job is one row, however often and in whichever order it comes.

    Args:
        file: in a transaction that writes.
        job: whose it is; taken for none where there is no such job any more.
        is_learnt: whether forecasts learn from it. Once they do, they go on.
    """
    body = json.dumps(measurement.to_json(), separators=(",", ":"))
    file.execute("UPDATE measurements SET job = NULL WHERE job = ? AND body != ?", (job, body))  # of a run before
    if not is_learnt and file.execute("SELECT 1 FROM measurements WHERE job = ?", (job,)).fetchone():
        return
    file.execute(
        "INSERT OR REPLACE INTO measurements (made, device, body, job, is_learnt) "
        "VALUES (?, ?, ?, (SELECT id FROM jobs WHERE id = ?), ?)",
        (measurement.made, measurement.device, body, job, is_learnt),
    )


def _understood(id: int, body: str) -> Measurement:
    try:
        return Measurement.from_json(json.loads(body))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"measurement {id} cannot be understood ({error})") from error
