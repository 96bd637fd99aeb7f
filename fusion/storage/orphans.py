"""Jobs that are written down as running, and whose process has ended or lost them. Standard library."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from fusion.errors import Cancelled, FusionError
from fusion.storage.job_row import error_to_text
from fusion.storage.models import Record, Wish
from fusion.types import State


def pick_up(
    file: sqlite3.Connection,
    where: str,
    values: Sequence[Any],
    error: FusionError,
    *,
    is_alone_too: bool = False,
    counts: int = 1,
) -> int:
    """Write down what becomes of running jobs that nobody runs any more; how many they are.

    Args:
        file: in a transaction that writes.
        where: SQL that says which, with its values.
        error: why they are interrupted, those that are.
        is_alone_too: whether also those go back into the line that came from a page, where somebody sees how they end;
            those of a batch and of a program's request do.
        counts: as so many deaths, of which a job may not have too many.
    """
    running, at, why = f"state = '{State.RUNNING}' AND {where}", time.time(), error_to_text(error)
    cancelled = file.execute(
        f"UPDATE jobs SET state = ?, ended = ?, error = ?, wish = NULL WHERE wish = ? AND {running}",
        [State.CANCELLED, at, error_to_text(Cancelled()), Wish.CANCEL, *values],
    )
    again = file.execute(
        f"UPDATE jobs SET state = ?, app = NULL, deaths = deaths + ? WHERE wish IS NULL AND deaths + ? < ? "
        f"AND (? OR batch IS NOT NULL OR id IN (SELECT job FROM requests)) AND {running}",
        [State.QUEUED, counts, counts, Record.DEATHS_ALLOWED, is_alone_too, *values],
    )
    interrupted = file.execute(
        f"UPDATE jobs SET state = ?, ended = ?, error = ? WHERE {running}", [State.INTERRUPTED, at, why, *values]
    )
    return cancelled.rowcount + again.rowcount + interrupted.rowcount
