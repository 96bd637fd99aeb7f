"""What is to be written down and could not be yet. Standard library.

Each is tried again until it is written, ever more rarely, and none holds up another; but what concerns one job is
written in the order in which it happened. A write that is wrong in itself is given up after a few tries, and what was
given in its stead is written.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from fusion.errors import FusionError
from fusion.threads import EXITS, Troubles, back_off

WRONG_AFTER = 3  # tries of a write that fails for no reason that may pass
_BACK_OFF_S = (1.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# What SQLite says of the statement or its values, and not of the file or the disk.
_OF_THE_BODY = (sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)

Write = Callable[[], object]


@dataclass(slots=True, eq=False)
class _Debt:
    write: Write
    what: str
    job: str | None
    instead: Callable[[FusionError], Write] | None
    tries: int = 0
    due: float = 0.0
    error: FusionError | None = None  # of the last try
    is_down: bool = False  # the last try failed because the database could not be used


class Debts:
    """Writes that are owed. From any thread; whatever a write raises, no method does, but for `EXITS`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paying = threading.Lock()
        self._owed: list[_Debt] = []
        self._troubles = Troubles("what is to be written down")

    @property
    def error(self) -> FusionError | None:
        """Why something could not be written down and is owed still."""
        with self._lock:
            return next((debt.error for debt in self._owed if debt.error is not None), None)

    def owes(self, job: str) -> bool:
        """Whether something is still to be written down of a job."""
        with self._lock:
            return any(debt.job == job for debt in self._owed)

    def owe(
        self,
        write: Write,
        what: str,
        *,
        job: str | None = None,
        instead: Callable[[FusionError], Write] | None = None,
    ) -> None:
        """Write something down now, or as soon as it can be.

        Args:
            what: it is, for the log.
            job: the job that it concerns; None where its order does not matter.
            instead: gives what is written where this turns out to be wrong in itself, for this reason.
        """
        with self._lock:
            self._owed.append(_Debt(write, what, job, instead))
        self.pay()

    def pay(self, *, at_once: bool = False) -> None:
        """Write down what is due.

        Args:
            at_once: also what has failed and is not due again yet.
        """
        with self._paying:
            with self._lock:
                owed = tuple(self._owed)
            behind: set[str | None] = set()  # jobs of which something that came earlier is owed still
            is_down = False  # the database: whoever asks it waits long, so one is enough in a round
            for debt in owed:
                is_due = at_once or debt.due <= time.monotonic()
                if is_down or not is_due or debt.job in behind or not self._paid(debt):
                    is_down = is_down or (is_due and debt.is_down)
                    behind |= {debt.job} - {None}

    def _paid(self, debt: _Debt) -> bool:
        try:
            debt.write()
        except EXITS:
            raise
        except BaseException as error:
            self._fail(debt, error)
            return False
        with self._lock:
            self._owed.remove(debt)
            for other in self._owed:  # it is over, perhaps: none waits until its time has come
                other.due = 0.0
        self._troubles.went_well(debt.what)
        return True

    def _fail(self, debt: _Debt, error: BaseException) -> None:
        passes, debt.is_down = may_pass(error), _is_of_the_database(error)  # before it is told, without its cause
        known = debt.error = self._troubles.failed(debt.what, error)
        debt.tries += 1
        debt.due = time.monotonic() + back_off(debt.tries, _BACK_OFF_S)
        if debt.tries < WRONG_AFTER or passes:
            return
        if debt.instead is not None:
            debt.write, debt.instead, debt.tries, debt.due = debt.instead(known), None, 0, 0.0
        elif debt.job is None:
            with self._lock:
                self._owed.remove(debt)


def _is_of_the_database(error: BaseException) -> bool:
    return isinstance(error.__cause__, sqlite3.OperationalError)


def may_pass(error: BaseException) -> bool:
    """Whether a write that failed may go well later, since the disk or the database was the reason."""
    cause = error.__cause__ if isinstance(error, FusionError) else error
    if isinstance(cause, _OF_THE_BODY):
        return False
    return cause is None or isinstance(cause, FusionError | sqlite3.Error | OSError | MemoryError)
