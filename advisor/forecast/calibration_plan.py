"""What is worth trying out to learn how fast this machine is and what it needs, the most valuable first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from advisor.device import Place, Reader, Ways, capabilities, compute_target
from advisor.forecast.model import Coefficients, predict
from advisor.forecast.saving_there import as_done
from advisor.forecast.shipped_coefficients import shipped
from fusion.sizing import workload
from fusion.types import EngineName, Precision, Size, Switch
from fusion.worker import Trial

_START_S = 5.0  # a process that loads torch and finds the faces; on two cores of an AMD EPYC
_UNKNOWN_S = 5.0  # a job where no device like this one was ever measured: the first trial corrects it
_CLOSE, _FAR = 0.45, 0.2  # of the photo's width, the face


@dataclass(frozen=True, slots=True)
class Step:
    """A trial, and how long it is expected to take, its process's start included."""

    trial: Trial
    seconds: float


def trials(has_unet: bool) -> tuple[Trial, ...]:
    """What is worth measuring, the most valuable first: after three there is a small, a large and a wide case.

    Args:
        has_unet: whether the unet engine's weights are there.
    """
    unet = _unet() if has_unet else ()
    landmark = _landmark()
    first = (landmark[0], *unet[:1], landmark[1], *unet[1:2])
    return (*first, *landmark[2:4], *unet[2:], *landmark[4:])


def _landmark() -> tuple[Trial, ...]:
    points = (
        (1024, _CLOSE, Switch.OFF),
        (2048, _FAR, Switch.OFF),
        (4096, _CLOSE, Switch.ON),
        (2048, _CLOSE, Switch.OFF),
        (512, _CLOSE, Switch.OFF),
        (3072, _FAR, Switch.OFF),
        (2048, _CLOSE, Switch.ON),
        (4096, _FAR, Switch.ON),
        (1024, _FAR, Switch.OFF),
        (3072, _CLOSE, Switch.OFF),
        (512, _FAR, Switch.OFF),
    )
    return tuple(Trial(EngineName.LANDMARK, Size(side, side), stages, face=face) for side, face, stages in points)


def _unet() -> tuple[Trial, ...]:
    """In two stages once only, since that takes a processor half a minute."""
    points = ((1024, Switch.OFF, 2), (4096, Switch.ON, 1), (2048, Switch.OFF, 2), (512, Switch.OFF, 2))
    return tuple(Trial(EngineName.UNET, Size(side, side), stages, runs=runs) for side, stages, runs in points)


def steps() -> tuple[Step, ...]:
    """What this machine can try now."""
    with Reader(Path()) as reader:
        snapshot = reader.read()
    place = compute_target.place_of(snapshot, torch_cuda=capabilities.torch_has_cuda())
    return planned(place, capabilities.ways(place, snapshot), shipped(place.kind))


def planned(place: Place, ways: Ways, coefficients: Coefficients) -> tuple[Step, ...]:
    """Those of `trials` whose bound fits the memory, in their order."""

    def fitting() -> Iterator[Step]:
        for each in trials(EngineName.UNET in ways.engines):
            precision = ways.precision if each.engine == EngineName.UNET else Precision.FLOAT32
            work = workload(each.subject, each.settings, each.engine, precision, ways.enlarger)
            forecast = predict(as_done(work, place, coefficients), coefficients)
            if forecast.peak_high_bytes <= place.budget_bytes(forecast.rest_bytes):
                job = _UNKNOWN_S if forecast.seconds is None else forecast.seconds
                yield Step(each, _START_S + forecast.load_seconds + each.runs * job)

    return tuple(fitting())


def affordable(steps: Sequence[Step], seconds: float, pace: float = 1.0) -> tuple[Step, ...]:
    """Those that fit into `seconds` one after the other, in order; what is too long is passed over.

    Args:
        pace: seconds here per second that was expected.
    """

    def within() -> Iterator[Step]:
        left = seconds
        for step in steps:
            if step.seconds * pace <= left:
                left -= step.seconds * pace
                yield step

    return tuple(within())
