"""The tables of rules: thresholds, their page in the docs, and which cause follows from which."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.diagnosis import THRESHOLDS
from advisor.diagnosis.run_rules import AFTER, SILENCED_BY


def test_a_threshold_is_half_way_and_says_where_it_comes_from(subtests: pytest.Subtests) -> None:
    for name, threshold in THRESHOLDS.items():
        with subtests.test(name=name):
            sure = [threshold.confidence(threshold.value + steps * threshold.step) for steps in (-99, -1, 0, 1, 99)]
            assert sure == sorted(sure)
            assert sure[1:4] == [pytest.approx(value) for value in (0.25, 0.5, 0.75)]
            assert threshold.origin
            assert threshold.unit


def test_the_page_shows_the_table_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    assert [row for name, each in THRESHOLDS.items() if (row := each.row(name)) not in page] == []


def test_no_cause_follows_from_itself() -> None:
    for table in (AFTER, SILENCED_BY):
        assert all(cause not in earlier for cause, earlier in table.items())
        assert all(cause not in table.get(each, ()) for cause, earlier in table.items() for each in earlier)
