"""Which way to fuse two photos on this machine, every other way with its verdict, and why. Pure."""

from __future__ import annotations

from advisor.advice import Advice, Intent, Option
from advisor.cost import Coefficients
from advisor.machine import Ways
from advisor.pair import Pair
from advisor.place import Place
from fusion.spec import Settings

__all__ = ["Ways", "judge", "nearest", "recommend"]


def recommend(
    pair: Pair,
    intent: Intent,
    settings: Settings,
    pinned: frozenset[str],
    place: Place,
    ways: Ways,
    coefficients: Coefficients,
) -> Advice:
    """The whole table, and what to take of it.

    Args:
        settings: what the user has set; what is not pinned may be changed.
        pinned: names of settings that stay as they are.
    """
    raise NotImplementedError


def judge(
    pair: Pair,
    settings: Settings,
    place: Place,
    ways: Ways,
    coefficients: Coefficients,
    intent: Intent = Intent.AUTO,
) -> Option:
    """What a fusion with `settings` as they are will need, and what it will look like."""
    raise NotImplementedError


def nearest(advice: Advice, asked: Option) -> Option | None:
    """Of what fits, the option nearest to one that does not; None where nothing fits."""
    raise NotImplementedError
