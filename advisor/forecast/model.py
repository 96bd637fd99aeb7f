"""What a fusion will need: peak memory and seconds, each with bounds. docs/cost-model.md says how and how well.

Memory is `rest + c·features` by *regime* (which engine in which precision, in one stage or two, with the enhancer or
without it), seconds are the sum over the stages of `c·features`. What is a feature of what is in `features`. Pure.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

from advisor.forecast import savings
from advisor.forecast.features import loading_features, memory_features, reading_features, stages_of, step_features
from advisor.forecast.kinds import Regime, Step
from fusion.sizing import Measurement, Workload, layout
from fusion.types import EngineName, Precision, Stage
from fusion.units import MIB


class Source(StrEnum):
    """What a forecast rests on."""

    ELSEWHERE = "elsewhere"  # measured on another machine: the shipped coefficients
    HERE = "here"  # measured on this machine
    TRACED = "traced"  # worked out from what the networks and the pipeline themselves allocate; measured on no card
    ESTIMATED = "estimated"  # never measured on such a device: derived from what another kind of device needed


# What a process holds at rest differs a little from start to start, and more between machines and builds of torch:
# 440 to 520 MB were seen on one. Part of the whole peak, on either side of it, beside the bounds of what is above rest.
# What was traced has a margin in bytes instead (`Coefficients.margin_bytes`): a context does not grow with the work.
SLACK = {Source.HERE: 0.03, Source.ELSEWHERE: 0.1, Source.TRACED: 0.0, Source.ESTIMATED: 0.1}


# A CUDA context with its kernels loaded lazily, and cuDNN's and cuBLAS's handles: 290 to 430 MiB were reported
# (pytorch #86509, #107667; unsloth-zoo #1053).
CONTEXT_BYTES = 450 * MIB


# Of each face but one, for previews, by pixel of its room as it was fused: two Lab pictures and three masks of floats,
# two frames of bytes.
KEPT_BYTES_PER_PX = 42


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

    def slowed(self, times: float) -> Forecast:
        """The same work where everything takes so many times as long."""
        if times == 1:
            return self
        seconds = (
            None if each is None else times * each for each in (self.seconds, self.seconds_low, self.seconds_high)
        )
        usual, low, high = seconds
        return replace(self, seconds=usual, seconds_low=low, seconds_high=high, load_seconds=times * self.load_seconds)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that grows with features.

    Attributes:
        coefficients: of the features, none below 0.
        low, high: bounds, as multiples of the value; of a peak, as multiples of what is above `Forecast.rest_bytes`.
        source, points: what it rests on.
        anchors: features of some of the measurements, so that a later fit knows where this one holds.
        within: of a peak, how far it may be off on either side as a part of all of it, rest included, by measurements
            of this very machine; it takes the place of the bounds. 0: there are too few of them.
    """

    coefficients: tuple[float, ...]
    low: float
    high: float
    source: Source
    points: int
    anchors: tuple[tuple[float, ...], ...] = ()
    within: float = 0.0

    def at(self, features: tuple[float, ...]) -> float:
        """Its value. A feature that it does not know counts nothing."""
        return sum(map(operator.mul, self.coefficients, features))


