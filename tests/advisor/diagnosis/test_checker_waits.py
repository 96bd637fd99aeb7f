"""A check waits while a fusion runs: the checker's thread on a queue that only says what it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from advisor.diagnosis import Checker, Verdict, checker
from fusion.errors import FusionError, Reason
from fusion.faces import FaceFinder
from fusion.jobs import JobView, WorkerView
from tests.support.waiting import until


class Queue:
    """One job that has just ended, whose photos are gone, and a worker."""

    def __init__(self) -> None:
        self.state, self.looks = "busy", 0
        self.judged: list[str] = []
        self._job = SimpleNamespace(id="one", ended=time.time() - checker.RIPE_S, batch=None)

    def unjudged(self, limit: int = 1) -> Sequence[JobView]:
        return () if self.judged else (cast(JobView, self._job),)

    def photos(self, id: str) -> tuple[bytes, bytes]:
        raise FusionError(Reason.JOB_UNKNOWN, id=id)

    def sources(self, id: str) -> tuple[bytes, ...]:
        raise FusionError(Reason.JOB_UNKNOWN, id=id)

    def judge(self, id: str, verdict: Mapping[str, Any]) -> bool:
        self.judged.append(id)
        return True

    def workers(self) -> Sequence[WorkerView]:
        self.looks += 1
        return (cast(WorkerView, SimpleNamespace(state=self.state)),)


def test_no_check_begins_while_a_fusion_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "PATIENT_S", 3600.0)
    queue = Queue()
    checking = Checker(queue, lambda: cast(FaceFinder, None))
    checking.start()
    try:
        until(lambda: queue.looks > 1)
        assert queue.judged == []
        queue.state = "ready"
        until(lambda: bool(queue.judged))
    finally:
        checking.close()


def test_beside_a_batch_that_goes_on_and_on_checks_are_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "PATIENT_S", checker.RIPE_S)
    queue = Queue()
    checking = Checker(queue, lambda: cast(FaceFinder, None))
    checking.start()
    try:
        until(lambda: bool(queue.judged))
        assert queue.state == "busy"
    finally:
        checking.close()


def test_a_check_that_has_begun_stands_still_while_a_fusion_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    queue, steps = Queue(), []
    queue.state = "ready"
    queue.photos = lambda id: (b"", b"")  # type: ignore[method-assign]

    def check(view: JobView, photos: object, finder: object, sources: object, between: Callable[[], object]) -> Verdict:
        between()
        steps.append("before")
        queue.state = "busy"
        between()
        steps.append("after")
        return Verdict()

    monkeypatch.setattr(checker, "PATIENT_S", 3600.0)
    monkeypatch.setattr(checker, "check_job", check)
    monkeypatch.setattr(queue, "_job", SimpleNamespace(id="one", ended=time.time() - 5.0, batch=None, outcome=None))
    checking = Checker(queue, lambda: cast(FaceFinder, None))
    checking.start()
    try:
        until(lambda: bool(steps))
        looks = queue.looks
        until(lambda: queue.looks > looks + 2)
        assert (steps, queue.judged) == (["before"], [])
        queue.state = "ready"
        until(lambda: bool(queue.judged))
        assert steps == ["before", "after"]
    finally:
        checking.close()
