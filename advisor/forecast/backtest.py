"""How far forecasts were from what jobs then took. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from advisor.forecast.model import Coefficients, Forecast, in_full, predict
from fusion.sizing import Measurement


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors are |forecast ÷ measured − 1|; None where there was nothing to compare.

    Attributes:
        jobs: measurements compared.
        unknown: others, of work of which nothing was known.
        memory_median, memory_worst: of the peak.
        covered: share of the peaks that were within their bound.
        warm: of the jobs, those with networks loaded already and with a forecast of their seconds.
        seconds_median: their error.
    """

    jobs: int
    unknown: int
    memory_median: float | None
    memory_worst: float | None
    covered: float | None
    warm: int
    seconds_median: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def accuracy(measurements: Iterable[Measurement], coefficients: Coefficients) -> Accuracy:
    """Of forecasts from `coefficients`, by what was measured.

    Passed over are jobs that remembered something, and those that were the first of their process.
    """
    rows = [in_full(each) for each in measurements if each.is_new and not each.is_first]
    told = [(row, forecast) for row in rows if (forecast := _forecast(row, coefficients)) is not None]
    memory = [abs(forecast.peak_bytes / row.peak_bytes - 1) for row, forecast in told]
    within = [row.peak_bytes <= forecast.peak_high_bytes for row, forecast in told]
    warm = [(row, forecast.seconds) for row, forecast in told if forecast.seconds is not None and not row.is_cold]
    seconds = [abs(expected / row.seconds - 1) for row, expected in warm]
    return Accuracy(
        jobs=len(told),
        unknown=len(rows) - len(told),
        memory_median=median(memory) if memory else None,
        memory_worst=max(memory, default=None),
        covered=sum(within) / len(within) if within else None,
        warm=len(warm),
        seconds_median=median(seconds) if seconds else None,
    )


def _forecast(row: Measurement, coefficients: Coefficients) -> Forecast | None:
    """None where nothing is known of such work."""
    try:
        return predict(row.workload, coefficients if row.is_cold else coefficients.once_loaded)
    except KeyError:
        return None
