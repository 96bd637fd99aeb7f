"""How far forecasts are off: medians over jobs that are new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor.device.compute_target import Kind
from advisor.forecast import accuracy, predict, shipped
from fusion.sizing import StageCost
from fusion.types import Stage
from tests.support.trials import cost, three


def test_errors_are_medians_over_new_jobs() -> None:
    right = cost(three()[0].trial)
    half, half_more = (replace(right, peak_bytes=round(right.peak_bytes * each)) for each in (0.8, 2.0))
    found = accuracy(
        [right, half, half_more, replace(right, is_new=False), replace(right, is_first=True)], shipped(Kind.CPU)
    )
    assert (found.jobs, found.unknown) == (3, 0)
    assert found.memory_median == pytest.approx(0.25, abs=0.001)
    assert found.memory_worst == pytest.approx(0.5, abs=0.001)
    assert found.covered == pytest.approx(2 / 3)


def test_seconds_are_compared_where_the_networks_were_loaded() -> None:
    work = cost(three()[0].trial).workload
    seconds = predict(work, shipped(Kind.CPU)).seconds
    assert seconds is not None
    warm = cost(three()[0].trial, seconds * 2)
    cold = replace(warm, stages=(StageCost(Stage.LOAD, 9.0),), seconds=seconds * 9)
    found = accuracy([warm, cold], shipped(Kind.CPU))
    assert found.warm == 1
    assert found.seconds_median == pytest.approx(0.5)


def test_without_measurements_there_is_no_error() -> None:
    found = accuracy([], shipped(Kind.CPU))
    assert (found.jobs, found.memory_median, found.covered, found.seconds_median) == (0, None, None, None)
