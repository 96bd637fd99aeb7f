"""What lies on people's desks while they work: kept so that a page that is loaded again has it. Standard library.

A desk is a row of JSON that the pages write and read, and the photos that it refers to. It belongs to an owner, as a
job does: the same name under another owner is another desk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from fusion.storage import Store

MOST = 20  # desks of one owner; the oldest go
MOST_BYTES = 4 * 1024**3  # of photos on all desks, likewise

_PHOTOS = "SELECT sha256 FROM desk_photos WHERE owner = ? AND desk = ?"


@dataclass(frozen=True, slots=True)
class KeptDesk:
    """What is kept of a desk.

    Attributes:
        body: JSON that nothing here understands.
        photos: the sha256 of those that it refers to.
        bytes: of them together.
    """

    body: str
    photos: frozenset[str] = frozenset()
    bytes: int = 0


class Desks:
    """All desks in a store.

    Args:
        store: the file.

    Every method may raise the FusionError of `Store.write`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(
        self, owner: str, id: str, desk: KeptDesk, is_there: Callable[[], bool] = lambda: True
    ) -> frozenset[str] | None:
        """Keep a desk as it is now.

        Args:
            is_there: asked while nobody else can remove photos: whether the desk's are there. If not, nothing is kept.

        Returns:
            The sha256 of photos that a desk referred to until now, and none may any more; None where nothing was kept.
        """
        with self._store.write() as file:
            if not is_there():
                return None
            before = _photos(file, owner, id)
            file.execute(
                "INSERT OR REPLACE INTO desks (owner, id, body, bytes, updated) VALUES (?, ?, ?, ?, ?)",
                [owner, id, desk.body, desk.bytes, time.time()],
            )
            file.execute("DELETE FROM desk_photos WHERE owner = ? AND desk = ?", [owner, id])
            rows = [(owner, id, sha256) for sha256 in sorted(desk.photos)]
            file.executemany("INSERT INTO desk_photos (owner, desk, sha256) VALUES (?, ?, ?)", rows)
            return (before - desk.photos) | _drop(file, [*_too_many(file, owner), *_too_heavy(file, owner, id)])

    def find(self, owner: str, id: str) -> str | None:
        """The body of a desk; None where there is none."""
        with self._store.read() as file:
            row = file.execute("SELECT body FROM desks WHERE owner = ? AND id = ?", [owner, id]).fetchone()
            return None if row is None else str(row[0])

    def count(self, owner: str | None) -> int:
        """Of an owner, or of everybody."""
        with self._store.read() as file:
            asked = "SELECT COUNT(*) FROM desks WHERE ?1 IS NULL OR owner = ?1"
            return int(file.execute(asked, [owner]).fetchone()[0])

    def drop(self, owner: str | None = None, id: str | None = None) -> frozenset[str]:
        """Forget a desk, or all of an owner, or of everybody; the sha256 of the photos that they referred to."""
        with self._store.write() as file:
            asked = "SELECT owner, id FROM desks WHERE (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR id = ?2)"
            return _drop(file, file.execute(asked, [owner, id]).fetchall())

    def drop_older(self, than: float) -> frozenset[str]:
        """Forget what nobody has worked at since then, in seconds since the epoch; as `drop`."""
        with self._store.write() as file:
            return _drop(file, file.execute("SELECT owner, id FROM desks WHERE updated < ?", [than]).fetchall())


def _drop(file: sqlite3.Connection, desks: list[tuple[str, str]]) -> frozenset[str]:
    photos: frozenset[str] = frozenset()
    for owner, id in desks:
        photos |= _photos(file, owner, id)
        file.execute("DELETE FROM desks WHERE owner = ? AND id = ?", [owner, id])
    return photos


def _photos(file: sqlite3.Connection, owner: str, id: str) -> frozenset[str]:
    return frozenset(sha256 for (sha256,) in file.execute(_PHOTOS, [owner, id]))


def _too_many(file: sqlite3.Connection, owner: str) -> list[tuple[str, str]]:
    asked = "SELECT owner, id FROM desks WHERE owner = ? ORDER BY updated DESC, rowid DESC LIMIT -1 OFFSET ?"
    return file.execute(asked, [owner, MOST]).fetchall()


def _too_heavy(file: sqlite3.Connection, owner: str, id: str) -> list[tuple[str, str]]:
    """The oldest, as many as weigh too much together; never the one that is just kept."""
    over = file.execute("SELECT COALESCE(SUM(bytes), 0) FROM desks").fetchone()[0] - MOST_BYTES
    found = []
    for whose, other, weight in file.execute("SELECT owner, id, bytes FROM desks ORDER BY updated").fetchall():
        if over <= 0:
            break
        if weight and (whose, other) != (owner, id):
            found.append((whose, other))
            over -= weight
    return found
