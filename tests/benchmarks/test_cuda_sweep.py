"""Which cards are played through."""

from __future__ import annotations

from itertools import pairwise

from benchmarks import cuda_sweep


def test_cards_go_from_40_to_4000_mib_in_steps_of_a_quarter_at_most() -> None:
    sizes = list(cuda_sweep.capacities())
    assert (sizes[0], sizes[-1]) == (40, 4000)
    assert all(1 < after / before <= 1.25 for before, after in pairwise(sizes))
