"""What `recommend` says in words of a pair, without two photos and a process."""

from __future__ import annotations

from dataclasses import replace

from advisor.cli import text
from fusion.suitability import Cause, Suitability, Trouble, Unit, Verdict
from fusion.types import Role
from tests.support.fixtures.advice import advise, place


def said(found: Suitability | None) -> list[str]:
    return list(text.lines(replace(advise(), suitability=found), place(8)))


def test_a_refused_pair_is_told_with_every_cause_and_what_would_help() -> None:
    turned = Cause(Trouble.YAW_APART, Verdict.REFUSED, 60.0, Unit.DEGREES)
    burnt = Cause(Trouble.BURNT, Verdict.FAIR, 0.14, Unit.FACE, Role.TARGET)
    assert said(Suitability((turned, burnt)))[-3:] == [
        "this pair: refused",
        "  - The heads are turned 60° apart, even where one is mirrored. "
        "Use a source photo in which the head is turned like the target's.",
        "  - 14 % of the face in the target photo is burnt out. Use a target photo that is exposed less.",
    ]


def test_a_good_pair_is_one_line_and_no_pair_is_none() -> None:
    assert said(Suitability())[:-1] == said(None)
    assert said(Suitability())[-1] == "this pair: good"
