"""Rows of the queue's table as they come in and are taken, and an app that is dead."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from fusion.errors import Reason, WorkerDied
from fusion.storage import App, Record, Records
from fusion.storage.schema import MIGRATIONS
from tests.support.fixtures import environment

DEAD = App(2**22 - 1, 1.0)
WHY = WorkerDied(Reason.INTERRUPTED)


def job(**changes: object) -> Record:
    """A job that has just come in, of photos that have names."""
    return environment.job(**{"target_name": "beach.jpg", "source_name": "me_50%.png", **changes})


def added(records: Records, **changes: object) -> str:
    """The id of a job that waits now."""
    record = job(**changes)
    assert records.add(record)
    return record.id


def claimed(records: Records) -> Record:
    """The job that is the next to run."""
    taken = records.claim()
    assert taken is not None
    return taken


def old_database(path: Path, version: int, *rows: Mapping[str, Any]) -> None:
    """A file as a version left it, with these jobs; of their columns those that it had."""
    with closing(sqlite3.connect(path)) as file, file:
        for statement in (each for migration in MIGRATIONS[:version] for each in migration):
            file.execute(statement)
        known = {name for (_, name, *_) in file.execute("PRAGMA table_info(jobs)")}
        for row in ({name: value for name, value in each.items() if name in known} for each in rows):
            file.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
        file.execute(f"PRAGMA user_version = {version}")
