"""Where a fusion would run, and how much memory may be used there. Pure, but for `of`'s arguments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from advisor.device import Process, Reason


class Kind(StrEnum):
    """What computes."""

    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True, slots=True)
class Place:
    """One device, as a forecast is compared with it.

    Attributes:
        name: as the worker names it: "cpu", or the card's name.
        uuid: of the card.
        total_bytes, free_bytes: of the card, or of the host without one; what is free is free to anybody.
        held_bytes: what the worker holds already and will use again.
        reserve_bytes: what is left alone, for the display, the system and whoever else comes.
        promised_bytes: what jobs that wait in the queue were told they may take.
        holders: others that hold memory there, the largest first.
        why: why it is not a graphics card; None where it is one, or where none is missed.
    """

    kind: Kind
    name: str
    uuid: str | None
    total_bytes: int
    free_bytes: int
    held_bytes: int
    reserve_bytes: int
    promised_bytes: int = 0
    holders: tuple[Process, ...] = ()
    why: Reason | None = None

    def budget_bytes(self, rest_bytes: int) -> int:
        """What the worker may come to hold in all, given what it would hold at rest (`Forecast.rest_bytes`)."""
        held = min(self.held_bytes, rest_bytes)
        return max(0, self.free_bytes + held - self.reserve_bytes - self.promised_bytes)

    def to_json(self) -> dict[str, Any]:
        """The command line's `device`."""
        return {
            "kind": str(self.kind),
            "name": self.name,
            "uuid": self.uuid,
            "total_bytes": self.total_bytes,
            "free_bytes": self.free_bytes,
            "held_bytes": self.held_bytes,
            "reserve_bytes": self.reserve_bytes,
            "promised_bytes": self.promised_bytes,
            "why": self.why and str(self.why),
        }
