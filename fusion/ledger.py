"""What jobs have cost on this machine, kept in one SQLite file. Standard library; any thread, any process."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion.errors import FusionError
from fusion.measurement import Measurement
from fusion.storage import private_folder

LEDGER = "fusewise.db"  # the file, in the data folder
SCHEMA = 1
KEPT = 2000  # measurements; the oldest go
_WAIT_S = 5.0  # for another process that is writing


class Ledger:
    """Measurements, newest last.

    Args:
        path: the file; made with its folder when first written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, measurement: Measurement) -> None:
        """Keep one more.

        Raises:
            FusionError: "ledger_unusable": the file cannot be written, is damaged, or is of a newer Fusewise.
        """
        row = json.dumps(measurement.to_json(), separators=(",", ":"))
        with self._open() as file:
            file.execute("INSERT INTO measurements (made, device, body) VALUES (?, ?, ?)",
                         (measurement.made, measurement.device, row))  # fmt: skip
            file.execute("DELETE FROM measurements WHERE id <= (SELECT MAX(id) FROM measurements) - ?", (KEPT,))

    def rows(self) -> tuple[Measurement, ...]:
        """All, oldest first; () where nothing was ever kept.

        Raises:
            FusionError: as `add`.
        """
        if not self.path.exists():
            return ()
        with self._open() as file:
            bodies = [body for (body,) in file.execute("SELECT body FROM measurements ORDER BY id")]
            return tuple(Measurement.from_json(json.loads(body)) for body in bodies)

    def count(self) -> int:
        """How often something was kept, ever: it changes with each `add`.

        Raises:
            FusionError: as `add`.
        """
        if not self.path.exists():
            return 0
        with self._open() as file:
            return int(file.execute("SELECT COALESCE(MAX(id), 0) FROM measurements").fetchone()[0])

    def clear(self) -> None:
        """Forget all.

        Raises:
            FusionError: as `add`.
        """
        if self.path.exists():
            with self._open() as file:
                file.execute("DELETE FROM measurements")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A transaction; a connection each time, since threads come and go."""
        try:
            private_folder(self.path.parent)
            with self._lock:
                file = sqlite3.connect(self.path, timeout=_WAIT_S)
                try:
                    os.chmod(self.path, 0o600)
                    _prepare(file)
                    with file:
                        yield file
                finally:
                    file.close()
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
            raise FusionError("ledger_unusable", path=str(self.path), why=str(error)) from error


def _prepare(file: sqlite3.Connection) -> None:
    (schema,) = file.execute("PRAGMA user_version").fetchone()
    if schema > SCHEMA:
        raise sqlite3.DatabaseError("it was written by a newer version of Fusewise")
    if schema == SCHEMA:
        return
    file.execute("PRAGMA journal_mode = WAL")
    with file:
        file.execute(
            "CREATE TABLE IF NOT EXISTS measurements "
            "(id INTEGER PRIMARY KEY AUTOINCREMENT, made TEXT NOT NULL, device TEXT NOT NULL, body TEXT NOT NULL)"
        )
        file.execute(f"PRAGMA user_version = {SCHEMA}")
