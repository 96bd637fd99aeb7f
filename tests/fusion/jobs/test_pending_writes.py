"""What could not be written down yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from fusion.errors import FusionError, Reason
from fusion.jobs.pending_writes import WRONG_AFTER, Debts, may_pass
from tests.support.odd import NAMES, Odd, errors


def unusable(cause: BaseException) -> FusionError:
    """As a store tells of it."""
    error = FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why=str(cause))
    error.__cause__ = cause
    return error


class Write:
    """Fails as often as it is told to."""

    def __init__(self, log: list[str], name: str, error: BaseException | None = None, times: int = 10**9) -> None:
        self.log, self.name, self.error, self.times = log, name, error, times
        self.tries = 0

    def __call__(self) -> None:
        self.tries += 1
        if self.error is not None and self.tries <= self.times:
            cause = self.error.__cause__
            raise self.error if cause is None else unusable(cause)  # each time another one, as a store does
        self.log.append(self.name)


def settle(debts: Debts) -> None:
    for _ in range(2 * WRONG_AFTER + 2):
        debts.pay(at_once=True)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_one_that_cannot_be_paid_never_blocks_the_next(number: int) -> None:
    log: list[str] = []
    debts = Debts()
    debts.owe(Write(log, "poison", errors()[number]), "poison", job="a")
    debts.owe(Write(log, "next"), "next", job="b")
    debts.pay(at_once=True)
    assert log == ["next"]
    assert debts.owes("a")
    assert not debts.owes("b")
    assert debts.error is not None


def test_while_the_database_is_locked_one_at_a_time_asks_it_and_none_is_lost() -> None:
    log: list[str] = []
    locked = [Write(log, str(n), unusable(sqlite3.OperationalError("database is locked")), times=3) for n in range(5)]
    debts = Debts()
    for number, write in enumerate(locked):
        debts.owe(write, f"write {number}", job=str(number))
    before = sum(write.tries for write in locked)
    debts.pay(at_once=True)
    assert sum(write.tries for write in locked) == before + 1, "each try may wait for 20 s"
    for _ in range(20):
        debts.pay(at_once=True)
    assert sorted(log) == ["0", "1", "2", "3", "4"]
    assert debts.error is None


def test_a_later_write_of_a_job_does_not_overtake_an_earlier_one() -> None:
    log: list[str] = []
    debts = Debts()
    debts.owe(Write(log, "step", OSError(28, "full"), times=2), "step", job="a")
    debts.owe(Write(log, "end"), "end", job="a")
    debts.owe(Write(log, "other"), "other", job="b")
    assert log == ["other"]
    settle(debts)
    assert log == ["other", "step", "end"]


@pytest.mark.parametrize(
    "error",
    [Odd(), TypeError("not JSON"), RecursionError(), unusable(sqlite3.ProgrammingError("type 'set' is not supported"))],
)
def test_what_is_wrong_in_itself_is_replaced_after_a_few_tries(error: BaseException) -> None:
    log: list[str] = []
    why: list[FusionError] = []

    def instead(error: FusionError) -> Callable[[], object]:
        why.append(error)
        return Write(log, "failed")

    debts = Debts()
    write = Write(log, "end", error)
    debts.owe(write, "end", job="a", instead=instead)
    settle(debts)
    assert write.tries == WRONG_AFTER
    assert log == ["failed"]
    assert len(why) == 1
    assert debts.error is None
    assert not debts.owes("a")


def test_what_is_wrong_in_itself_and_concerns_no_job_is_given_up() -> None:
    debts = Debts()
    debts.owe(Write([], "cost", TypeError("not JSON")), "cost")
    settle(debts)
    assert debts.error is None


def test_a_full_disk_is_never_given_up() -> None:
    log: list[str] = []
    debts = Debts()
    debts.owe(Write(log, "end", OSError(28, "full"), times=50), "end", job="a", instead=lambda error: log.clear)
    for _ in range(60):
        debts.pay(at_once=True)
    assert log == ["end"]


def test_what_has_failed_is_not_tried_again_at_once() -> None:
    write = Write([], "end", OSError(28, "full"))
    debts = Debts()
    debts.owe(write, "end", job="a")
    debts.pay()
    debts.pay()
    assert write.tries == 1
    debts.owe(Write([], "other"), "other", job="b")
    debts.pay()
    assert write.tries == 2, "once something went well, all else may"


def test_ctrl_c_is_for_whoever_runs_the_program() -> None:
    debts = Debts()
    with pytest.raises(KeyboardInterrupt):
        debts.owe(Write([], "end", KeyboardInterrupt(), times=1), "end", job="a")
    assert debts.owes("a")
    debts.pay()
    assert not debts.owes("a")


def test_what_may_pass() -> None:
    assert may_pass(OSError(28, "full"))
    assert may_pass(FusionError(Reason.LEDGER_UNUSABLE, path="a", why="b"))
    assert may_pass(unusable(sqlite3.IntegrityError("disk full, said a trigger")))
    assert not may_pass(unusable(sqlite3.InterfaceError("bad parameter")))
    assert not may_pass(unusable(KeyError("reason")))
