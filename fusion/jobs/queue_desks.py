"""The queue's desks: what people work at is kept beside their jobs, with its photos, and goes as jobs do."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from fusion.desks import KeptDesk
from fusion.errors import FusionError
from fusion.jobs.queue_base import QueueBase, unusable


class QueueDesks(QueueBase):
    """What the queue offers of desks."""

    def keep_desk(self, owner: str, id: str, body: str, photos: Mapping[str, bytes]) -> None:
        """Keep a desk as it is now, in place of what was kept of it.

        Args:
            body: JSON, without photos.
            photos: that lie on it, by their sha256.

        Raises:
            FusionError: "disk_full", "data_unusable", "ledger_unusable": what was kept of it before stays.
        """
        shortage = self._room.shortage()
        if shortage is not None:
            raise shortage
        desk = KeptDesk(body, frozenset(photos), sum(map(len, photos.values())))
        self._put_photos(photos)
        while (free := self._desks.keep(owner, id, desk, lambda: self._are_there(photos))) is None:
            self._put_photos(photos)  # somebody has deleted the last job that used one this moment
        self._remove_photos(free)

    def desk(self, owner: str, id: str) -> str | None:
        """What was kept of a desk; None where nothing was, or it is somebody else's."""
        return self._desks.find(owner, id)

    def desk_photo(self, sha256: str) -> bytes:
        """A photo that lies on a desk.

        Raises:
            FusionError: "photos_gone".
        """
        return self._photos.read(sha256)

    def count_desks(self, owner: str | None = None) -> int:
        """How many are kept of an owner, or of everybody."""
        return self._desks.count(owner)

    def drop_desk(self, owner: str, id: str) -> None:
        """Forget a desk, and the photos that nothing else refers to."""
        self._remove_photos(self._desks.drop(owner, id))

    def _put_photos(self, photos: Mapping[str, bytes]) -> None:
        try:
            for sha256, photo in photos.items():
                if not self._photos.path(sha256).is_file():
                    self._photos.put(photo)
        except OSError as error:
            raise unusable(self.folder.parent, error) from error

    def _are_there(self, photos: Mapping[str, bytes]) -> bool:
        return all(self._photos.path(sha256).is_file() for sha256 in photos)

    def _remove_photos(self, names: frozenset[str]) -> None:
        if names:
            with contextlib.suppress(FusionError):  # then whoever tidies finds them
                self._archive.remove_unwanted(names, self._photos.remove)
