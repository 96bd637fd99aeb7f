"""Jobs and desks go with all that they have left on the disk; what could not be removed is told of and tried again.

Standard library. Several apps may remove things at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fusion.desks import Desks
from fusion.errors import FusionError, Reason
from fusion.files import private
from fusion.jobs.disk_reserve import Room
from fusion.jobs.retention import DAY_S, Retention
from fusion.storage import Archive, PhotoFiles, Query

UNDO_S = 10.0  # so long what was thrown away can be taken back


class Removal:
    """Removes jobs and desks of a data folder.

    Args:
        archive, desks: where they are written down.
        photos, folder: the files of jobs.
        room: on their disk, of which some may be used to remove things.
        heed: told that some of the jobs that run are to end, since nobody wants them any more.
        forget: told of jobs that are gone.

    Attributes:
        stuck: "files_stuck": what was to be removed last is still there; None where nothing is.
    """

    def __init__(
        self,
        archive: Archive,
        desks: Desks,
        photos: PhotoFiles,
        folder: Path,
        room: Room,
        heed: Callable[[], None],
        forget: Callable[[str], None],
    ) -> None:
        self.stuck: FusionError | None = None
        self._archive, self._desks = archive, desks
        self._photos = photos
        self._folder = folder
        self._room = room
        self._heed = heed
        self._forget = forget

    def delete(self, ids: Iterable[str]) -> None:
        """Forget jobs and remove their files. One that runs is stopped first, and goes when it has ended.

        Raises:
            FusionError: "files_stuck": some of their files could not be removed; it is tried again.
        """
        ids = tuple(ids)
        if not ids:  # then what is set aside stays: a job that runs could take it meanwhile
            return
        with self._room.spared():
            deleted = self._archive.delete(ids)
            if deleted.running:
                self._heed()
            stuck = [why for id in deleted.gone if (why := private.remove(self._folder / id))]
            for id in deleted.gone:
                self._forget(id)
            stuck += self._archive.remove_unwanted(deleted.photos, self._photos.remove)
            if deleted.gone:
                self._archive.scrub()
        self._tell_of(stuck)

    def sweep(self) -> None:
        """Delete what was thrown away and not taken back in time.

        Raises:
            FusionError: as `delete`.
        """
        self.delete(self._archive.discarded(time.time() - UNDO_S))

    def purge(self, owner: str | None) -> int:
        """Forget every job and every desk of an owner, or of everybody, with its files; how many jobs there were.

        Raises:
            FusionError: as `delete`.
        """
        every = Query(owner=owner, with_tries=True, discarded=None, limit=-1)
        with self._room.spared():
            ids = [record.id for record in self._archive.find(every)]
            try:
                stuck = self._archive.remove_unwanted(self._desks.drop(owner), self._photos.remove)
                self.delete(ids)
                self._tell_of(stuck)
            finally:
                self._archive.drop_empty(owner)
                if owner is None or not self._archive.count(Query(with_tries=True, discarded=None)):
                    private.clear_logs(self._folder.parent)
                self._archive.scrub(whole=True)
        return len(ids)

    def tidy(self, retention: Retention) -> None:
        """Forget what has been kept for long enough, and remove files that nothing refers to.

        Raises:
            FusionError: as `delete`.
        """
        self.stuck = None
        if retention.days is not None and self._desks.drop_older(time.time() - retention.days * DAY_S):
            self._archive.scrub()
        self.delete(retention.spent(time.time()))
        self._tell_of([*self._tidied_photos(), *self._tidied_results(retention.days)])

    def _tidied_photos(self) -> list[str]:
        unwanted = self._photos.unwanted(self._archive.wanted())
        return [*self._archive.remove_unwanted(unwanted, self._photos.remove), *self._photos.tidy()]

    def _tidied_results(self, days: int | None) -> list[str]:
        older_than_s = None if days is None else max(1, days) * DAY_S  # results outlive a database that was lost
        known = {job.id for job in self._archive.kept()}
        return [*private.tidy(self._folder, known, older_than_s), *private.tidy_written(self._folder.parent)]

    def _tell_of(self, stuck: Sequence[str]) -> None:
        if stuck:
            self.stuck = FusionError(
                Reason.FILES_STUCK, count=len(stuck), folder=str(self._folder.parent), why=stuck[0]
            )
            raise self.stuck
