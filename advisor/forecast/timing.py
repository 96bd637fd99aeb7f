"""Seconds: a line for each stage of each kind of work, such that half of all jobs take longer. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

import numpy as np

from advisor.forecast import features, lines, model
from advisor.forecast.kinds import Step
from advisor.forecast.lines import Sample, scaled
from advisor.forecast.model import Coefficients, Line
from fusion.sizing import Measurement
from fusion.types import EngineName, Precision, Stage

TIME_SHARE = 0.9  # of jobs that took no longer than `seconds_high`, and no less than `seconds_low`
LEAST_TIME = (0.85, 1.2)  # the narrowest that those bounds get


def fitted(
    rows: Sequence[Measurement], prior: Coefficients | None, window: int, threads: int
) -> tuple[dict[Step, Line], dict[EngineName, tuple[float, float]]]:
    """The lines over those that were known, and how far whole jobs were off, as in `Coefficients.spread`.

    What was measured on another number of threads, or on nobody knows how many, is known before the rest: it tells how
    times grow, and the first job on this number how long they are.

    Args:
        window: how many of the newest of each kind count.
        threads: that will compute; 0: nobody knows, and all rows are alike.
    """
    own = [row for row in rows if threads in (0, row.threads)]
    others = [row for row in rows if threads not in (0, row.threads)]
    known = dict(prior.seconds) if prior else {}
    ends = dict(prior.spread) if prior else {}
    for some in (others, own):
        if some:
            known = _lines(some, known, window)
            ends |= _spread(some, known, window, threads)
    return known, ends


def _lines(rows: Sequence[Measurement], known: Mapping[Step, Line], window: int) -> dict[Step, Line]:
    groups: dict[Step, list[Sample]] = defaultdict(list)
    for row in rows:
        for stage, spent in _by_stage(row):
            sample = Sample(features.step_features(row.workload, stage), spent, max(spent, lines.LEAST_SECONDS))
            groups[model.step_of(row.workload, stage)].append(sample)
    found = {step: lines.line(samples[-window:], known.get(step), of_memory=False) for step, samples in groups.items()}
    speed = _speed(groups, known)
    moved = {step: scaled(line, speed) for step, line in known.items() if step not in found}
    return _centred(rows, moved | found, window)


def _centred(rows: Sequence[Measurement], found: Mapping[Step, Line], window: int) -> dict[Step, Line]:
    """The lines with those of each engine scaled so that half of its whole jobs took longer.

    Least squares on relative errors lean to what took short, the more so the more times scatter: by a tenth where the
    same job took 0.5 to 0.8 s.
    """
    ratios: dict[tuple[EngineName, Precision], list[float]] = defaultdict(list)
    for row in rows:
        expected = model.seconds_of(row.workload, found)
        if expected > 0:
            ratios[row.workload.engine, row.workload.precision].append(warm_seconds(row) / expected)
    factors = {kind: median(values[-window:]) for kind, values in ratios.items()}
    return {
        step: line if step.stage == Stage.LOAD else scaled(line, factors.get((step.engine, step.precision), 1.0))
        for step, line in found.items()
    }


def _speed(groups: Mapping[Step, Sequence[Sample]], known: Mapping[Step, Line]) -> float:
    """Seconds here over seconds as known, of the stages that were seen here."""
    here = there = 0.0
    for step, samples in groups.items():
        if step in known and step.stage != Stage.LOAD:
            here += median(sample.value for sample in samples)
            there += median(known[step].at(sample.features) for sample in samples)
    return here / there if there > 0 and here > 0 else 1.0


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
    rows: Sequence[Measurement], found: Mapping[Step, Line], window: int, threads: int
) -> dict[EngineName, tuple[float, float]]:
    """How far whole jobs were off: observed ÷ predicted.

    Of another number of threads than `threads` a job would have taken as long, if they had nothing to share out, or as
    much longer or shorter as there are fewer or more: both count.
    """
    ratios: dict[EngineName, list[float]] = defaultdict(list)
    for row in rows:
        expected = model.seconds_of(row.workload, found)
        if expected > 0:
            at_most = row.threads / threads if threads and row.threads else 1.0
            ratios[row.workload.engine] += [times * warm_seconds(row) / expected for times in {1.0, at_most}]
    ends: dict[EngineName, tuple[float, float]] = {}
    for engine, values in ratios.items():
        low, high = np.quantile(values[-window:], [1 - TIME_SHARE, TIME_SHARE])
        ends[engine] = min(float(low), LEAST_TIME[0]), max(float(high), LEAST_TIME[1])
    return ends
