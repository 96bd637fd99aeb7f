"""What is asked of the child process and what it answers: a line of JSON each. Standard library."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from fusion.selftest.reference import Reference
from fusion.sizing import HOST
from fusion.types import EngineName
from fusion.worker import lines_of

# Of the values of two devices' pictures, that may differ by any number: a pixel that lies on a threshold falls to one
# side or to the other by the last bit of a float. 3 levels in one pixel of 262,144 were seen.
STRAY = 1e-4


@dataclass(frozen=True, slots=True)
class Probe:
    """An engine on a device.

    Attributes:
        device: "cpu" or "cuda".
        picture: a file that the pixels are written to as numpy has them; "": none is.
        compare: such a file of another device, that the pixels are compared with; "": none.
        card: UUID of the one card that the process may use; None for what the environment says.
        rounds: how often the picture is made: networks are loaded, and given back, in each.
    """

    engine: EngineName
    device: str = HOST
    picture: str = ""
    compare: str = ""
    card: str | None = None
    rounds: int = 3

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        return cls(**{**data, "engine": EngineName(data["engine"])})


@dataclass(frozen=True, slots=True)
class Found:
    """What a probe saw.

    Attributes:
        device: as the pipeline names it.
        reference: of its picture.
        is_steady: whether each round made the same pixels.
        likeness: 0…1, how much its picture is like the source; None where no face is found in it.
        off, off_share: levels by which all values but `STRAY` of them differ from those of `Probe.compare` at most, and
            the share of those that differ at all; None without any.
        kept_bytes: how much more is held after the last round than after the first, all given back; on a card what is
            allocated there.
        ladder: the rungs taken where half of what the picture needs was to be had; None on a processor, of which no
            process can be given a part.
        ladder_failed: why no picture came of that; "" where one did.
    """

    device: str
    reference: Reference
    is_steady: bool
    likeness: float | None
    off: int | None
    off_share: float | None
    kept_bytes: int
    ladder: tuple[str, ...] | None
    ladder_failed: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        ladder = None if data["ladder"] is None else tuple(data["ladder"])
        return cls(**{**data, "reference": Reference.from_json(data["reference"]), "ladder": ladder})


def probe(wish: Probe, timeout_s: float, stop: threading.Event) -> Found:
    """Try it and wait for it.

    Raises:
        Cancelled: by `stop`.
        FusionError: "trial_failed", or what the fusion raised.
    """
    environment = {} if wish.card is None else {"CUDA_VISIBLE_DEVICES": wish.card}
    argument = json.dumps(wish.to_json())
    lines = lines_of("fusion.selftest.child", argument, timeout_s, stop, environment=environment)
    return Found.from_json(json.loads(lines[-1]))
