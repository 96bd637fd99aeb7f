"""What a card can say of itself at all; anything else is None: the card does not say. Standard library only.

Drivers answer with all bits set, with 0 or with another unit's number where a sensor or a firmware has nothing to say,
and return success. Each bound here leaves room for cards that do not exist yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from fusion.units import MIB, TIB


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that is believed, both included, and why."""

    least: float
    most: float
    why: str


RANGES: Mapping[str, Range] = MappingProxyType(
    {
        "cards": Range(0, 256, "a machine has up to 16; a loop over four thousand million would never end"),
        "parts": Range(0, 64, "a card is divided into up to 7"),
        "total_bytes": Range(64 * MIB, 16 * TIB, "CUDA needs more than the one; the other is 50 times the largest"),
        "used_bytes": Range(0, 16 * TIB, "of a process; 2^64 - 1 is how drivers write 'not available'"),
        "utilisation": Range(0, 100, "a percentage; 255 and 2^32 - 1 were seen"),
        "temperature_c": Range(1, 130, "0, -1 and 2^32 - 1 stand for no sensor; chips switch off at about 110"),
        "power_mw": Range(1, 10_000_000, "0 and 2^32 - 1 stand for no sensor; cards take up to 1,500 W"),
        "clock_mhz": Range(1, 100_000, "0 and 2^32 - 1 stand for unknown; chips reach 3,000, their memory 15,000"),
        "capability": Range(1, 99, "the major number: 1 was the first, 12 is the newest"),
        "cuda_version": Range(1_000, 99_999, "a thousand times the major number"),
    }
)
PROCESSES = 256  # of a card's list, the largest: a longer one is nobody's to read
_UUID = re.compile(r"(GPU|MIG)-[0-9A-Za-z/-]+")
_SLOT = re.compile(r"[0-9A-F]+:[0-9A-F]+:[0-9A-F]+\.[0-9A-F]+")


class Memory(Protocol):
    """What both forms of the driver's answer have."""

    @property
    def total(self) -> int: ...
    @property
    def free(self) -> int: ...
    @property
    def used(self) -> int: ...


def number(quantity: str, said: int | None) -> int | None:
    """A number of a quantity in `RANGES`; None for one that cannot be."""
    span = RANGES[quantity]
    return said if said is not None and span.least <= said <= span.most else None


def text(said: str | None) -> str | None:
    """A name or a version: printable, and not empty."""
    words = (said or "").strip()
    return words if words and words.isprintable() else None


def uuid(said: str | None) -> str | None:
    """As CUDA_VISIBLE_DEVICES takes it."""
    return said if said is not None and _UUID.fullmatch(said) else None


def slot(said: str | None) -> str | None:
    """Domain, bus, device and function."""
    return said if said is not None and _SLOT.fullmatch(said) else None


def memory(said: Memory | None) -> tuple[int, int] | None:
    """Total and free; None where they cannot be, or contradict each other or what is said to be used.

    Of an answer that contradicts itself nobody knows which part is wrong, so none of it counts. That less than all is
    free and used together is usual: what the driver keeps is neither in some of its versions.
    """
    if said is None or number("total_bytes", said.total) is None:
        return None
    most = said.total + said.total // 64  # both are counted one after the other while others come and go
    is_whole = 0 <= said.free <= said.total and 0 <= said.used <= said.total and said.free + said.used <= most
    return (said.total, said.free) if is_whole else None


def reserved(said: int | None, total: int | None) -> int | None:
    """What the driver keeps; no more than there is."""
    return said if said is not None and total is not None and 0 <= said <= total else None
