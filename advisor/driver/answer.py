"""What the driver's cards say, and how it crosses the pipe from the process that asks them. Standard library only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from advisor.driver.gpu import Gpu, MigPart, Process, Throttle, Unread
from advisor.driver.reasons import Reason


@dataclass(frozen=True, slots=True)
class Answer:
    """All cards at one moment, without what the driver knows nothing of.

    Attributes:
        gpus: those that could be read.
        why: why the driver could not be opened; None where it was.
        unread: cards that are there and could not be read.
    """

    gpus: tuple[Gpu, ...] = ()
    why: Reason | None = None
    unread: tuple[Unread, ...] = ()

    def to_line(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """What `to_line` gave.

        Raises:
            ValueError, KeyError, TypeError: it did not.
        """
        data = json.loads(line)
        return cls(
            gpus=tuple(_gpu(each) for each in data["gpus"]),
            why=None if data["why"] is None else Reason(data["why"]),
            unread=tuple(Unread(each["index"], Reason(each["why"])) for each in data["unread"]),
        )


def _gpu(data: dict[str, Any]) -> Gpu:
    plain = Gpu(**data)
    capability, throttles, processes = data["capability"], data["throttles"], data["processes"]
    return replace(
        plain,
        capability=None if capability is None else (capability[0], capability[1]),
        throttles=None if throttles is None else tuple(Throttle(each) for each in throttles),
        processes=None if processes is None else tuple(Process(**each) for each in processes),
        parts=tuple(MigPart(**each) for each in data["parts"]),
    )
