"""What a fusion will need: peak memory and seconds, each with bounds. docs/cost-model.md says how and how well.

Memory is `rest + c·features` by *regime* (which engine in which precision, in one stage or two, with the enhancer or
without it), seconds are the sum over the stages of `c·features`. What is a feature of what is in `features`. Pure.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fusion.sizing import Workload, layout
from fusion.types import EngineName, Precision, Stage


class Source(StrEnum):
    """What a forecast rests on."""

    ELSEWHERE = "elsewhere"  # measured on another machine: the shipped coefficients
    HERE = "here"  # measured on this machine
    ESTIMATED = "estimated"  # never measured on such a device: derived from what another kind of device needed


# What a process holds at rest differs a little from start to start, and more between machines and builds of torch:
# 440 to 520 MB were seen on one. Part of the whole peak, on either side of it, beside the bounds of what is above rest.
SLACK = {Source.HERE: 0.03, Source.ELSEWHERE: 0.1, Source.ESTIMATED: 0.1}


# Of a face's room in one stage: beyond, the landmark engine's arrays leave holes in the heap that differ from run to
# run. Peaks scatter by 15 %, below it by 3 % (measured; docs/cost-model.md).
LARGE_ROOM_PX = 2_000_000


# Measured: 70 to 95 MB above rest for photos of 3 megapixels together, 125 to 205 for 15, 168 to 203 for 22.
READING_BYTES, READING_BYTES_PER_PX = 75e6, 6.5


@dataclass(frozen=True, slots=True)
class Basis:
    """`points`: how many measurements of `source` it rests on."""

    source: Source
    points: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """Never a bare number.

    Attributes:
        peak_bytes, peak_low_bytes, peak_high_bytes: of the worker at the peak, all that it holds included: resident on
            the host, reserved with its context on a card. `peak_high_bytes` is the bound that decides.
        rest_bytes: what a worker with these networks loaded holds of it before the job begins.
        seconds, seconds_low, seconds_high: of a whole job with new photos on a warm worker; None where no device like
            this one was ever measured.
        load_seconds: more where the networks must be loaded first.
        basis: what it rests on.
    """

    peak_bytes: int
    peak_low_bytes: int
    peak_high_bytes: int
    rest_bytes: int
    seconds: float | None
    seconds_low: float | None
    seconds_high: float | None
    load_seconds: float
    basis: Basis


@dataclass(frozen=True, slots=True)
class Regime:
    """Work of one kind, whose memory follows one line.

    `kind` is "enhanced" where the unet engine's second network runs, "large" over `LARGE_ROOM_PX`, else "plain".
    """

    engine: EngineName
    precision: Precision
    two_stage: bool
    kind: str

    @classmethod
    def of(cls, work: Workload) -> Regime:
        """The regime of a workload."""
        large = work.engine == EngineName.LANDMARK and not work.two_stage and work.room_px > LARGE_ROOM_PX
        kind = "enhanced" if is_enhanced(work) else "large" if large else "plain"
        return cls(work.engine, work.precision, work.two_stage, kind)


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of one kind of work, whose seconds follow one line.

    `kind` tells apart what is not told by the features: "one" or "two" stages, or the enlarger.
    """

    engine: EngineName
    precision: Precision
    stage: Stage
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """Something that grows with features.

    Attributes:
        coefficients: of the features, none below 0.
        low, high: bounds, as multiples of the value; of a peak, as multiples of what is above `Forecast.rest_bytes`.
        source, points: what it rests on.
        anchors: features of some of the measurements, so that a later fit knows where this one holds.
    """

    coefficients: tuple[float, ...]
    low: float
    high: float
    source: Source
    points: int
    anchors: tuple[tuple[float, ...], ...] = ()

    def at(self, features: tuple[float, ...]) -> float:
        """Its value."""
        return sum(map(operator.mul, self.coefficients, features))


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """All that is known of one device. Two of them are equal only if they are one, so that forecasts can be remembered.

    Attributes:
        rest_bytes: what a warm worker holds that has loaded no networks.
        loaded_bytes: and how much more with the unet engine's, by precision.
        memory: bytes above `rest_bytes`, features `memory_features`.
        seconds: features `step_features`.
        spread: least and most of observed ÷ predicted seconds of whole jobs, by engine; none where seconds are unknown.
    """

    rest_bytes: int
    loaded_bytes: Mapping[Precision, int]
    memory: Mapping[Regime, Line]
    seconds: Mapping[Step, Line]
    spread: Mapping[EngineName, tuple[float, float]]


