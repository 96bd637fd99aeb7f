"""The speed of a download and the time that it will still take."""

from __future__ import annotations

import pytest

from fusion.weights.progress import Pace, seconds_left


def test_the_speed_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    assert pace.at(0.0, 0) is None
    assert pace.at(0.1, 1000) is None
    assert pace.at(1.0, 1000) == 1000.0
    for second in range(2, 30):
        speed = pace.at(float(second), 1000 + 10 * second)
    assert speed == pytest.approx(10.0)
    assert pace.at(31.0, 5) is None  # a part was thrown away
    assert seconds_left(100, 10.0) == 10.0
    assert seconds_left(100, None) is None
    assert seconds_left(100, 0.0) is None
