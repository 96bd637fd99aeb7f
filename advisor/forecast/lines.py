"""A line through measurements, by non-negative least squares on relative errors. Pure.

What is known already joins as a few made-up measurements, moved to where the real ones lie, which weigh less the more
there are of those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

import numpy as np

from advisor.forecast.model import Line, Source

LEAST_SECONDS = 0.05  # of a stage: errors of shorter ones do not count relatively
PRIOR_WEIGHT = 1.0  # of a prior's line, over one plus the number of measurements beside it
ANCHORS = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One observation: `value` of `features`; its error is relative to `scale`."""

    features: tuple[float, ...]
    value: float
    scale: float


def line(samples: Sequence[Sample], known: Line | None, *, of_memory: bool) -> Line:
    """The line through samples, and through what was known, moved to where the samples lie."""
    imagined: list[Sample] = []
    if known is not None and known.anchors:
        width = len(samples[0].features)
        gaps = [(sample.value, known.at(sample.features)) for sample in samples]
        shift = median(value - there for value, there in gaps) if of_memory else 0.0
        factor = 1.0 if of_memory else median(value / there if there > 0 else 1.0 for value, there in gaps)
        values = [max(0.0, known.at(anchor) * factor + shift) for anchor in known.anchors]
        floor = median(sample.scale - sample.value for sample in samples) if of_memory else 0.0
        imagined = [
            Sample((*anchor, *[0.0] * (width - len(anchor))), value, max(value + floor, LEAST_SECONDS))
            for anchor, value in zip(known.anchors, values, strict=True)
        ]
    weight = PRIOR_WEIGHT / (1 + len(samples)) / max(1, len(imagined)) ** 0.5
    weights = [1.0] * len(samples) + [weight] * len(imagined)
    coefficients = _least_squares([*samples, *imagined], weights)
    anchors = _anchors([sample.features for sample in samples])
    return Line(coefficients, 1.0, 1.0, Source.HERE, len(samples), anchors)


def _least_squares(samples: Sequence[Sample], weights: Sequence[float]) -> tuple[float, ...]:
    factors = np.array([weight / sample.scale for sample, weight in zip(samples, weights, strict=True)])
    features = np.array([sample.features for sample in samples])
    sizes = features.max(0)
    sizes[sizes == 0] = 1.0  # pixels and ones differ by millions: columns of like size keep the numbers good
    solution = _not_negative(features / sizes * factors[:, None], np.array([s.value for s in samples]) * factors)
    return tuple(float(each) for each in solution / sizes)


def _not_negative(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares without a coefficient below 0: the best of what some of the columns alone give, few if they do.

    There are seven columns at most, so these are 127 small systems; SciPy's `nnls` brings 40 MB into the web process.
    Each has as many rows as there are columns: what more was measured is turned away once.
    """
    width, used = matrix.shape[1], np.flatnonzero(matrix.any(0)).tolist()
    turned = np.asarray(np.linalg.qr(np.column_stack([matrix, wanted]), mode="r"))
    matrix, wanted = turned[:, :-1], turned[:, -1]
    best, least = np.zeros(width), float(wanted @ wanted)
    worth = 1e-12 * least
    for count in range(1, len(used) + 1):
        for columns in combinations(used, count):
            some = np.linalg.lstsq(matrix[:, columns], wanted, rcond=None)[0]
            error = float(np.sum((matrix[:, columns] @ some - wanted) ** 2))
            if error < least - worth and (some >= 0).all():
                best, least = np.zeros(width), error
                best[list(columns)] = some
    return best


def _anchors(features: Iterable[tuple[float, ...]]) -> tuple[tuple[float, ...], ...]:
    """Some of them, evenly from the smallest to the largest."""
    distinct = sorted(set(features))
    picks = np.linspace(0, len(distinct) - 1, min(ANCHORS, len(distinct))).round().astype(int)
    return tuple(distinct[pick] for pick in picks)


def scaled(line: Line, factor: float) -> Line:
    return replace(line, coefficients=tuple(each * factor for each in line.coefficients))
