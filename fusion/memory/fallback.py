"""The ladder that a job goes down when memory runs out: what each rung is, which comes next, what it makes of settings.

What changes no pixel comes first. Pure. Who falls, frees what was held and tries again is `fusion.worker.fallback_run`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

from fusion.memory import strips
from fusion.memory.strips import Saving
from fusion.notices import Notice
from fusion.settings import Settings
from fusion.sizing import Subject, layout, workload
from fusion.types import Aspect, EngineName, Fit, Precision, Size, Switch, Tier

_SIDES = (4096, 2048, 1024, 512)  # of the tiers, px; there is none below the last
_WORTH = 0.8  # of the pixels at most: a tier that leaves more of them would change next to nothing
_LEAST_SIDE = 64  # px, of an exact size


class Rung(StrEnum):
    """What is made smaller, in the order in which it is tried."""

    TILE = "tile"
    STRIPS = "strips"
    LENT = "lent"
    PRECISION = "precision"
    TWO_STAGE = "two_stage"
    TIER = "tier"
    CPU = "cpu"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung down: `before` and `after` as a person reads them.

    A side in px for TILE, rows for STRIPS, "card" and "host" for LENT, a `Precision`, "one" and "two" stages, tiers or
    sizes for TIER, "cuda" and "cpu".
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

    @property
    def notice(self) -> Notice:
        """What to tell of it."""
        return Notice(f"stepped_{self.rung}", {"before": self.before, "after": self.after})


@dataclass(frozen=True, slots=True)
class Footing:
    """What a job stood on when memory ran out.

    Attributes:
        engine, precision: not `auto`.
        lower: a precision that takes less and that the device computes in as well, if there is one.
        subject: the photos, and the faces if they had been found.
        on_card: whether the processor could compute instead.
        strip_rows: how many rows of a map the enhancer made at once when memory ran out in it; 0 where it ran out
            elsewhere.
        lends: whether weights lay on the host and were lent to the card.
    """

    engine: EngineName
    precision: Precision
    lower: Precision | None
    subject: Subject
    on_card: bool
    strip_rows: int = 0
    lends: bool = False

    def after(self, step: Step) -> Footing:
        """What it will stand on a step further."""
        if step.rung == Rung.STRIPS:
            return replace(self, strip_rows=int(step.after))
        if step.rung == Rung.LENT:
            return replace(self, lends=True)
        if step.rung == Rung.PRECISION:
            return replace(self, precision=Precision(step.after), lower=None)
        return replace(self, on_card=False, lower=None) if step.rung == Rung.CPU else self


def next_step(settings: Settings, footing: Footing) -> Step | None:
    """The first rung that makes this job smaller; None where there is none.

    The tiles of the second stage are halved within a run, as far as they can be: `Rung.TILE` is never the next.

    Args:
        settings: as they were used, with the steps before.
        footing: of that run.
    """
    if footing.subject.face is None:  # it failed before there was a face: nothing that is said here has begun
        return None
    work = workload(footing.subject, settings, footing.engine, footing.precision)
    if work.face_px and footing.strip_rows > strips.LEAST:
        # To the least at once: what was looked at beforehand has been wrong, and the picture stays the same.
        return Step(Rung.STRIPS, str(footing.strip_rows), str(strips.LEAST))
    if work.face_px and footing.engine == EngineName.UNET and footing.on_card and not footing.lends:
        return Step(Rung.LENT, "card", "host")
    if work.face_px and footing.engine == EngineName.UNET and footing.lower is not None:
        return Step(Rung.PRECISION, footing.precision, footing.lower)
    if not work.two_stage and work.room_px > layout.WORKING_PIXELS:
        return Step(Rung.TWO_STAGE, "one", "two")
    pixels = layout.asked_size(footing.subject.photo, settings).pixels
    for side in _SIDES:
        if side * side <= _WORTH * pixels:
            return Step(Rung.TIER, str(settings.output), str(side))
    return Step(Rung.CPU, "cuda", "cpu") if footing.on_card and work.face_px else None


def steps_down(settings: Settings, footing: Footing, count: int) -> tuple[Step, ...]:
    """As many steps as there are, `count` at most; the one to the processor is the last. Arguments as of `next_step`.

    There a job begins anew as it was asked for, which is not known here.
    """
    steps: tuple[Step, ...] = ()
    while len(steps) < count and (step := next_step(settings, footing)) is not None:
        steps += (step,)
        if step.rung == Rung.CPU:
            break
        settings, footing = apply(settings, (step,)), footing.after(step)
    return steps


def in_force(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Those of a job's steps that its picture comes from: what was given up on a card is not on the processor."""
    rungs = [step.rung for step in steps]
    return steps[rungs.index(Rung.CPU) :] if Rung.CPU in rungs else steps


def apply(settings: Settings, steps: tuple[Step, ...]) -> Settings:
    """The settings with which a job runs that has taken these steps.

    Args:
        settings: as asked.
        steps: all that were taken, the first one first.
    """
    for step in in_force(steps):
        if step.rung == Rung.PRECISION:
            settings = replace(settings, precision=Precision(step.after))
        elif step.rung == Rung.TWO_STAGE:
            settings = replace(settings, two_stage=Switch.ON)
        elif step.rung == Rung.TIER:
            settings = _smaller(settings, int(step.after))
    return settings


def saving(steps: tuple[Step, ...]) -> Saving:
    """How a job saves memory that has taken these steps, beside what its settings say."""
    steps = in_force(steps)
    rows = min((int(step.after) for step in steps if step.rung == Rung.STRIPS), default=None)
    return Saving(rows, lends=any(step.rung == Rung.LENT for step in steps))


def _smaller(settings: Settings, side: int) -> Settings:
    """The settings with the pixels of a tier, in the shape that was asked for.

    In two stages still: that a smaller output would be made in one is no way to need less memory.
    """
    output = settings.output
    if isinstance(output, Size):
        scale = side / math.sqrt(output.pixels)
        sides = (max(_LEAST_SIDE, round(length * scale)) for length in (output.width, output.height))
        return replace(settings, output=Size(*sides), two_stage=Switch.ON)
    keeps = output in (Tier.AUTO, Tier.ORIGINAL) and settings.aspect == Aspect.AUTO and settings.fit != Fit.KEEP
    aspect = Aspect.ORIGINAL if keeps else settings.aspect
    return replace(settings, output=Tier(str(side)), aspect=aspect, two_stage=Switch.ON)
