"""Measurements → coefficients, by non-negative least squares on relative errors. Pure.

What is known already (`prior`) stays until measurements speak: each of its lines joins the fit as a few made-up
measurements, moved to where this machine's own lie, which weigh less the more there are of those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

import numpy as np

from advisor.forecast import model
from advisor.forecast.model import Coefficients, Line, Regime, Source, Step
from fusion.sizing import Measurement, Workload
from fusion.types import EngineName, Precision, Stage
from fusion.units import MIB

# The bound on a peak: the largest ratio that was seen and a little more (InvokeAI's rule), at least so much, until
# there are enough measurements for the quantile of split-conformal prediction (Vovk et al. 2005): 99 for 99 %.
MARGIN, LEAST_HIGH, MOST_LOW = 1.08, 1.10, 0.95
CONFORMAL_FROM, COVERED = 99, 0.99
TIME_SHARE = 0.9  # of jobs that took no longer than `seconds_high`, and no less than `seconds_low`
LEAST_TIME = (0.85, 1.2)  # the narrowest that those bounds get
LEAST_ABOVE = 16 * MIB  # bytes above rest: relative errors of less say nothing
LEAST_SECONDS = 0.05  # of a stage: errors of shorter ones do not count relatively
PRIOR_WEIGHT = 1.0  # of a prior's line, over one plus the number of measurements beside it
WINDOW = 200  # the newest measurements of each kind that count: machines change
ANCHORS = 8


@dataclass(frozen=True, slots=True)
class _Sample:
    """One observation: `value` of `features`; its error is relative to `scale`."""

    features: tuple[float, ...]
    value: float
    scale: float


def fitted(measurements: Iterable[Measurement], prior: Coefficients | None = None) -> Coefficients:
    """What measurements of one device say, over what was known before.

    Args:
        measurements: of one device, oldest first. Jobs that remembered something are passed over.
        prior: what was known; without it, only what was measured is known afterwards.

    Raises:
        ValueError: neither is there.
    """
    rows = [row for row in measurements if row.is_new]
    if not rows:
        if prior is None:
            raise ValueError("nothing was measured")
        return prior
    rest = _rest_bytes(rows, prior)
    loaded = _loaded_bytes(rows, rest, prior)
    peaks = [(row.workload, _own_peak(row, rest, loaded)) for row in rows]
    made = Coefficients(
        rest_bytes=rest,
        loaded_bytes=loaded,
        memory=_memory(peaks, rest, prior),
        seconds=_seconds(rows, prior),
        spread={},
    )
    return replace(made, memory=_bounded(peaks, made), spread=_spread(rows, made, prior))


def _rest_bytes(rows: Sequence[Measurement], prior: Coefficients | None) -> int:
    """The least that a worker ever held at rest: later it may keep what it remembers."""
    newest = min(row.rest_bytes for row in rows[-WINDOW:])
    # Where only jobs with loaded networks were seen, the rest without them is known from elsewhere alone.
    return newest if prior is None else min(newest, round(prior.rest_bytes * 1.25))


def _loaded_bytes(rows: Sequence[Measurement], rest: int, prior: Coefficients | None) -> dict[Precision, int]:
    found: dict[Precision, int] = dict(prior.loaded_bytes) if prior else {}
    held: dict[Precision, list[int]] = defaultdict(list)
    for row in rows:
        if row.workload.engine == EngineName.UNET and not row.is_cold:
            held[row.workload.precision].append(row.rest_bytes - rest)
    return found | {precision: max(0, min(values)) for precision, values in held.items()}


def _own_peak(row: Measurement, rest: int, loaded: Mapping[Precision, int]) -> int:
    """The peak as it would have been in a worker that held nothing besides: no other engine's networks, no results."""
    above = row.peak_bytes - row.rest_bytes
    is_loaded = row.workload.engine == EngineName.UNET and not row.is_cold
    return rest + above + (loaded.get(row.workload.precision, 0) if is_loaded else 0)


def _memory(peaks: Sequence[tuple[Workload, int]], rest: int, prior: Coefficients | None) -> dict[Regime, Line]:
    groups: dict[Regime, list[_Sample]] = defaultdict(list)
    for work, peak in peaks:
        groups[Regime.of(work)].append(_Sample(model.memory_features(work), float(peak - rest), float(peak)))
    known: Mapping[Regime, Line] = prior.memory if prior else {}
    return dict(known) | {
        regime: _line(samples[-WINDOW:], known.get(regime), of_memory=True) for regime, samples in groups.items()
    }


def _bounded(peaks: Sequence[tuple[Workload, int]], made: Coefficients) -> dict[Regime, Line]:
    """The lines of memory with bounds by how far the measurements lie from them."""
    ratios: dict[Regime, list[float]] = defaultdict(list)
    for work, peak in peaks:
        forecast = model.predict(work, made)
        above = max(forecast.peak_bytes - forecast.rest_bytes, LEAST_ABOVE)
        ratios[Regime.of(work)].append((peak - forecast.rest_bytes) / above)
    bounds = {regime: each[-WINDOW:] for regime, each in ratios.items()}
    return {
        regime: replace(line, low=min(MOST_LOW, *bounds[regime]), high=bound(bounds[regime]))
        if regime in bounds
        else line
        for regime, line in made.memory.items()
    }