@lru_cache(maxsize=1024)  # a page asks for the same table over and over while free memory changes
def predict(work: Workload, coefficients: Coefficients) -> Forecast:
    """What a workload will need.

    Raises:
        KeyError: nothing is known of its engine.
    """
    regime = Regime.of(work)
    line = coefficients.memory[regime]
    rested = rest_bytes(work, coefficients)
    peak = max(coefficients.rest_bytes + line.at(memory_features(work)), rested + reading_bytes(work))
    rest = min(rested, peak)
    slack = peak * SLACK[line.source]
    spread = coefficients.spread.get(work.engine)
    seconds = None if spread is None else warm_seconds(work, coefficients)
    return Forecast(
        peak_bytes=round(peak),
        peak_low_bytes=round(max(rest, rest + (peak - rest) * line.low - slack)),
        peak_high_bytes=round(rest + (peak - rest) * line.high + slack),
        rest_bytes=round(rest),
        seconds=seconds,
        seconds_low=None if seconds is None or spread is None else seconds * spread[0],
        seconds_high=None if seconds is None or spread is None else seconds * spread[1],
        load_seconds=_step_seconds(work, Stage.LOAD, coefficients),
        basis=Basis(line.source, line.points),
    )


def rest_bytes(work: Workload, coefficients: Coefficients) -> int:
    """What a warm worker holds that has the networks of this work loaded."""
    loaded = coefficients.loaded_bytes.get(work.precision, 0) if work.engine == EngineName.UNET else 0
    return coefficients.rest_bytes + loaded


def reading_bytes(work: Workload) -> float:
    """What decoding the photos and looking for faces takes above rest: the most where large photos make a small one."""
    return READING_BYTES + READING_BYTES_PER_PX * work.photos_px


def is_enhanced(work: Workload) -> bool:
    """Whether the unet engine's second network runs."""
    return work.engine == EngineName.UNET and work.face_px > layout.ENHANCED_OVER


def memory_features(work: Workload) -> tuple[float, ...]:
    """1; pixels of the output, of the face's room, of both photos, and of what is enlarged."""
    return 1.0, float(work.output.pixels), float(work.room_px), float(work.photos_px), float(work.enlarged_px)


def step_features(work: Workload, stage: Stage) -> tuple[float, ...]:
    """1, and the pixels that a stage goes through."""
    return 1.0, *(float(count) for count in _STEP_PIXELS[stage](work))


def step_of(work: Workload, stage: Stage) -> Step:
    """Whose line a stage's seconds follow."""
    kind = work.enlarger if stage == Stage.ENLARGE else "two" if work.two_stage else "one"
    return Step(work.engine, work.precision, stage, kind)


def stages_of(work: Workload) -> tuple[Stage, ...]:
    """Which stages a whole job with new photos and loaded networks has."""
    unet = work.engine == EngineName.UNET
    asked = {
        Stage.IDENTITY: unet,
        Stage.ENHANCE: is_enhanced(work),
        Stage.ENLARGE: work.enlarged_px > 0,
        Stage.DETAIL: work.two_stage,
        Stage.FINISH: not work.two_stage,
        Stage.LOAD: False,
    }
    return tuple(stage for stage in Stage if asked.get(stage, True))


_STEP_PIXELS: Mapping[Stage, Callable[[Workload], tuple[int, ...]]] = {
    Stage.READ: lambda work: (work.photos_px,),
    Stage.FACES: lambda work: (work.photos_px,),
    Stage.SIZE: lambda work: (work.output.pixels,),
    Stage.LOAD: lambda work: (),
    Stage.IDENTITY: lambda work: (),
    Stage.FUSE: lambda work: () if work.two_stage or work.engine == EngineName.UNET else (work.room_px,),
    Stage.ENHANCE: lambda work: (),
    Stage.BLEND: lambda work: () if work.two_stage else (work.room_px,),
    Stage.ENLARGE: lambda work: (work.enlarged_px,),
    Stage.DETAIL: lambda work: (work.room_px,),
    Stage.FINISH: lambda work: (work.room_px, work.output.pixels),
    Stage.LIKENESS: lambda work: (),
    Stage.WRITE: lambda work: (work.output.pixels,),
}


def warm_seconds(work: Workload, coefficients: Coefficients) -> float:
    """Of a whole job with new photos, networks loaded; a stage of which nothing is known counts nothing."""
    return sum(_step_seconds(work, stage, coefficients) for stage in stages_of(work))


def _step_seconds(work: Workload, stage: Stage, coefficients: Coefficients) -> float:
    line = coefficients.seconds.get(step_of(work, stage))
    return 0.0 if line is None else line.at(step_features(work, stage))
