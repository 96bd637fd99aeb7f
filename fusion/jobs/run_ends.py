"""What becomes of a job once its run is over: it ends, or goes back into the line. The web process imports this.

Both are owed (`fusion.jobs.pending_writes`), so that nothing is lost where the database cannot be written this moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from fusion.errors import FusionError, Reason
from fusion.files import private
from fusion.jobs.disk_reserve import Room
from fusion.jobs.pending_writes import Debts
from fusion.storage import Archive, PhotoFiles, Record, Records
from fusion.types import State

_OF_THE_DISK = (Reason.DISK_FULL, Reason.OUTPUT_UNWRITABLE, Reason.OUTPUT_FAILED)  # perhaps


class RunEnds:
    """Writes down how runs end, and removes what they leave.

    Args:
        records, archive: the database.
        photos, folder: the files of jobs.
        room: on the disk of the data folder.
        debts: what is to be written down.
    """

    def __init__(
        self, records: Records, archive: Archive, photos: PhotoFiles, folder: Path, room: Room, debts: Debts
    ) -> None:
        self._records = records
        self._archive = archive
        self._photos = photos
        self._folder = folder
        self._room = room
        self._debts = debts

    def is_of_the_disk(self, record: Record) -> bool:
        """Whether a job has failed since nothing can be written now, which would fail each that follows."""
        if record.error is None or record.error.reason not in _OF_THE_DISK:
            return False
        private.remove(self._folder / record.id)  # before it is measured what is free
        if record.error.reason == Reason.DISK_FULL:
            self._room.ran_out()
            return True
        return not self._room.is_writable()

    def owe_end(self, record: Record, forget: Callable[[str], None]) -> None:
        """Write down how a job ended; one that nobody wants any more goes with its files, a refused one's photos go.

        Args:
            forget: told of a job that is gone.
        """
        gone: list[str] = []

        def write() -> None:
            if not self._end(record) and not self._records.is_known(record.id):
                gone.append(record.id)

        def clear() -> None:
            if gone:
                forget(record.id)
                private.remove(self._folder / record.id)
            if gone or record.is_refused:
                self._archive.remove_unwanted(frozenset(record.photos), self._photos.remove)
                self._archive.scrub()

        self._debts.owe(write, "the end of a job", job=record.id, instead=partial(self._failed, record))
        self._debts.owe(clear, "the files of a job that is gone", job=record.id)

    def owe_return(self, record: Record) -> None:
        """Write down that a job goes back into the line."""
        self._debts.owe(
            partial(self._return, record),
            "that a job runs again",
            job=record.id,
            instead=partial(self._failed, record),
        )

    def _return(self, record: Record) -> None:
        """Remove what the run has left, too: the job may be cancelled while it waits."""
        if self._records.runs(record):
            private.remove(self._folder / record.id)
        self._records.requeue(record)

    def _end(self, record: Record) -> bool:
        """Write down how a run ended, and remove what it has left where that is no result; as `Records.end`."""
        if record.state != State.DONE and self._records.runs(record):  # first: nobody can try it again before its end
            private.remove(self._folder / record.id)
        return self._records.end(record)

    def _failed(self, record: Record, error: FusionError) -> Callable[[], object]:
        """Writes down that a job has failed, without what could not be written of it."""
        bare = replace(
            record, state=State.FAILED, error=error, facts=None, recipe=None, measurement=None, steps=(), bytes=0
        )
        return partial(self._end, bare)


def weight_of(folder: Path) -> int:
    """Bytes of the files in a folder; 0 for one that is gone."""
    return sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else 0
