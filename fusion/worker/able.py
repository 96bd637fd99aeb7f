"""What a worker can do where it is: told by one, so that a forecast can be made for a machine that nobody else sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fusion.memory import budget, cores
from fusion.types import Precision

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Able:
    """A worker's device and what it has to fuse with, as it began.

    Attributes:
        kind: "cpu" or "cuda".
        total_bytes: of the card, or of the host without one.
        cores: that the process may keep busy.
        has_unet: whether the unet engine's files are there.
        enlarger: the best kind there is (`fusion.upscale.base.Kind`).
        precision: what `auto` means for unet.
        precisions: those that the device has.
    """

    kind: str
    total_bytes: int
    cores: float
    has_unet: bool
    enlarger: str
    precision: Precision
    precisions: tuple[Precision, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Able:
        """What `asdict` gave."""
        precisions = tuple(map(Precision, data["precisions"]))
        return cls(**{**data, "precision": Precision(data["precision"]), "precisions": precisions})


def look(pipeline: Pipeline) -> Able:
    """Of this process, whose pipeline is there."""
    from fusion.upscale import discovery  # late: the web process, which reads this, has no use for it
    from fusion.weights import locate

    kind = kind_of(pipeline)
    total = budget.card_bytes() if kind == "cuda" else budget.total_bytes()
    enlarger = next(each.kind for each in discovery.status() if each.present)
    has = tuple(each for each in Precision if pipeline.precision(each) == each)
    auto = pipeline.precision(Precision.AUTO)
    return Able(kind, total, cores.threads(), locate.status().is_ready, str(enlarger), auto, has)


def kind_of(pipeline: Pipeline) -> str:
    """Where it computes."""
    return "cpu" if pipeline.held_bytes[0] is None else "cuda"


def free_bytes(pipeline: Pipeline) -> int | None:
    """What it may still use; None where the card does not answer: the process lives, and a job says why."""
    try:
        return budget.free_bytes(kind_of(pipeline))
    except RuntimeError:
        return None
