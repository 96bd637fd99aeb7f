"""How far above a forecast its bound lies, by what was measured."""

from __future__ import annotations

import random

import pytest

from advisor.forecast import accuracy, fit, model
from tests.advisor.forecast.made_up import MIB, REST, SIDES, measured, work


def test_the_bound_is_by_measurements_that_were_in_no_line() -> None:
    """A line is bent towards what it was fitted to: of other work it is further off."""
    chance = random.Random(5)
    loads = [work(chance.randrange(400, 3000), chance.choice((0.03, 0.1))) for _ in range(60)]
    seen = [measured(load, noise=chance.gauss(0, 0.1)) for load in loads for _ in range(3)]
    later = [measured(load, noise=chance.gauss(0, 0.1)) for load in loads for _ in range(20)]
    found = accuracy(later, fit.fitted(seen)).covered
    assert found is not None
    assert found >= fit.COVERED


def test_from_enough_measurements_on_a_whole_peak_is_bound_by_how_far_whole_peaks_were_off() -> None:
    """Of small jobs most is what rests, of large ones little: a part of what is above it is too much of these."""
    chance = random.Random(7)
    loads = [work(side, share) for side in SIDES for share in (0.03, 0.1)]
    rows = [measured(load, noise=chance.gauss(0, 0.01), rest=REST + chance.randrange(20 * MIB)) for load in loads * 2]
    for count, is_wide in ((fit.LARGEST_FROM - 1, True), (len(rows), False)):
        forecast = model.predict(work(4096), fit.fitted(rows[:count]))
        assert (forecast.peak_high_bytes > 1.06 * forecast.peak_bytes) == is_wide
    made = fit.fitted(rows)
    assert all(row.peak_bytes <= model.predict(row.workload, made).peak_high_bytes for row in rows)
    assert fit.within([1.0] * 18) == 0.0
    assert fit.within([1.0] * 20 + [1.06]) == pytest.approx(0.06 + fit.BEYOND)
    assert fit.within([1.0] * 297 + [1.2] * 4) == pytest.approx(0.2)


def test_how_large_pictures_scatter_says_nothing_of_small_ones_of_which_enough_were_measured() -> None:
    small = [measured(work(side, share)) for side in (512, 640, 768, 896, 1024) for share in (0.1, 0.2, 0.3, 0.4)]
    large = [measured(work(side), noise=noise) for side in (6000, 7000, 8000) for noise in (-0.2, 0.0, 0.2)]
    lines = {regime.kind: line for regime, line in fit.fitted([*small, *large]).memory.items()}
    assert lines["plain"].within == fit.LEAST_WITHIN
    assert lines["large"].within > 0.1


def test_the_bound_covers_what_was_seen_and_more() -> None:
    chance = random.Random(1)
    rows = [measured(work(side), noise=chance.gauss(0, 0.05)) for side in SIDES for _ in range(3)]
    made = fit.fitted(rows)
    assert all(row.peak_bytes < model.predict(row.workload, made).peak_high_bytes for row in rows)


def test_until_there_are_many_the_bound_is_the_worst_and_a_margin_then_a_quantile() -> None:
    assert fit.bound([0.9, 1.0]) == fit.LEAST_HIGH
    assert fit.bound([1.0, 1.3]) == pytest.approx(1.3 * fit.MARGIN)
    many = [1.0] * 297 + [1.2] * 4
    assert fit.bound(many) == pytest.approx(1.2)
    chance = random.Random(2)
    ratios = [chance.gauss(1.0, 0.05) for _ in range(400)]
    covered = sum(chance.gauss(1.0, 0.05) <= fit.bound(ratios) for _ in range(4000)) / 4000
    assert covered > 0.98
