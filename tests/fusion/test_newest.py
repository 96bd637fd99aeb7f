"""A memory of the last few things: what is set or asked for stays, the oldest go."""

from __future__ import annotations

import pytest

from fusion.newest import Newest


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
