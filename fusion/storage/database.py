"""The one SQLite file that Fusewise remembers with: opened, brought up to date, closed again. Standard library.

Any thread and any process may use it at once: it is written ahead (WAL), each use is a transaction of its own, and
whoever writes waits for whoever is writing. What a transaction has written is on the disk when it ends, and what it
has deleted is overwritten there. Only what SQLite or the system says of the file is "the database cannot be used":
what goes wrong in the body of a transaction undoes it and stays what it was.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fusion.errors import FusionError, Reason
from fusion.files import private
from fusion.plain_text import printable
from fusion.storage.schema import MIGRATIONS, SCHEMA

FILE = "fusewise.db"  # in the data folder
_WAIT_S = 20.0  # for others that are writing
_RETRY_S = 0.02
_SCRUB_WAIT_S = 5.0
_FULL_BYTES = 256 * 1024  # with less than that SQLite cannot make its small files, and says "disk I/O error"


class _Connection(sqlite3.Connection):
    """Takes any text: names of files may hold what no UTF-8 is (`fusion.plain_text`)."""

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        return super().execute(sql, _printable(parameters))


def _printable(parameters: Mapping[str, Any] | Iterable[Any]) -> Any:
    if isinstance(parameters, Mapping):
        return {name: printable(each) if isinstance(each, str) else each for name, each in parameters.items()}
    return [printable(each) if isinstance(each, str) else each for each in parameters]


class Store:
    """The file.

    Args:
        path: made with its folder when first opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # threads of one process take turns, which is fairer than SQLite's waiting
        self._keeping = threading.Lock()
        self.is_held = False
        self._keeper: sqlite3.Connection | None = None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is kept when it ends well, and undone when it does not. Nobody else writes meanwhile.

        Raises:
            FusionError: "ledger_unusable": the file cannot be written, is damaged, or is of a newer Fusewise;
                "disk_full"; "data_unusable": its folder cannot be made or written.
        """
        with self._lock, self._opened("BEGIN IMMEDIATE") as file:
            yield file

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The file as it is at one moment, whatever others write meanwhile.

        Raises:
            FusionError: as `write`.
        """
        with self._opened("BEGIN") as file:
            yield file

    @property
    def exists(self) -> bool:
        """Whether anything was ever written. A look makes no file.

        Raises:
            FusionError: "data_unusable": nobody can tell.
        """
        with self._told():
            return self.path.exists()

    def hold(self) -> None:
        """Keep the file open until `close`: on a disk that becomes full, what is open can still be read."""
        self.is_held = True

    def close(self) -> None:
        """Let go of what `hold` keeps. The file may be used again."""
        with self._keeping:
            self.is_held = False
            if self._keeper is not None:
                self._keeper.close()
                self._keeper = None

    def scrub(self, *, whole: bool) -> None:
        """Leave nothing of what was deleted beside the file, in its log; waits for those who read.

        Args:
            whole: nor in the file, where an older version may have deleted something without overwriting it.

        Raises:
            FusionError: as `write`; it may be tried again.
        """
        with self._lock, self._told(), contextlib.closing(self._connect(_SCRUB_WAIT_S)) as file:
            if whole:
                file.execute("VACUUM")
            if file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise sqlite3.OperationalError("somebody reads it, so that its log cannot be emptied now")

    @contextmanager
    def _opened(self, begin: str) -> Iterator[sqlite3.Connection]:
        """A connection of one's own each time, since threads come and go."""
        with contextlib.closing(self._begun(begin)) as file:
            try:
                yield file
            except sqlite3.Error as error:
                _undo(file)
                raise self._explained(error) from error
            except BaseException:
                _undo(file)
                raise
            with self._told():
                file.execute("COMMIT")

    def _begun(self, begin: str) -> sqlite3.Connection:
        """A connection in a transaction."""
        try:
            with self._told():
                file = self._connect()
                self._keep()
        except FusionError as error:
            if begin != "BEGIN" or error.reason != Reason.DISK_FULL or not self._is_whole():
                raise
            looked = self._look_only()
            if looked is None:
                raise
            file = looked
        try:
            with self._told():
                file.execute(begin)
        except BaseException:
            file.close()
            raise
        return file

    def _connect(self, wait_s: float = _WAIT_S) -> sqlite3.Connection:
        private.private_folder(self.path.parent)
        self._make_private()
        file = sqlite3.connect(self.path, timeout=wait_s, isolation_level=None, factory=_Connection)
        try:
            file.execute("PRAGMA synchronous = FULL")  # a job that was taken in survives the machine's end too
            file.execute("PRAGMA secure_delete = ON")  # names and photos that were deleted are not to be found again
            file.execute("PRAGMA temp_store = MEMORY")  # nor in files elsewhere
            _bring_up_to_date(file)
        except BaseException:
            file.close()
            raise
        return file

    def _make_private(self) -> None:
        """SQLite makes its other files as this one is: nobody else's to read."""
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) != 0o600 and self.path.is_file():
            self.path.chmod(0o600)

    def _keep(self) -> None:
        with self._keeping:
            if self.is_held and self._keeper is None:
                keeper = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
                try:
                    _schema(keeper)  # only now it is opened
                except BaseException:
                    keeper.close()
                    raise
                self._keeper = keeper

    def _is_whole(self) -> bool:
        """Whether all that there is stands in the file itself, since nobody uses it."""
        log = self.path.with_name(self.path.name + "-wal")
        return self.path.is_file() and not (log.exists() and log.stat().st_size)

    def _look_only(self) -> sqlite3.Connection | None:
        """For a full disk, on which SQLite cannot make the small files that it reads with; None where it cannot be."""
        address = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            file = sqlite3.connect(address, uri=True, isolation_level=None, factory=_Connection)
            if _schema(file) == SCHEMA:
                return file
        except sqlite3.Error:  # that there is no room is what is told
            return None
        file.close()
        return None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:  # ValueError: no name of a file
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> FusionError:
        """The error that people are told of."""
        folder, why = str(self.path.parent), private.cause(error)
        if self._is_full(error):
            return FusionError(Reason.DISK_FULL, folder=folder, why=why)
        code = _code(error)
        is_of_folder = code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
        if isinstance(error, (OSError, ValueError)) or (is_of_folder and not self.path.is_dir()):
            return FusionError(Reason.DATA_UNUSABLE, folder=folder, why=why)
        return FusionError(Reason.LEDGER_UNUSABLE, path=str(self.path), why=why)

    def _is_full(self, error: Exception) -> bool:
        if isinstance(error, OSError):
            return private.is_full(error)
        if _code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
            with contextlib.suppress(OSError):
                return private.free_bytes(self.path.parent) < _FULL_BYTES
        return _code(error) == sqlite3.SQLITE_FULL


