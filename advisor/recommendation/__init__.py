"""Which way to fuse two photos on this machine, every other way with its verdict, and the reasons. Pure.

Needs the faces already found. `recommend` weighs all ways for a `Pair` and an `Intent` and gives an `Advice` of
`Option`s; `judge` weighs one; `face_look` measures what a `Pair` must know of a photo, `compare` what sets two apart.
"""

from __future__ import annotations

from advisor.recommendation import compare, face_look
from advisor.recommendation.face_look import Pair
from advisor.recommendation.ranking import judge, nearest, recommend
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
    "face_look",
    "judge",
    "nearest",
    "recommend",
]
