"""What a data folder holds, read past the code that wrote it: rows by SQL, files by Pillow. For `benchmarks.soak`."""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from fusion.types import State

DATABASE = "fusewise.db"
FILES = {"output.png", "before.png", "compared.json"}


@dataclass(frozen=True, slots=True)
class Row:
    """A job's row; `name` is what its target was called."""

    id: str
    number: int
    name: str
    state: str
    priority: int
    started: float | None
    deaths: int


class Rows:
    """The database of a data folder.

    Args:
        data: the folder; its database need not be there yet.
    """

    def __init__(self, data: Path) -> None:
        self._data = data

    def all(self) -> tuple[Row, ...]:
        """Every job, in the order in which they came."""
        asked = "SELECT id, number, target_name, state, priority, started, deaths FROM jobs ORDER BY number"
        return tuple(Row(*row) for row in self._ask(asked))

    def counts(self) -> Counter[str]:
        """How many jobs are in each state."""
        return Counter(dict(self._ask("SELECT state, COUNT(*) FROM jobs GROUP BY state")))

    def ids(self, state: State) -> tuple[str, ...]:
        """Of the jobs in a state."""
        return tuple(id for (id,) in self._ask("SELECT id FROM jobs WHERE state = ? ORDER BY number", state))

    def has(self, name: str) -> bool:
        """Whether a job of that name was taken in."""
        return bool(self._ask("SELECT 1 FROM jobs WHERE target_name = ?", name))

    def worker(self) -> psutil.Process | None:
        """The newest worker process that lives."""
        for pid, born in self._ask("SELECT pid, born FROM workers ORDER BY started DESC"):
            try:
                process = psutil.Process(pid)
                is_alive = process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - born) < 1.0
            except psutil.NoSuchProcess:
                continue
            if is_alive:
                return process
        return None

    def pixels(self, id: str) -> np.ndarray:
        """A job's result, decoded to its end.

        Raises:
            OSError: it is not there, or not whole.
        """
        with Image.open(self._data / "jobs" / id / "output.png") as image:
            return np.asarray(image.convert("RGBA"))

    def _ask(self, asked: str, *values: str) -> list[tuple[Any, ...]]:
        path = self._data / DATABASE
        if not path.exists():
            return []
        with closing(sqlite3.connect(path, timeout=20.0)) as file:
            try:
                return file.execute(asked, values).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):  # the app is about to make it
                    return []
                raise


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a data folder after all jobs were done; everything should be empty."""

    lost: tuple[str, ...]  # acknowledged, and no row is there
    unfinished: tuple[str, ...]  # a row that is not done
    doubled: tuple[str, ...]  # names with several rows, folders without a row
    broken: tuple[str, ...]  # undecodable or missing results, files half-written
    other: tuple[str, ...]  # results that are not what the settings give
    disordered: tuple[str, ...]  # started before one of the same priority that came earlier

    @property
    def count(self) -> int:
        return sum(map(len, (self.lost, self.unfinished, self.doubled, self.broken, self.other, self.disordered)))


def faults(data: Path, calm: Path, names: Sequence[str], by_hand: frozenset[str]) -> Faults:
    """Compare what is there with what should be.

    Args:
        calm: the data folder of a run without any disturbance.
        names: of the jobs that were acknowledged.
        by_hand: ids of those that were retried by hand: they may start late.
    """
    rows, wanted = Rows(data).all(), {row.name: row for row in Rows(calm).all()}
    counted = Counter(row.name for row in rows)
    folders = {folder.name for folder in (data / "jobs").iterdir()}
    broken, other, seen = [str(path.relative_to(data)) for path in data.rglob("*.tmp")], [], Counter[str]()
    for row in rows:
        try:
            found = Rows(data).pixels(row.id)
        except OSError as error:
            broken.append(f"{row.id}: {error}")
            continue
        if {file.name for file in (data / "jobs" / row.id).iterdir()} != FILES:
            broken.append(f"{row.id}: other files than its three")
        if not np.array_equal(found, Rows(calm).pixels(wanted[row.name].id)):
            other.append(row.name)
        seen[hashlib.sha256(found.tobytes()).hexdigest()] += 1
    alike = [f"{count} results are alike" for count in seen.values() if count > 1]
    return Faults(
        lost=tuple(name for name in names if name not in counted),
        unfinished=tuple(row.name for row in rows if row.state != State.DONE),
        doubled=tuple([name for name, count in counted.items() if count > 1] + sorted(folders - {r.id for r in rows})),
        broken=tuple(broken),
        other=tuple(other + alike),
        disordered=_disordered([row for row in rows if row.id not in by_hand]),
    )


def _disordered(rows: Sequence[Row]) -> tuple[str, ...]:
    found, latest = [], dict.fromkeys({row.priority for row in rows}, 0.0)
    for row in rows:
        started = row.started or 0.0
        if started < latest[row.priority]:
            found.append(row.name)
        latest[row.priority] = max(latest[row.priority], started)
    return tuple(found)
