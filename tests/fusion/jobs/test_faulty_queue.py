"""The queue while everything around it fails: a small part of what `benchmarks/soak --faults` does."""

from __future__ import annotations

from benchmarks.soak.faults import faults


def test_nothing_is_lost_stuck_or_doubled_whatever_fails() -> None:
    facts, good = faults(40, seed=1)
    kinds = ("lost", "stuck", "doubled", "other", "broken", "left_over")
    assert {kind: facts[kind] for kind in kinds} == dict.fromkeys(kinds, 0)
    assert good
    assert facts["faults"] >= 40
