"""Requests of programs, by which a job is made once however often it is asked for. Standard library.

A request is written down in the transaction that takes its job in, and goes with the job. So whoever has lost the
answer asks again with the same key and gets the same job, whichever process ended meanwhile; and a job that came so is
run again where another would be interrupted.
"""

from __future__ import annotations

import sqlite3

from fusion.errors import FusionError, Reason
from fusion.types import Asked


def keep(file: sqlite3.Connection, owner: str, asked: Asked, job: str) -> str:
    """Write a request down with its job, unless it has one; the id of the job that it has.

    Args:
        file: in the transaction that takes the job in.

    Raises:
        FusionError: "key_reused": the key was used for something else.
    """
    known = job_of(file, owner, asked)
    if known is None:
        file.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", [owner, asked.key, asked.body, job])
    return known or job


def job_of(file: sqlite3.Connection, owner: str, asked: Asked) -> str | None:
    """The id of the job that a request has; None where it has none.

    Raises:
        FusionError: "key_reused".
    """
    found = file.execute("SELECT body, job FROM requests WHERE owner = ? AND key = ?", [owner, asked.key]).fetchone()
    if found is None:
        return None
    if found[0] != asked.body:
        raise FusionError(Reason.KEY_REUSED)
    return str(found[1])
