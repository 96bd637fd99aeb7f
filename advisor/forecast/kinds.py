"""Kinds of work: whose memory, and of whose stages the seconds, follow one line. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from advisor.forecast import savings
from fusion.sizing import Workload
from fusion.types import EngineName, Precision, Stage

# Of a face's room in one stage: beyond, the landmark engine's arrays once left holes in the heap that differed from run
# to run. The lines that were traced for cards are told apart there, too.
LARGE_ROOM_PX = 2_000_000


@dataclass(frozen=True, slots=True)
class Regime:
    """Work of one kind, whose memory follows one line.

    `kind` is "enhanced" where the unet engine's second network runs, of the landmark engine "enlarged" where a network
    enlarges the source's face and "large" over `LARGE_ROOM_PX`, else "plain".
    """

    engine: EngineName
    precision: Precision
    two_stage: bool
    kind: str

    @classmethod
    def of(cls, work: Workload) -> Regime:
        """The regime of a workload."""
        kind = "enhanced" if savings.is_enhanced(work) else "plain"
        if work.engine == EngineName.LANDMARK and work.two_stage and work.enlarged_px:
            kind = "enlarged"
        elif work.engine == EngineName.LANDMARK and not work.two_stage and work.room_px > LARGE_ROOM_PX:
            kind = "large"
        return cls(work.engine, work.precision, work.two_stage, kind)

    @property
    def likest(self) -> Regime:
        """Whose line is taken where this has none: two stages with and without enlarging are not always told apart."""
        others = {"enlarged": "plain", "plain": "enlarged"} if self.two_stage else {}
        return replace(self, kind=others.get(self.kind, self.kind))


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of one kind of work, whose seconds follow one line.

    `kind` tells apart what is not told by the features: "one" or "two" stages, or the enlarger.
    """

    engine: EngineName
    precision: Precision
    stage: Stage
    kind: str

    @property
    def in_full(self) -> Step:
        """The same in float32."""
        return replace(self, precision=Precision.FLOAT32)
