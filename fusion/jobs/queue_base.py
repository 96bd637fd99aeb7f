"""What all parts of the queue share: the database, the files, the workers, and what is done from time to time.

The web process imports this.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from fusion import config
from fusion.cluster import Cluster
from fusion.desks import Desks
from fusion.errors import FusionError, Reason, WorkerDied
from fusion.files import private
from fusion.jobs.disk_reserve import Room
from fusion.jobs.periodic import Clerk, Duty
from fusion.jobs.removal import Removal
from fusion.jobs.retention import Retention
from fusion.jobs.scheduler import Dispatcher
from fusion.jobs.view import JobView, view_of
from fusion.own_presets import OwnPresets
from fusion.storage import FILE, App, Archive, Declarations, Ledger, PhotoFiles, Record, Records, Roster, Store
from fusion.types import State
from fusion.units import GIB


class QueueBase:
    """The queue without anything that it offers: see `fusion.jobs`.

    Args:
        folder: where jobs keep their results; the data folder's `jobs` if None.
        cards: UUIDs of the cards that get a worker each.
        cluster: whose nodes compute too; it is left when the queue is closed.

    Raises:
        FusionError: "data_unusable": there can be no such folder; "disk_full".
    """

    def __init__(self, folder: Path | None = None, cards: Sequence[str] = (), cluster: Cluster | None = None) -> None:
        settings = config.load()
        self.folder = _made(folder or settings.data / "jobs")
        data = self.folder.parent
        self._store = store = Store(data / FILE)
        self._app, self._room = App.this(), Room(data)
        self.ledger = Ledger(store.path)
        self._records, self._archive = Records(store, self._app), Archive(store)
        self._declarations, self._desks = Declarations(store), Desks(store)
        self.own_presets = OwnPresets(store)
        self._roster = Roster(store, self._app)
        self._photos = PhotoFiles(data / "photos")
        self._retention = Retention(self._archive, settings.history_days, int(settings.history_gb * GIB))
        self._dispatcher = Dispatcher(
            self._records,
            self._archive,
            self._roster,
            self.ledger,
            self._photos,
            self.folder,
            cards,
            settings.job_timeout_s,
            self._room,
            cluster,
        )
        self._removal = Removal(
            self._archive,
            self._desks,
            self._photos,
            self.folder,
            self._room,
            self._dispatcher.heed,
            self._dispatcher.forget,
        )
        self._clerk = Clerk(self._duties())

    def _duties(self) -> tuple[Duty, ...]:
        return (
            Duty(self._dispatcher.pay, every_s=1.0),
            Duty(self._dispatcher.heed, every_s=1.0),
            Duty(self._dispatcher.hand_out, every_s=1.0),
            Duty(self._dispatcher.revive, every_s=1.0),
            Duty(self._dispatcher.reconcile, every_s=3.0),
            Duty(self._dispatcher.slots.follow, every_s=3.0),
            Duty(self._removal.sweep, every_s=1.0),
            Duty(self._adopt, every_s=10.0),
            Duty(self._archive.scrub_owed, every_s=30.0),
            Duty(self._tidy, every_s=600.0),
            Duty(self._forget_declarations, every_s=600.0),
        )

    def _wake(self) -> None:
        self._dispatcher.start()
        self._clerk.start()

    def _view(self, record: Record) -> JobView:
        run = self._dispatcher.run_of(record.id) if record.state == State.RUNNING else None
        return view_of(record, self.folder / record.id, None if run is None else run.progress)

    def _adopt(self) -> None:
        """Take over from apps that are dead."""
        self._records.adopt(WorkerDied(Reason.INTERRUPTED))
        self._removal.delete(self._records.deleted())
        self._roster.bury()

    def _tidy(self) -> None:
        """Forget what has been kept for long enough, and remove files that nothing refers to."""
        self._removal.tidy(self._retention)

    def _forget_declarations(self) -> None:
        """Whatever the history keeps, the log has six months of its own."""
        if self._declarations.forget_old(time.time()):
            self._archive.scrub()


def _made(folder: Path) -> Path:
    try:
        return private.private_folder(folder)
    except (OSError, ValueError) as error:  # ValueError: no name of a file
        raise unusable(folder.parent, error) from error


def unusable(folder: Path, error: Exception) -> FusionError:
    """The error for a data folder that cannot be written."""
    reason = Reason.DISK_FULL if private.is_full(error) else Reason.DATA_UNUSABLE
    return FusionError(reason, folder=str(folder), why=private.cause(error))