# What decoding the photos and looking for faces takes above rest, where no file of coefficients says it. Measured: 70
# to 95 MB for photos of 3 megapixels together, 125 to 205 for 15, 168 to 203 for 22.
READING = Line((75e6, 6.5), 0.8, 1.3, Source.ELSEWHERE, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """All that is known of one device. Two of them are equal only if they are one, so that forecasts can be remembered.

    Attributes:
        rest_bytes: what a warm worker holds that has loaded no networks.
        loaded_bytes: and how much more with the unet engine's, by precision.
        memory: bytes above `rest_bytes`, features `memory_features`.
        seconds: features `step_features`.
        spread: least and most of observed ÷ predicted seconds of whole jobs, by engine; none where seconds are unknown.
        margin_bytes: what a peak that was traced may be below and above, beside the bounds of its line: what a trace
            does not tell of a context and of libraries' workspaces.
        reads_there: whether photos are decoded and searched for faces in this memory; on a card they are not.
        reading: bytes that this takes above `rest_bytes`, features `reading_features`.
        loading: bytes above `rest_bytes` while the unet engine's networks are loaded, files mapped included, by
            precision; features `loading_features`. None where that was never more than the fusion.
    """

    rest_bytes: int
    loaded_bytes: Mapping[Precision, int]
    memory: Mapping[Regime, Line]
    seconds: Mapping[Step, Line]
    spread: Mapping[EngineName, tuple[float, float]]
    margin_bytes: tuple[int, int] = (0, 0)
    reads_there: bool = True
    reading: Line = READING
    loading: Mapping[Precision, Line] = field(default_factory=dict)

    @property
    def once_loaded(self) -> Coefficients:
        """For a worker that holds the networks already."""
        return replace(self, loading={}) if self.loading else self


@lru_cache(maxsize=1024)  # a page asks for the same table over and over while free memory changes
def predict(work: Workload, coefficients: Coefficients) -> Forecast:
    """What a workload will need.

    Raises:
        KeyError: nothing is known of its engine.
    """
    line = line_of(work, coefficients)
    rested, parts = rest_bytes(work, coefficients), peaks(work, coefficients)
    peak = max(value for value, _ in parts)
    rest = min(rested, peak)
    sure = min(rest + savings.lent_bytes(work), peak)  # networks take the same each time
    below, above = coefficients.margin_bytes if line.source == Source.TRACED else (0, 0)
    low, high = (max(ends) for ends in zip(*(_ends(*part, sure, peak) for part in parts), strict=True))
    spread = coefficients.spread.get(work.engine)
    seconds = None if spread is None else warm_seconds(work, coefficients)
    return Forecast(
        peak_bytes=round(peak),
        peak_low_bytes=round(max(rest, low) - below),
        peak_high_bytes=round(high + above),
        rest_bytes=round(rest),
        seconds=seconds,
        seconds_low=None if seconds is None or spread is None else seconds * spread[0],
        seconds_high=None if seconds is None or spread is None else seconds * spread[1],
        load_seconds=_step_seconds(work, Stage.LOAD, coefficients.seconds),
        basis=Basis(line.source, line.points),
    )


def line_of(work: Workload, coefficients: Coefficients) -> Line:
    """Whose memory follows which line.

    Raises:
        KeyError: nothing is known of such work.
    """
    regime, memory = Regime.of(work), coefficients.memory
    return memory[regime] if regime in memory else memory[regime.likest]


def in_full(row: Measurement) -> Measurement:
    """A measurement with what CUDA takes for itself on a card: torch counts its own alone, and both must fit."""
    if row.is_on_host:
        return row
    return replace(row, peak_bytes=row.peak_bytes + CONTEXT_BYTES, rest_bytes=row.rest_bytes + CONTEXT_BYTES)


def rest_bytes(work: Workload, coefficients: Coefficients) -> int:
    """What a warm worker holds that has the networks of this work loaded."""
    keeps = work.engine == EngineName.UNET and not work.lends
    return coefficients.rest_bytes + (coefficients.loaded_bytes.get(work.precision, 0) if keeps else 0)


def peaks(work: Workload, coefficients: Coefficients) -> tuple[tuple[float, Line], ...]:
    """What a worker holds at the most while it fuses, while it reads the photos and looks for faces if it does so in
    this memory, and while it loads networks: the largest is the peak, which of large photos that make a small picture
    is the second, and of a small picture of the unet engine the third.
    """
    line = line_of(work, coefficients)
    above = line.at(memory_features(work)) + kept_bytes(work) - savings.saved_bytes(work)
    fused = coefficients.rest_bytes + above, line
    if not coefficients.reads_there:
        return fused, (float(rest_bytes(work, coefficients)), line)
    reading = coefficients.reading
    read = rest_bytes(work, coefficients) + reading.at(reading_features(work)), reading
    loading = coefficients.loading.get(work.precision) if work.engine == EngineName.UNET and not work.lends else None
    if loading is None:
        return fused, read
    return fused, read, (coefficients.rest_bytes + loading.at(loading_features(work)), loading)


def _ends(value: float, line: Line, sure: float, peak: float) -> tuple[float, float]:
    """How low and how high a peak of `value` bytes may be, of which the bytes `sure` are the same each time.

    Args:
        peak: the larger of all, whose part the slack is.
    """
    if line.within:
        return value * (1 - line.within), value * (1 + line.within)
    slack, above = peak * SLACK[line.source], max(0.0, value - sure)
    return sure + above * line.low - slack, sure + above * line.high + slack


def kept_bytes(work: Workload) -> int:
    """What of several faces is held beside the one that is being fused."""
    room_px = min(work.room_px, layout.WORKING_PIXELS) if work.two_stage else work.room_px
    return (work.faces - 1) * KEPT_BYTES_PER_PX * room_px


def step_of(work: Workload, stage: Stage) -> Step:
    """Whose line a stage's seconds follow."""
    kind = work.enlarger if stage == Stage.ENLARGE else "two" if work.two_stage else "one"
    return Step(work.engine, work.precision, stage, kind)


# What is done once for a job, however many faces are fused.
_ONCE = frozenset({Stage.READ, Stage.FACES, Stage.SIZE, Stage.LOAD, Stage.WRITE})


def warm_seconds(work: Workload, coefficients: Coefficients) -> float:
    """Of a whole job with new photos, networks loaded; a stage of which nothing is known counts nothing, and
    one that is known in float32 alone as much as there: no less than it takes.

    Of several faces each is counted as if it were as large as the largest.
    """
    return seconds_of(work, coefficients.seconds)


def seconds_of(work: Workload, lines: Mapping[Step, Line]) -> float:
    """The same by lines of seconds alone."""
    times = {stage: 1 if stage in _ONCE else work.faces for stage in stages_of(work)}
    if work.lends:  # what is lent comes to the card in every job anew
        times[Stage.LOAD] = work.faces
    return sum(count * _step_seconds(work, stage, lines) for stage, count in times.items())


def _step_seconds(work: Workload, stage: Stage, lines: Mapping[Step, Line]) -> float:
    step = step_of(work, stage)
    line = lines.get(step) or lines.get(step.in_full)
    again = savings.made_again(work) if stage == Stage.ENHANCE else 0.0
    return 0.0 if line is None else line.at(step_features(work, stage)) * (1 + again)
