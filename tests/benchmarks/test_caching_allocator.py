"""The model of torch's allocator, by what is known of that: rounding, segments, the best fit, what is given back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shared.caching_allocator import CachingAllocator, CardFull
from fusion.units import MIB


@pytest.mark.parametrize(
    ("size", "allocated", "reserved"),
    [
        (1, 512, 2 * MIB),
        (512, 512, 2 * MIB),
        (513, 1024, 2 * MIB),
        (MIB, MIB, 2 * MIB),
        (MIB + 1, MIB + 512, 20 * MIB),
        (10 * MIB - 512, 10 * MIB - 512, 20 * MIB),
        (10 * MIB, 10 * MIB, 10 * MIB),
        (10 * MIB + 1, 10 * MIB + 512, 12 * MIB),
        # What is left of a segment of its own is too little to be another's block.
        (11 * MIB, 12 * MIB, 12 * MIB),
    ],
)
def test_a_block_is_rounded_up_and_cut_from_a_segment(size: int, allocated: int, reserved: int) -> None:
    card = CachingAllocator()
    card.malloc(size)
    assert (card.allocated, card.reserved) == (allocated, reserved)


def test_small_blocks_share_a_segment_and_large_ones_share_another() -> None:
    card = CachingAllocator()
    for size in (512, MIB, 2 * MIB, 9 * MIB):
        card.malloc(size)
    assert card.reserved == 22 * MIB
    card.malloc(MIB)  # no room is left for it in the small segment
    assert card.reserved == 24 * MIB


def test_the_smallest_free_block_that_suffices_is_taken() -> None:
    card = CachingAllocator()
    wide, narrow = card.malloc(40 * MIB), card.malloc(30 * MIB)
    card.free(wide)
    card.free(narrow)
    assert card.malloc(29 * MIB) == narrow
    assert card.malloc(40 * MIB) == wide


def test_of_two_that_fit_alike_the_one_with_the_lower_address_is_taken() -> None:
    card = CachingAllocator()
    low, high = card.malloc(40 * MIB), card.malloc(40 * MIB)
    card.free(high)
    card.free(low)
    assert card.malloc(40 * MIB) == low


def test_what_is_left_of_a_block_serves_others_and_becomes_whole_again() -> None:
    card = CachingAllocator()
    blocks = [card.malloc(5 * MIB) for _ in range(4)]
    assert card.reserved == 20 * MIB
    for block in (blocks[0], blocks[2], blocks[1], blocks[3]):
        card.free(block)
    card.malloc(19 * MIB)  # which none of the four would hold
    assert card.reserved == 20 * MIB


def test_a_gap_between_two_blocks_is_no_room_for_a_wider_one() -> None:
    card = CachingAllocator()
    blocks = [card.malloc(5 * MIB) for _ in range(4)]
    card.free(blocks[0])
    card.free(blocks[2])
    card.malloc(6 * MIB)
    assert card.reserved == 40 * MIB


def test_the_cache_is_kept_until_it_is_emptied() -> None:
    card = CachingAllocator()
    first, second = card.malloc(40 * MIB), card.malloc(512)
    card.free(first)
    assert (card.allocated, card.reserved) == (512, 42 * MIB)
    card.empty_cache()
    assert card.reserved == 2 * MIB  # a segment of which something is in use stays
    card.free(second)
    card.empty_cache()
    assert (card.allocated, card.reserved) == (0, 0)


def test_a_card_that_is_full_is_tried_again_without_the_cache() -> None:
    card = CachingAllocator(100 * MIB)
    card.free(card.malloc(60 * MIB))
    card.malloc(80 * MIB)
    assert (card.retries, card.reserved) == (1, 80 * MIB)


def test_a_block_that_does_not_fit_is_refused_and_nothing_is_held_for_it() -> None:
    card = CachingAllocator(100 * MIB)
    card.malloc(80 * MIB)
    with pytest.raises(CardFull) as refused:
        card.malloc(30 * MIB)
    assert refused.value.wanted == 30 * MIB
    assert (card.allocated, card.reserved, card.count) == (80 * MIB, 80 * MIB, 2)
    card.malloc(20 * MIB)


def test_peaks_are_of_the_time_since_they_were_reset() -> None:
    card = CachingAllocator()
    card.free(card.malloc(50 * MIB))
    assert (card.peak_allocated, card.peak_reserved) == (50 * MIB, 50 * MIB)
    card.reset_peaks()
    assert (card.peak_allocated, card.peak_reserved) == (0, 50 * MIB)
    card.empty_cache()
    card.reset_peaks()
    card.malloc(512)
    assert (card.peak_allocated, card.peak_reserved) == (512, 2 * MIB)


def test_a_log_is_played_as_it_was_noted_down() -> None:
    card = CachingAllocator()
    card.replay([("a", 30 * MIB), ("b", 12 * MIB), ("a", 0), ("never taken", 0), ("a", 30 * MIB)])
    assert (card.allocated, card.reserved) == (42 * MIB, 42 * MIB)


def test_a_block_is_given_back_once() -> None:
    card = CachingAllocator()
    block = card.malloc(512)
    card.free(block)
    with pytest.raises(KeyError):
        card.free(block)


@given(st.lists(st.one_of(st.integers(1, 40 * MIB), st.integers(1, 4096), st.integers(-8, -1)), max_size=60))
def test_blocks_never_overlap_and_everything_comes_back(moves: list[int]) -> None:
    card = CachingAllocator()
    held: list[tuple[int, int]] = []
    for move in moves:
        if move > 0:
            held.append((card.malloc(move), move))
        elif held:
            card.free(held.pop(move % len(held))[0])
        spans = sorted(held)
        assert all(start + size <= after for (start, size), (after, _) in itertools.pairwise(spans))
        assert sum(size for _, size in held) <= card.allocated <= card.reserved
    for start, _ in held:
        card.free(start)
    card.empty_cache()
    assert (card.allocated, card.reserved) == (0, 0)