def bound(ratios: Sequence[float]) -> float:
    """What to multiply a prediction by so that what comes stays below. `ratios`: observed over predicted."""
    if len(ratios) < CONFORMAL_FROM:
        return max(LEAST_HIGH, MARGIN * max(ratios))
    rank = int(np.ceil(COVERED * (len(ratios) + 1))) - 1
    return max(1.05, sorted(ratios)[min(rank, len(ratios) - 1)])


def _seconds(rows: Sequence[Measurement], prior: Coefficients | None) -> dict[Step, Line]:
    groups: dict[Step, list[_Sample]] = defaultdict(list)
    for row in rows:
        for stage, spent in _by_stage(row):
            sample = _Sample(model.step_features(row.workload, stage), spent, max(spent, LEAST_SECONDS))
            groups[model.step_of(row.workload, stage)].append(sample)
    known: Mapping[Step, Line] = prior.seconds if prior else {}
    found = {step: _line(samples[-WINDOW:], known.get(step), of_memory=False) for step, samples in groups.items()}
    speed = _speed(groups, known)
    moved = {step: _scaled(line, speed) for step, line in known.items() if step not in found}
    return moved | found


def _speed(groups: Mapping[Step, Sequence[_Sample]], known: Mapping[Step, Line]) -> float:
    """Seconds here over seconds as known, of the stages that were seen here."""
    here = there = 0.0
    for step, samples in groups.items():
        if step in known and step.stage != Stage.LOAD:
            here += median(sample.value for sample in samples)
            there += median(known[step].at(sample.features) for sample in samples)
    return here / there if there > 0 and here > 0 else 1.0


def _line(samples: Sequence[_Sample], known: Line | None, *, of_memory: bool) -> Line:
    """The line through samples, and through what was known, moved to where the samples lie."""
    imagined: list[_Sample] = []
    if known is not None and known.anchors:
        gaps = [(sample.value, known.at(sample.features)) for sample in samples]
        shift = median(value - there for value, there in gaps) if of_memory else 0.0
        factor = 1.0 if of_memory else median(value / there if there > 0 else 1.0 for value, there in gaps)
        values = [max(0.0, known.at(anchor) * factor + shift) for anchor in known.anchors]
        floor = median(sample.scale - sample.value for sample in samples) if of_memory else 0.0
        imagined = [
            _Sample(anchor, value, max(value + floor, LEAST_SECONDS))
            for anchor, value in zip(known.anchors, values, strict=True)
        ]
    weight = PRIOR_WEIGHT / (1 + len(samples)) / max(1, len(imagined)) ** 0.5
    weights = [1.0] * len(samples) + [weight] * len(imagined)
    coefficients = _least_squares([*samples, *imagined], weights)
    anchors = _anchors([sample.features for sample in samples])
    return Line(coefficients, 1.0, 1.0, Source.HERE, len(samples), anchors)


def _least_squares(samples: Sequence[_Sample], weights: Sequence[float]) -> tuple[float, ...]:
    factors = np.array([weight / sample.scale for sample, weight in zip(samples, weights, strict=True)])
    features = np.array([sample.features for sample in samples])
    sizes = features.max(0)
    sizes[sizes == 0] = 1.0  # pixels and ones differ by millions: columns of like size keep the numbers good
    solution = _not_negative(features / sizes * factors[:, None], np.array([s.value for s in samples]) * factors)
    return tuple(float(each) for each in solution / sizes)


def _not_negative(matrix: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares without a coefficient below 0: the best of what some of the columns alone give, few if they do.

    There are five columns at most, so these are 31 small systems; SciPy's `nnls` brings 40 MB into the web process.
    """
    width = matrix.shape[1]
    best, least = np.zeros(width), float(wanted @ wanted)
    worth = 1e-12 * least
    for count in range(1, width + 1):
        for columns in combinations(range(width), count):
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


def _scaled(line: Line, factor: float) -> Line:
    return replace(line, coefficients=tuple(each * factor for each in line.coefficients))


def _by_stage(row: Measurement) -> Iterator[tuple[Stage, float]]:
    """Seconds of each stage; one that comes twice is added up."""
    spent: dict[Stage, float] = defaultdict(float)
    for each in row.stages:
        spent[each.stage] += each.seconds
    yield from spent.items()


def warm_seconds(row: Measurement) -> float:
    """What it took, without the loading of networks."""
    return row.seconds - sum(each.seconds for each in row.stages if each.stage == Stage.LOAD)


def _spread(
    rows: Sequence[Measurement], made: Coefficients, prior: Coefficients | None
) -> dict[EngineName, tuple[float, float]]:
    ratios: dict[EngineName, list[float]] = defaultdict(list)
    for row in rows:
        expected = model.warm_seconds(row.workload, made)
        if expected > 0:
            ratios[row.workload.engine].append(warm_seconds(row) / expected)
    found = dict(prior.spread) if prior else {}
    for engine, values in ratios.items():
        low, high = np.quantile(values[-WINDOW:], [1 - TIME_SHARE, TIME_SHARE])
        found[engine] = min(float(low), LEAST_TIME[0]), max(float(high), LEAST_TIME[1])
    return found
