"""What one option takes and gives more than another. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from advisor.recommendation.types import Option

_SAME = 0.05  # differences of detail below this share do not show


class Detail(StrEnum):
    """How much of the face there is to see, beside the other option."""

    MORE = "more"
    SAME = "same"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one option to another.

    Attributes:
        more_bytes: of its peak; negative where it takes less.
        times: its seconds over the other's; None where either is unknown.
        detail: None where the target stays as it is.
    """

    more_bytes: int
    times: float | None
    detail: Detail | None


def difference(option: Option, other: Option) -> Difference:
    """What `option` takes and gives more than `other`."""
    mine, theirs = option.forecast, other.forecast
    times = mine.seconds / theirs.seconds if mine.seconds and theirs.seconds else None
    return Difference(mine.peak_bytes - theirs.peak_bytes, times, _detail(option, other))


def _detail(option: Option, other: Option) -> Detail | None:
    mine, theirs = _held_px(option), _held_px(other)
    if mine is None or theirs is None:
        return None
    if abs(mine - theirs) <= _SAME * theirs:
        return Detail.SAME
    return Detail.MORE if mine > theirs else Detail.LESS


def _held_px(option: Option) -> float | None:
    """Width of the face in the output, as far as its pixels hold anything."""
    if option.detail_ratio is None:
        return None
    return option.workload.face_px / max(1.0, option.detail_ratio)
