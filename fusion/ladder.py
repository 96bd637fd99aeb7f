"""The ladder that a job goes down when memory runs out: what each rung is, which comes next, what it makes of settings.

Pure. Who falls, frees what was held and tries again is `fusion.descent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Rung(StrEnum):
    """What is made smaller, in the order in which it is tried."""

    TILE = "tile"
    PRECISION = "precision"
    TWO_STAGE = "two_stage"
    TIER = "tier"
    CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung down: `before` and `after` as a person reads them.

    A side in px for TILE, a `Precision`, "one" and "two" stages, tiers or sizes for TIER, "cuda" and "cpu".
    """

    rung: Rung
    before: str
    after: str

    def to_json(self) -> dict[str, str]:
        """Plain JSON types."""
        return {"rung": str(self.rung), "before": self.before, "after": self.after}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            KeyError, ValueError: it is something else.
        """
        return cls(Rung(data["rung"]), str(data["before"]), str(data["after"]))
