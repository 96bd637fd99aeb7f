"""What forecasts of seconds make of jobs that were measured on another number of threads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.forecast import Coefficients, Forecast, fit, predict
from fusion.sizing import Measurement
from tests.advisor.forecast.made_up import SIDES, measured, work

AGAIN = work(1800, 0.08)  # none of those that are measured


def rows(threads: int, speed: float, sides: tuple[int, ...] = SIDES) -> list[Measurement]:
    return [
        replace(measured(work(side, share), speed=speed), threads=threads) for side in sides for share in (0.05, 0.1)
    ]


def foretold(found: list[Measurement], threads: int, prior: Coefficients | None = None) -> Forecast:
    return predict(AGAIN, fit.fitted(found, prior, threads))


def test_seconds_are_those_of_the_number_of_threads_that_will_compute() -> None:
    found = rows(8, 1.0) + rows(2, 3.0)
    for threads, speed in ((8, 1.0), (2, 3.0)):
        assert foretold(found, threads).seconds == pytest.approx(measured(AGAIN, speed=speed).seconds, rel=0.05)


def test_the_first_job_on_another_number_tells_how_long_all_take() -> None:
    found = rows(8, 1.0) + rows(2, 3.0, (1024,))[:1]
    assert foretold(found, 2).seconds == pytest.approx(measured(AGAIN, speed=3.0).seconds, rel=0.15)


def test_before_it_seconds_are_as_measured_and_the_bounds_reach_to_all_being_shared_out() -> None:
    known = measured(AGAIN).seconds
    fewer, more = foretold(rows(8, 1.0), 2), foretold(rows(8, 1.0), 32)
    assert fewer.seconds == pytest.approx(known, rel=0.05)
    assert more.seconds == pytest.approx(known, rel=0.05)
    assert fewer.seconds_high is not None
    assert fewer.seconds_high > 3.5 * known
    assert more.seconds_low is not None
    assert more.seconds_low < known / 3.5


def test_of_older_rows_nobody_knows_the_number_and_they_say_what_they_said_until_there_are_others() -> None:
    old = rows(0, 1.0)
    assert foretold(old, 2) == foretold(old, 0)
    assert foretold(old + rows(2, 3.0), 2).seconds == pytest.approx(measured(AGAIN, speed=3.0).seconds, rel=0.05)


def test_memory_is_the_same_on_every_number() -> None:
    found = rows(8, 1.0) + rows(2, 3.0)
    peaks = {
        (each.peak_bytes, each.peak_high_bytes) for each in (foretold(found, threads) for threads in (0, 2, 8, 32))
    }
    assert len(peaks) == 1


def test_where_nobody_knows_what_will_compute_all_rows_are_alike() -> None:
    found = rows(8, 1.0) + rows(2, 1.0)
    assert foretold(found, 0) == foretold([replace(row, threads=0) for row in found], 0)