def _code(error: Exception) -> int:
    """SQLite's primary result code; -1 without one."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else int(code) & 0xFF


def _undo(file: sqlite3.Connection) -> None:
    """Whatever SQLite says: closing the connection undoes it too."""
    with contextlib.suppress(sqlite3.Error):
        if file.in_transaction:
            file.execute("ROLLBACK")


def _bring_up_to_date(file: sqlite3.Connection) -> None:
    if _schema(file) == SCHEMA:
        return
    _write_ahead(file)
    file.execute("BEGIN IMMEDIATE")
    try:
        schema = _schema(file)  # another process may have done it meanwhile
        if schema > SCHEMA:
            raise sqlite3.DatabaseError("it was written by a newer version of Fusewise")
        for statement in (each for migration in MIGRATIONS[schema:] for each in migration):
            file.execute(statement)
        file.execute(f"PRAGMA user_version = {SCHEMA}")
        file.execute("COMMIT")
    except BaseException:
        file.execute("ROLLBACK")
        raise


def _schema(file: sqlite3.Connection) -> int:
    return int(file.execute("PRAGMA user_version").fetchone()[0])


def _write_ahead(file: sqlite3.Connection) -> None:
    """Switch the file to WAL. For that SQLite does not wait for others, unlike for everything else."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            file.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > until:
                raise
            time.sleep(_RETRY_S)
