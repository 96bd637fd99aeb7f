"""Threads that survive what is raised in them, and say so."""

from __future__ import annotations

import ast
import logging
import threading
from pathlib import Path

import pytest

from fusion.errors import FusionError, Reason
from fusion.threads import Later, PeriodicThread, ServiceThread, Troubles, all_of, told
from tests.support.claims import none_of
from tests.support.odd import NAMES, Odd, errors
from tests.support.sources import SOURCES

SECONDS = 30.0


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_periodic_thread_survives_whatever_is_raised_and_shows_it(number: int) -> None:
    error, shown, again = errors()[number], [], threading.Event()
    turns = 0

    def act() -> float:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise error
        shown.append(thread.error)
        again.set()
        return 0.01 if turns < 4 else 1000.0

    thread = PeriodicThread(act, "a test's", back_off_s=(0.01,))
    thread.start()
    assert again.wait(SECONDS)
    thread.close()
    assert isinstance(shown[0], FusionError)
    assert thread.error is None, "it has gone well since"


@pytest.mark.parametrize("rest", [None, "soon", float("nan"), -1.0, float("inf")])
def test_a_rest_that_is_none_ends_no_thread(rest: object) -> None:
    again = threading.Event()
    turns = 0

    def act() -> float:
        nonlocal turns
        turns += 1
        if turns == 2 or rest == float("inf"):
            again.set()
        return rest if turns == 1 else 1000.0  # type: ignore[return-value]

    thread = PeriodicThread(act, "a test's", back_off_s=(0.01,))
    thread.start()
    assert again.wait(SECONDS)
    thread.close()


def test_what_fails_again_and_again_is_tried_ever_more_rarely() -> None:
    from fusion.threads import back_off

    assert [back_off(failures, (1.0, 2.0, 5.0)) for failures in (1, 2, 3, 4, 99)] == [1.0, 2.0, 5.0, 5.0, 5.0]


def test_a_closed_periodic_thread_does_not_begin() -> None:
    acts: list[int] = []

    def act() -> float:
        acts.append(1)
        return 1000.0

    thread = PeriodicThread(act, "a test's")
    thread.close()
    thread.start()
    thread.close()
    assert acts == []


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_service_thread_tells_why_it_ended(number: int) -> None:
    heard: list[FusionError] = []

    def act() -> None:
        raise errors()[number]

    def hear(error: FusionError) -> None:
        heard.append(error)
        raise Odd  # not even that ends badly

    thread = ServiceThread(act, "a test's", hear)
    assert thread.error is None
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive
    assert heard == [thread.error]


def test_one_that_never_began_is_not_waited_for() -> None:
    ServiceThread(lambda: None, "a test's").join()


def test_what_comes_later_comes_unless_it_is_cancelled() -> None:
    came, never = threading.Event(), threading.Event()
    late = Later(1000.0, never.set, "a test's")
    Later(0.0, came.set, "a test's")
    assert came.wait(SECONDS)
    late.cancel()
    assert not never.is_set()


def test_a_flood_of_failures_is_a_line_and_all_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    troubles = Troubles("a test")
    for _ in range(100):
        troubles.failed("this", KeyError("missing"))
        troubles.went_well("that")
    assert len(caplog.records) == 1
    assert troubles.failures("this") == 100
    troubles.went_well("this")
    troubles.failed("this", KeyError("missing"))
    assert len(caplog.records) == 1, "nor is one that comes and goes"
    assert troubles.failures("this") == 1


def test_the_first_line_has_the_traceback_and_later_ones_the_count(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = Troubles("a test")
    for _ in range(3):
        try:
            raise KeyError("missing")
        except KeyError as error:
            troubles.failed("this", error)
    assert "Traceback" in caplog.text
    monkeypatch.setattr("fusion.threads._LOG_EVERY_S", 0.0)
    troubles.failed("this", KeyError("missing"))
    assert "2 more since" in caplog.text
    assert all(record.levelno == logging.ERROR for record in caplog.records)


def test_an_error_is_shown_until_its_own_task_has_succeeded() -> None:
    troubles = Troubles("a test")
    troubles.failed("this", KeyError("missing"))
    troubles.went_well("that")
    assert troubles.error is troubles.of("this")
    assert troubles.of("that") is None
    troubles.went_well("this")
    assert troubles.error is None


def test_whatever_was_raised_is_told_in_a_sentence() -> None:
    for error in errors():
        assert told(error).message
    assert told(KeyError("x" * 10_000)).message.count("x") < 600
    known = FusionError(Reason.JOB_UNKNOWN, id="a")
    assert told(known) is known


def test_all_are_done_whatever_the_others_raise() -> None:
    done: list[str] = []

    def fail() -> None:
        done.append("failed")
        raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        all_of(fail, lambda: done.append("one"), lambda: [].pop(), lambda: done.append("two"))
    assert done == ["failed", "one", "two"]


def _made(tree: ast.AST) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "") for func in calls}
    return names & {"Thread", "Timer", "ThreadPoolExecutor", "start_new_thread"}


def test_no_other_module_makes_threads_that_may_die_in_silence() -> None:
    made = {module: _made(SOURCES[module]) for module in SOURCES if module != "fusion.threads"}
    none_of({module: names for module, names in made.items() if not names <= ALLOWED.get(module, set())})


# Whose failures come to whoever waits for the result; and the thread of a process that has nobody else to tell.
ALLOWED = {
    "fusion.photos.encoder": {"ThreadPoolExecutor"},
    "fusion.faces.detector": {"ThreadPoolExecutor"},
    "fusion.lazy_imports": {"Thread"},
    "advisor.device.deadline": {"Thread"},
    "advisor.driver.probe": {"Thread"},
}


def test_the_source_was_read() -> None:
    assert _made(ast.parse((Path(__file__).parents[2] / "fusion" / "threads.py").read_text())) == {"Thread"}
