"""What jobs have cost on this machine, kept in the SQLite file. Standard library; any thread, any process."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from fusion.measurement import Measurement
from fusion.store import Store

KEPT = 2000  # measurements; the oldest go


class Ledger:
    """Measurements, newest last.

    Args:
        path: the file; made with its folder when first written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._store = Store(path)

    def prepare(self) -> None:
        """Make the file, if need be: one that cannot be written says so before anything is measured.

        Raises:
            FusionError: as `add`.
        """
        with self._store.write():
            pass

    def add(self, measurement: Measurement) -> None:
        """Keep one more.

        Raises:
            FusionError: as `Store.write`.
        """
        row = json.dumps(measurement.to_json(), separators=(",", ":"))
        with self._store.write() as file:
            file.execute("INSERT INTO measurements (made, device, body) VALUES (?, ?, ?)",
                         (measurement.made, measurement.device, row))  # fmt: skip
            file.execute("DELETE FROM measurements WHERE id <= (SELECT MAX(id) FROM measurements) - ?", (KEPT,))

    def rows(self) -> tuple[Measurement, ...]:
        """All, oldest first; () where nothing was ever kept.

        Raises:
            FusionError: as `add`.
        """
        if not self._store.exists:
            return ()
        with self._store.read() as file:
            return tuple(_understood(*row) for row in file.execute("SELECT id, body FROM measurements ORDER BY id"))

    def count(self) -> int:
        """How often something was kept, ever: it changes with each `add`.

        Raises:
            FusionError: as `add`.
        """
        if not self._store.exists:
            return 0
        with self._store.read() as file:
            return int(file.execute("SELECT COALESCE(MAX(id), 0) FROM measurements").fetchone()[0])

    def clear(self) -> None:
        """Forget all.

        Raises:
            FusionError: as `add`.
        """
        if self._store.exists:
            with self._store.write() as file:
                file.execute("DELETE FROM measurements")


def _understood(id: int, body: str) -> Measurement:
    try:
        return Measurement.from_json(json.loads(body))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"measurement {id} cannot be understood ({error})") from error
