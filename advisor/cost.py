"""What a fusion will need: peak memory and seconds, each with bounds. docs/cost-model.md says how and how well. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """What a forecast rests on."""

    ELSEWHERE = "elsewhere"  # measured on another machine: the shipped coefficients
    HERE = "here"  # measured on this machine
    ESTIMATED = "estimated"  # never measured on such a device: derived from what another kind of device needed


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
