"""Which worker processes were started, by which app: so that one that outlives its app is known as ours."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil

from fusion.storage.database import Store
from fusion.storage.process_identity import App, mark_of

_COLUMNS = "pid, born, app_pid, app_born, device, started, mark, app_mark"


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker process that nobody has buried. A number is used again by later processes: the birth tells them apart.

    Attributes:
        born, app_born: seconds since the epoch.
        device: UUID of the card that it was given; "" where it takes what there is.
        started: seconds since the epoch.
        mark, app_mark: as `App.mark`; "" in rows of an older version.
    """

    pid: int
    born: float
    app_pid: int
    app_born: float
    device: str
    started: float
    mark: str = ""
    app_mark: str = ""

    @property
    def process(self) -> App:
        return App(self.pid, self.born, self.mark)

    @property
    def app(self) -> App:
        return App(self.app_pid, self.app_born, self.app_mark)


class Roster:
    """The worker processes of every app that uses a store.

    Every method may raise the FusionError of `Store.write`.
    """

    def __init__(self, store: Store, app: App) -> None:
        self._store = store
        self._app = app

    def add(self, pid: int, device: str) -> None:
        """Write a process down that this app has just started; one that is gone already is not."""
        try:
            born = psutil.Process(pid).create_time()
        except psutil.Error:
            return
        row = (pid, born, self._app.pid, self._app.born, device, time.time(), mark_of(pid), self._app.mark)
        with self._store.write() as file:
            file.execute(f"INSERT OR REPLACE INTO workers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def rows(self) -> tuple[WorkerRow, ...]:
        """Those that were started and not buried, whether they live or not."""
        with self._store.read() as file:
            found = file.execute(f"SELECT {_COLUMNS} FROM workers ORDER BY started")
            return tuple(WorkerRow(*row) for row in found)

    def remove(self, pid: int, born: float) -> None:
        """Strike one out."""
        with self._store.write() as file:
            file.execute("DELETE FROM workers WHERE pid = ? AND ABS(born - ?) < 1", [pid, born])

    def bury(self) -> None:
        """Strike out those that are dead."""
        for row in self.rows():
            if not row.process.is_alive:
                self.remove(row.pid, row.born)
