"""A memory of the last few things: what is set or asked for stays, the oldest go."""

from __future__ import annotations

import threading

import pytest

from fusion.newest import Newest, NewestOfThreads

SECONDS = 30.0


def unasked() -> int:
    raise AssertionError("it is kept already")


def test_the_oldest_go_beyond_as_many_as_are_kept() -> None:
    kept = Newest[str, int](2)
    for number, name in enumerate("abc"):
        kept[name] = number
    assert dict(kept) == {"b": 1, "c": 2}


def test_what_is_set_or_asked_for_again_is_the_newest() -> None:
    kept = Newest[str, int](2)
    kept["a"], kept["b"] = 1, 2
    assert kept.of("a", unasked) == 1
    kept["c"] = 3
    assert list(kept) == ["a", "c"]
    kept["a"] = 4
    kept["d"] = 5
    assert dict(kept) == {"a": 4, "d": 5}


def test_what_is_not_kept_is_made_once_even_if_it_is_nothing() -> None:
    kept = Newest[str, int | None](2)
    assert kept.of("a", lambda: None) is None
    assert kept.of("a", unasked) is None


def test_what_cannot_be_made_leaves_nothing_behind() -> None:
    kept = Newest[str, int](1)
    kept["a"] = 1
    with pytest.raises(AssertionError):
        kept.of("b", unasked)
    assert dict(kept) == {"a": 1}


def test_a_thread_that_asks_for_what_another_makes_waits_and_is_given_the_same() -> None:
    kept = NewestOfThreads[str, object](2)
    begun, go = threading.Event(), threading.Event()
    given: list[object] = []

    def make() -> object:
        begun.set()
        assert go.wait(SECONDS)
        return object()

    asking = [threading.Thread(target=lambda: given.append(kept.of("a", make))) for _ in range(2)]
    asking[0].start()
    assert begun.wait(SECONDS)
    asking[1].start()
    assert kept.of("b", lambda: 1) == 1, "meanwhile others are made"
    go.set()
    for thread in asking:
        thread.join(SECONDS)
    assert given[0] is given[1]


def test_threads_make_anew_what_could_not_be_made_or_is_cleared() -> None:
    kept = NewestOfThreads[str, int](1)
    with pytest.raises(ZeroDivisionError):
        kept.of("a", lambda: 1 // 0)
    assert kept.of("a", lambda: 5) == 5
    kept.clear()
    assert kept.of("a", lambda: 6) == 6
