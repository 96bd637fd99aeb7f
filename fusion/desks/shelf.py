"""Desks of all sessions, as they are now: in memory at once, on the disk a moment later. Standard library.

A browser's tab has a desk by a name that outlives its being loaded again (`pages.parts.keeping`). While a session is at
it, nobody else gets the same one. When the session ends, what cost time to find out stays in memory for a while, since
mostly somebody has only loaded the page again; the photos themselves are read from the disk then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from fusion.errors import FusionError, frameless
from fusion.threads import ServiceThread, told

LEFT_S = 120.0  # so long what was found out stays in memory after a session has ended
LEFT_MOST = 16
_CLOSE_S = 10.0

Key = tuple[str, str]  # whose desk, and its name


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A desk at one moment.

    Attributes:
        body: what is kept, JSON; "" for nothing.
        photos: that lie there, by their sha256; none where they are to be read from the disk.
        seen: what was found out of photos and results; nothing here knows what that is.
        job: whose result the worker keeps for previews.
    """

    body: str
    photos: Mapping[str, bytes] = field(default_factory=dict)
    seen: Mapping[str, object] = field(default_factory=dict)
    job: str | None = None


class Keeper(Protocol):
    """What keeps desks on the disk: the queue, `fusion.jobs.Jobs`."""

    def keep_desk(self, owner: str, id: str, body: str, photos: Mapping[str, bytes]) -> None: ...

    def desk(self, owner: str, id: str) -> str | None: ...

    def drop_desk(self, owner: str, id: str) -> None: ...

    def forget(self, id: str) -> None: ...


@dataclass(slots=True)
class _Place:
    """Of one desk.

    Attributes:
        session: that is at it, or was last.
        left: when that has ended, by `time.monotonic`.
        is_deleted: what lay there was deleted, and the session has not heard of it yet.
    """

    session: str
    snapshot: Snapshot | None = None
    left: float | None = None
    is_deleted: bool = False


class Shelf:
    """One per server; any thread.

    Args:
        queue: what keeps desks on the disk.
        is_there: whether a session still has somebody at it.
    """

    def __init__(self, queue: Keeper, is_there: Callable[[str], bool] = lambda session: True) -> None:
        self._queue, self._is_there = queue, is_there
        self._lock = threading.Lock()
        self._places: dict[Key, _Place] = {}
        self._owed: dict[Key, Snapshot] = {}
        self._errors: dict[Key, FusionError] = {}
        self._writer: ServiceThread | None = None

    def claim(self, key: Key, session: str) -> bool:
        """Take a desk, unless another session that somebody is at has it; whether it was taken."""
        with self._lock:
            place = self._places.get(key)
            if place is None:
                self._places[key] = _Place(session)
                return True
            if place.session != session and place.left is None and self._is_there(place.session):
                return False
            place.session, place.left = session, None
            return True

    def find(self, key: Key) -> Snapshot | None:
        """A desk as it was last, of this server's time or before; None where there is none.

        Raises:
            FusionError: "ledger_unusable".
        """
        if key in self._owed:
            self.flush()  # its photos are to be read from the disk, perhaps
        with self._lock:
            place = self._places.get(key)
            if place is not None and place.snapshot is not None:
                return place.snapshot if place.snapshot.body else None
        body = self._queue.desk(*key)
        return None if body is None else Snapshot(body)

    def put(self, key: Key, session: str, snapshot: Snapshot) -> bool:
        """A desk is like this now; nothing happens where another session has taken it.

        Returns:
            False where all that lay there was deleted meanwhile: it is not kept then, and is to go from the desk too.
        """
        with self._lock:
            place = self._places.get(key)
            if place is None or place.session != session:
                return True
            if place.is_deleted:
                place.is_deleted = False
                return False
            was = place.snapshot.body if place.snapshot is not None else ""
            place.snapshot = snapshot if place.left is None else replace(snapshot, photos={})
            if was != snapshot.body:
                self._owed[key] = snapshot
                self._begin()
            return True

    def leave(self, key: Key, session: str) -> None:
        """A session has ended. What was found out stays a while for who loads the page again."""
        with self._lock:
            place = self._places.get(key)
            if place is None or place.session != session:
                return
            place.left = time.monotonic()
            if place.snapshot is None or not place.snapshot.body:
                del self._places[key]
            else:
                place.snapshot = replace(place.snapshot, photos={})
        self.sweep()

    def forget(self, owner: str | None) -> None:
        """Everything of an owner's, or of everybody's, is about to be deleted: nothing of it is written any more."""
        with self._lock:
            for key in [key for key in self._places if owner in (None, key[0])]:
                self._owed.pop(key, None)
                if self._places[key].left is None:
                    self._places[key].snapshot, self._places[key].is_deleted = None, True
                else:
                    del self._places[key]
        self.flush()

    def error(self, key: Key) -> FusionError | None:
        """Why a desk could not be kept the last time it was tried; None where it was."""
        with self._lock:
            return self._errors.get(key)

    def sweep(self) -> None:
        """Let go of what was left too long ago, and of the oldest where that is too much."""
        with self._lock:
            left = sorted(
                (place.left, key)
                for key, place in self._places.items()
                if place.left is not None and key not in self._owed
            )
            over = len(left) - LEFT_MOST
            old = [key for n, (at, key) in enumerate(left) if n < over or time.monotonic() - at > LEFT_S]
            gone = [self._places.pop(key).snapshot for key in old]
            for key in old:
                self._errors.pop(key, None)
        for snapshot in gone:
            if snapshot is not None and snapshot.job is not None:
                self._queue.forget(snapshot.job)

    def flush(self) -> None:
        """Wait until all is written that was put before."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.join(_CLOSE_S)

    def close(self) -> None:
        """As `flush`: the server ends."""
        self.flush()

    def _begin(self) -> None:
        if self._writer is None:
            self._writer = ServiceThread(self._write, "desk shelf")
            self._writer.start()

    def _write(self) -> None:
        while True:
            with self._lock:
                if not self._owed:
                    self._writer = None
                    return
                key, snapshot = next(iter(self._owed.items()))
            error = self._written(key, snapshot)
            with self._lock:
                self._settle(key, snapshot, error)

    def _written(self, key: Key, snapshot: Snapshot) -> FusionError | None:
        try:
            if snapshot.body:
                self._queue.keep_desk(*key, snapshot.body, snapshot.photos)
            else:
                self._queue.drop_desk(*key)
        except Exception as error:  # whatever it is, it is told of, and nothing else waits for it
            return frameless(told(error))
        return None

    def _settle(self, key: Key, snapshot: Snapshot, error: FusionError | None) -> None:
        if error is None:
            self._errors.pop(key, None)
        else:
            self._errors[key] = error
        if self._owed.get(key) is snapshot:
            del self._owed[key]
