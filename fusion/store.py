"""The one SQLite file that Fusewise remembers with: opened, brought up to date, closed again. Standard library.

Any thread and any process may use it at once: it is written ahead (WAL), each use is a transaction of its own, and
whoever writes waits for whoever is writing. What a transaction has written is on the disk when it ends.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion.errors import FusionError
from fusion.storage import private_folder

FILE = "fusewise.db"  # in the data folder
_WAIT_S = 20.0  # for others that are writing
_RETRY_S = 0.02

# What brings a file of the version before to version 1, 2, ... Never change one that has been published: add another.
_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE IF NOT EXISTS measurements "
        "(id INTEGER PRIMARY KEY AUTOINCREMENT, made TEXT NOT NULL, device TEXT NOT NULL, body TEXT NOT NULL)",
    ),
    (
        """CREATE TABLE jobs (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            state TEXT NOT NULL, priority INTEGER NOT NULL, owner TEXT NOT NULL, batch TEXT, app TEXT, wish TEXT,
            settings TEXT NOT NULL, engine TEXT NOT NULL,
            target TEXT NOT NULL, source TEXT NOT NULL, target_name TEXT NOT NULL, source_name TEXT NOT NULL,
            made REAL NOT NULL, started REAL, ended REAL, expected_s REAL,
            deaths INTEGER NOT NULL DEFAULT 0, steps TEXT NOT NULL DEFAULT '[]',
            facts TEXT, recipe TEXT, error TEXT, measurement TEXT, bytes INTEGER NOT NULL DEFAULT 0)""",
        "CREATE INDEX jobs_in_line ON jobs (state, priority DESC, number)",
        "CREATE INDEX jobs_of_owner ON jobs (owner, number)",
        "CREATE INDEX jobs_of_batch ON jobs (batch, number)",
        "CREATE INDEX jobs_of_target ON jobs (target)",
        "CREATE INDEX jobs_of_source ON jobs (source)",
        "CREATE TABLE batches (id TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, made REAL NOT NULL, "
        "is_paused INTEGER NOT NULL DEFAULT 0)",
        "CREATE TABLE workers (pid INTEGER NOT NULL, born REAL NOT NULL, app_pid INTEGER NOT NULL, "
        "app_born REAL NOT NULL, device TEXT NOT NULL, started REAL NOT NULL, PRIMARY KEY (pid, born))",
        "CREATE TABLE options (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN verdict TEXT",
        "CREATE INDEX jobs_unjudged ON jobs (ended) WHERE state = 'done' AND verdict IS NULL",
    ),
)
SCHEMA = len(_MIGRATIONS)


class Store:
    """The file.

    Args:
        path: made with its folder when first opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # threads of one process take turns, which is fairer than SQLite's waiting

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is kept when it ends well, and undone when it does not. Nobody else writes meanwhile.

        Raises:
            FusionError: "ledger_unusable": the file cannot be written, is damaged, or is of a newer Fusewise.
        """
        with self._lock, self._opened("BEGIN IMMEDIATE") as file:
            yield file

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The file as it is at one moment, whatever others write meanwhile.

        Raises:
            FusionError: as `write`.
        """
        with self._opened("BEGIN") as file:
            yield file

    @contextmanager
    def _opened(self, begin: str) -> Iterator[sqlite3.Connection]:
        """A connection of one's own each time, since threads come and go."""
        try:
            file = self._connect()
            try:
                file.execute(begin)
                try:
                    yield file
                except BaseException:
                    file.execute("ROLLBACK")
                    raise
                file.execute("COMMIT")
            finally:
                file.close()
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError) as error:
            raise FusionError("ledger_unusable", path=str(self.path), why=str(error)) from error

    def _connect(self) -> sqlite3.Connection:
        private_folder(self.path.parent)
        file = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
        try:
            os.chmod(self.path, 0o600)
            file.execute("PRAGMA synchronous = FULL")  # a job that was taken in survives the machine's end too
            _bring_up_to_date(file)
        except BaseException:
            file.close()
            raise
        return file


def _bring_up_to_date(file: sqlite3.Connection) -> None:
    if _schema(file) == SCHEMA:
        return
    _write_ahead(file)
    file.execute("BEGIN IMMEDIATE")
    try:
        schema = _schema(file)  # another process may have done it meanwhile
        if schema > SCHEMA:
            raise sqlite3.DatabaseError("it was written by a newer version of Fusewise")
        for statement in (each for migration in _MIGRATIONS[schema:] for each in migration):
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {SCHEMA}")
        file.execute("COMMIT")
    except BaseException:
        file.execute("ROLLBACK")
        raise


def _schema(file: sqlite3.Connection) -> int:
    return int(file.execute("PRAGMA user_version").fetchone()[0])


def _write_ahead(file: sqlite3.Connection) -> None:
    """Switch the file to WAL. For that SQLite does not wait for others, unlike for everything else."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            file.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_RETRY_S)
