"""Which way to fuse two photos on this machine, every other way with its verdict, and the reasons."""

from __future__ import annotations

from advisor.recommendation import compare, pair
from advisor.recommendation.pair import Pair
from advisor.recommendation.recommend import judge, nearest, recommend
from advisor.recommendation.types import Advice, Intent, Option, Remark, Verdict
from advisor.recommendation.warnings import COVERED, LIT_FROM_SIDE, SMALL_PX, YAW_APART

__all__ = [
    "COVERED",
    "LIT_FROM_SIDE",
    "SMALL_PX",
    "YAW_APART",
    "Advice",
    "Intent",
    "Option",
    "Pair",
    "Remark",
    "Verdict",
    "compare",
    "judge",
    "nearest",
    "pair",
    "recommend",
]
