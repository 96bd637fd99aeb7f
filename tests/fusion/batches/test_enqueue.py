"""A batch goes into the queue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fusion.batches import Given, Plan
from fusion.batches.enqueue import Intake, IntakeView
from fusion.errors import FusionError
from fusion.settings import Settings
from tests.support.odd import NAMES, errors

SECONDS = 30.0


class Queue:
    """Takes jobs, or fails at one."""

    def __init__(self, fails_at: int = -1, error: BaseException | None = None) -> None:
        self.taken: list[tuple[str, str]] = []
        self.fails_at, self.error = fails_at, error

    def submit(self, target: bytes, source: bytes, settings: Settings, **more: Any) -> str:
        if len(self.taken) == self.fails_at and self.error is not None:
            raise self.error
        self.taken.append(more["names"])
        return "id"


def plan_of(count: int, error: BaseException | None = None) -> Plan:
    """Pairs; the photo of the first cannot be read where there is an error."""

    def pair(number: int) -> Any:
        def read() -> bytes:
            if error is not None and number == 0:
                raise error
            return b"photo"

        one = SimpleNamespace(given=Given(f"{number}.png", 5, read))
        names = (f"{number}.png", f"{number}.png")
        return SimpleNamespace(photos=(one, one), others=(), settings=Settings(), names=names)

    return Plan(tuple(pair(number) for number in range(count)))


def run(queue: Any, plan: Plan, expected: Any = lambda pair: None) -> IntakeView:
    intake = Intake(queue, "batch", plan, "ann", expected)
    intake.wait(SECONDS)
    return intake.view()


def test_every_pair_is_queued() -> None:
    queue = Queue()
    view = run(queue, plan_of(3))
    assert len(queue.taken) == 3
    assert view == IntakeView(total=3, done=3, is_running=False)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_one_that_dies_is_not_running_and_says_why(number: int) -> None:
    queue = Queue(1, errors()[number])
    view = run(queue, plan_of(3))
    assert not view.is_running
    assert isinstance(view.error, FusionError)
    assert view.done == 1
    assert len(queue.taken) == 1


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_neither_a_photo_nor_a_forecast_ends_it_in_silence(number: int) -> None:
    def forecast(pair: object) -> float:
        raise errors()[number]

    for view in (run(Queue(), plan_of(3, errors()[number])), run(Queue(), plan_of(3), forecast)):
        assert not view.is_running
        assert view.error is not None or len(view.refused) == 1
