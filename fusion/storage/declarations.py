"""The log of what people declared and what was refused, kept for six months whatever becomes of the jobs.

Standard library; any thread, any process. Who somebody is stands in it, and in what is exported, as a pseudonym: their
hash, keyed with a secret of this database. So it says nothing outside it: not which cookie or account it was, nor
whether it was the same person on another installation.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3

from fusion.declared import KEPT_S, NOBODY, Declaration, Declared, consent_of
from fusion.storage.database import Store
from fusion.storage.models import Record

_SECRET = "pseudonyms"  # the option that holds it
_BYTES = 16  # of a pseudonym


class Declarations:
    """The log in a store.

    Args:
        store: the file.

    Every method may raise the FusionError of `Store.write`.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, declaration: Declaration) -> None:
        """Log it."""
        with self._store.write() as file:
            keep(file, declaration)

    def listed(self, kind: Declared | None = None, *, now: float) -> tuple[Declaration, ...]:
        """Those of the last six months, the newest first; () where nothing was ever kept.

        Args:
            kind: None for all.
            now: seconds since the epoch.
        """
        if not self._store.exists:
            return ()
        with self._store.read() as file:
            found = file.execute(
                "SELECT at, kind, value, wording, declared_by, job FROM declarations "
                "WHERE at >= ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY at DESC, number DESC",
                [now - KEPT_S, kind],
            )
            return tuple(Declaration(at, Declared(kind), *rest) for at, kind, *rest in found)

    def forget_old(self, now: float) -> int:
        """Forget what was kept for long enough; how many lines that were.

        Args:
            now: seconds since the epoch.
        """
        with self._store.write() as file:
            return file.execute("DELETE FROM declarations WHERE at < ?", [now - KEPT_S]).rowcount

    def pseudonym(self, owner: str) -> str:
        """What somebody is called here.

        Args:
            owner: whose jobs are theirs; where nobody can tell people apart (`fusion.declared.NOBODY`) it stays.
        """
        with self._store.write() as file:
            return pseudonym(file, owner)


def pseudonym(file: sqlite3.Connection, owner: str) -> str:
    """As `Declarations.pseudonym`.

    Args:
        file: in a transaction that writes.
    """
    if owner in NOBODY:
        return owner
    file.execute("INSERT OR IGNORE INTO options VALUES (?, ?)", [_SECRET, secrets.token_hex(32)])
    (secret,) = file.execute("SELECT value FROM options WHERE name = ?", [_SECRET]).fetchone()
    return hmac.digest(bytes.fromhex(secret), owner.encode(), hashlib.sha256)[:_BYTES].hex()


def keep_consent(file: sqlite3.Connection, record: Record) -> None:
    """Log the consent that comes with a job, if one does.

    Args:
        file: in a transaction that writes.
    """
    if record.consent is not None:
        keep(file, consent_of(record.consent, record.id))


def keep(file: sqlite3.Connection, told: Declaration) -> None:
    """Log it.

    Args:
        file: in a transaction that writes.
    """
    file.execute(
        "INSERT INTO declarations (at, kind, value, wording, declared_by, job) VALUES (?, ?, ?, ?, ?, ?)",
        [told.at, told.kind, told.value, told.wording, told.by, told.job],
    )
