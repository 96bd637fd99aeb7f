"""One press of a button starts one thing, however often it arrives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pages.parts.pressing import Presses


def is_new(presses: Presses, number: int) -> bool:
    with presses.heard(number) as found:
        return found


def test_a_press_is_new_once_also_where_it_comes_by_many_ways_at_the_same_time() -> None:
    presses = Presses()
    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(lambda number: is_new(presses, number), [0] * 64))
    assert sum(heard) == 1


def test_the_button_that_is_drawn_next_is_another_press() -> None:
    presses = Presses()
    assert is_new(presses, presses.next)
    assert is_new(presses, presses.next)


def test_a_button_that_is_drawn_while_a_press_is_at_work_is_no_other() -> None:
    presses = Presses()
    with presses.heard(presses.next) as first:
        assert first
        assert not is_new(presses, presses.next)
    assert is_new(presses, presses.next)


def test_a_number_that_was_never_drawn_starts_nothing() -> None:
    presses = Presses()
    assert not is_new(presses, presses.next + 1)
