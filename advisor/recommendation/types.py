"""What the advisor says: options, the chosen one, and why. Nouns alone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from advisor.forecast import Forecast
from advisor.recommendation.messages import SENTENCES
from fusion.errors import Detail
from fusion.settings import Settings
from fusion.sizing import Workload
from fusion.types import Size
from fusion.verdict import Suitability


class Intent(StrEnum):
    """What the picture is for; each but `auto` is a preset's name."""

    AUTO = "auto"
    SOCIAL = "social"
    ART = "art"
    RESTORATION = "restoration"


class Verdict(StrEnum):
    """How what an option needs compares with the memory there is."""

    FITS = "fits"
    TIGHT = "tight"  # it fits, but takes nearly all: expect it to be slower
    MAY_FIT = "may_fit"  # it is forecast to fit, but its bound is more than there is: nobody recommends it
    TOO_BIG = "too_big"

    @property
    def fits(self) -> bool:
        """Whether it surely does."""
        return self in (Verdict.FITS, Verdict.TIGHT)


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason or a warning: `code` is a key of `messages.SENTENCES`, `details` the values that it names."""

    code: str
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __str__(self) -> str:
        return SENTENCES[self.code].format(**self.details)

    def to_json(self) -> dict[str, Any]:
        """Code, details and the English sentence."""
        return {"code": self.code, "details": dict(self.details), "text": str(self)}


@dataclass(frozen=True, slots=True)
class Option:
    """One way to fuse the two photos.

    Attributes:
        settings: all of them, ready to run: `output`, `two_stage`, `engine` and `precision` are not `auto`.
        tier: the output's name: a tier, or "custom".
        forecast: what it will need.
        verdict: whether that is there.
        detail_ratio: face px in the output over px that the face really has; None where the target stays as it is.
        is_useful: whether its pixels hold detail, and the intent asks for as many.
        reasons: the most important first.
    """

    settings: Settings
    tier: str
    size: Size
    workload: Workload
    forecast: Forecast
    verdict: Verdict
    detail_ratio: float | None
    is_useful: bool
    reasons: tuple[Remark, ...]

    def to_json(self) -> dict[str, Any]:
        """The command line's contract, with more beside it."""
        forecast = self.forecast
        return {
            "width": self.size.width,
            "height": self.size.height,
            "tier": self.tier,
            "two_stage": self.workload.two_stage,
            "engine": str(self.workload.engine),
            "precision": str(self.workload.precision),
            "strip_rows": self.workload.strip_rows,
            "lends": self.workload.lends,
            "verdict": str(self.verdict),
            "peak_bytes": forecast.peak_bytes,
            "peak_bytes_high": forecast.peak_high_bytes,
            "seconds": forecast.seconds,
            "seconds_high": forecast.seconds_high,
            "load_seconds": forecast.load_seconds,
            "detail_ratio": self.detail_ratio,
            "useful": self.is_useful,
            "basis": {"source": str(forecast.basis.source), "points": forecast.basis.points},
            "reasons": [reason.to_json() for reason in self.reasons],
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """`chosen` is None where nothing at all fits; `options` are all that were weighed, the chosen one among them.

    `suitability`: of the two faces, whatever the size; None where they were not looked at.
    """

    chosen: Option | None
    options: tuple[Option, ...]
    warnings: tuple[Remark, ...]
    suitability: Suitability | None = None

    def to_json(self) -> dict[str, Any]:
        """The command line's contract."""
        return {
            "chosen": self.chosen.to_json() if self.chosen else None,
            "options": [option.to_json() for option in self.options],
            "warnings": [warning.to_json() for warning in self.warnings],
            "suitability": None if self.suitability is None else self.suitability.to_json(),
        }
