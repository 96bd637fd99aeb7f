"""What a process runs, as the database has it. Standard library."""

from __future__ import annotations

from typing import Any

from fusion.storage.database import Store
from fusion.storage.models import Record, Wish
from fusion.storage.process_identity import App
from fusion.types import State


class RunningJobs:
    """The jobs in a store that a process runs.

    Args:
        store: the file.
        app: the process.
    """

    def __init__(self, store: Store, app: App) -> None:
        self._store = store
        self._app = str(app)

    def runs(self, record: Record) -> bool:
        """Whether a job is in the very run that the record is of: one that is tried again has the same id."""
        where, values = self._this_run(record)
        with self._store.read() as file:
            return (
                file.execute(f"SELECT 1 FROM jobs WHERE id = ? AND {where}", [record.id, *values]).fetchone()
                is not None
            )

    def running(self) -> frozenset[tuple[str, float | None]]:
        """The ids of the jobs that this process runs, each with its start in seconds since the epoch."""
        with self._store.read() as file:
            asked = "SELECT id, started FROM jobs WHERE state = ? AND app = ?"
            return frozenset((id, started) for id, started in file.execute(asked, [State.RUNNING, self._app]))

    def unwanted(self) -> tuple[tuple[str, float | None], ...]:
        """The jobs that this process runs and somebody wants cancelled or deleted, each with its start.

        A job that is tried again has the same id: the start, in seconds since the epoch, says which run is meant.
        """
        with self._store.read() as file:
            found = file.execute(
                "SELECT id, started FROM jobs WHERE wish IS NOT NULL AND state = ? AND app = ?",
                [State.RUNNING, self._app],
            )
            return tuple((id, started) for id, started in found)

    def deleted(self) -> tuple[str, ...]:
        """Ids of jobs that were deleted while a process ran them that is dead now."""
        with self._store.read() as file:
            asked = "SELECT id FROM jobs WHERE wish = ? AND state != ?"
            return tuple(id for (id,) in file.execute(asked, [Wish.DELETE, State.RUNNING]))

    def _this_run(self, record: Record) -> tuple[str, list[Any]]:
        return "state = ? AND app = ? AND started IS ?", [State.RUNNING, self._app, record.started]
