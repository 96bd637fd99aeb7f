"""From which enlargement a face looks soft. What is said of a whole fusion is in test_recommend.py."""

from __future__ import annotations

import pytest

from fusion.ops import finish
from fusion.sizing.sharpness_limits import SHARP, Verdict, verdict


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (0.2, Verdict.SHARP),
        (1.2, Verdict.SHARP),
        (1.21, Verdict.SLIGHTLY_SOFT),
        (1.5, Verdict.SLIGHTLY_SOFT),
        (2.1, Verdict.SOFT),
    ],
)
def test_softness_begins_at_one_point_two_and_is_plain_from_two(ratio: float, expected: Verdict) -> None:
    assert verdict(ratio) == expected


def test_softness_begins_where_automatic_sharpening_does() -> None:
    assert finish.AUTO_FROM == SHARP
