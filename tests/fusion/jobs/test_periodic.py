"""The clerk: each duty for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from fusion.errors import FusionError, Reason
from fusion.jobs.periodic import Clerk, Duty
from tests.support.odd import NAMES, errors
from tests.support.waiting import until

SECONDS = 30.0


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fusion.jobs.periodic._TICK_S", 0.01)
    monkeypatch.setattr("fusion.threads.BACK_OFF_S", (0.01,))


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_duty_that_fails_keeps_no_other_from_being_done(number: int) -> None:
    done = threading.Semaphore(0)

    def fail() -> None:
        raise errors()[number]

    clerk = Clerk([Duty(fail, 0.01), Duty(done.release, 0.01)])
    clerk.start()
    for _ in range(3):
        assert done.acquire(timeout=SECONDS)
    assert isinstance(clerk.error, FusionError)
    clerk.close()


def test_the_error_of_a_rare_duty_is_kept_until_that_duty_succeeds() -> None:
    ticks, goes_well = threading.Semaphore(0), threading.Event()

    def rare() -> None:
        if not goes_well.is_set():
            raise FusionError(Reason.LEDGER_UNUSABLE, path="fusewise.db", why="locked")

    clerk = Clerk([Duty(rare, 600.0), Duty(ticks.release, 0.01)])
    clerk.start()
    for _ in range(5):
        assert ticks.acquire(timeout=SECONDS)
    assert clerk.error is not None
    assert clerk.error.reason == "ledger_unusable"
    goes_well.set()
    until(lambda: clerk.error is None)  # long before its ten minutes are over
    clerk.close()


def test_a_duty_that_went_well_is_not_done_before_its_time() -> None:
    ticks, acts = threading.Semaphore(0), Counted()
    clerk = Clerk([Duty(acts, 600.0), Duty(ticks.release, 0.01)])
    clerk.start()
    for _ in range(5):
        assert ticks.acquire(timeout=SECONDS)
    clerk.close()
    clerk.close()
    assert acts.count == 1


def test_one_that_never_began_can_be_closed_and_does_not_begin_then() -> None:
    acts = Counted()
    clerk = Clerk([Duty(acts, 1.0)])
    clerk.close()
    clerk.start()
    clerk.close()
    assert acts.count == 0


class Counted:
    count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    others = set(threading.enumerate())  # of an app that other tests share
    yield
    until(lambda: not [each for each in set(threading.enumerate()) - others if each.name == "fusion clerk"])
