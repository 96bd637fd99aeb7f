"""Measurements → coefficients, by non-negative least squares on relative errors. Pure.

What is known already (`prior`) stays until measurements speak: each of its lines joins the fit as a few made-up
measurements, moved to where this machine's own lie, which weigh less the more there are of those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from advisor.forecast import features, lines, loading, model, savings, timing
from advisor.forecast.kinds import Regime
from advisor.forecast.lines import Sample
from advisor.forecast.model import Coefficients, Line
from fusion.sizing import Measurement, Workload
from fusion.types import EngineName, Precision
from fusion.units import MIB

# The bound on a peak: the largest ratio that was seen and a little more (InvokeAI's rule), at least so much. From 19
# measurements on the largest alone is what split-conformal prediction (Vovk et al. 2005) gives for 95 %, and the slack
# beside it is for the rest; from 99 on its quantile for 99 %.
MARGIN, LEAST_HIGH, MOST_LOW = 1.08, 1.10, 0.95
LARGEST_FROM, COVERED = 19, 0.99
LEAST_OF_MANY = 1.05
# From `LARGEST_FROM` on, of a kind of work or else of all kinds of an engine's together, whole peaks are bound by how
# far whole peaks were off: small ones scatter by as large a part as large ones, and what a process rests at scatters
# with them. By a little more than the largest, until there are enough for the quantile; of all kinds together where
# there are so many of the kind itself.
LEAST_WITHIN, BEYOND, OWN = 0.03, 0.01, 3
# Workloads of a kind from which each is foretold from others (cross-conformal: Vovk 2015), two for each coefficient;
# in so many folds.
HELD_OUT_FROM, FOLDS = 12, 8
NEAR_LEAST = 1.1  # times the least that a worker held at rest: it keeps nothing then (440 to 506 MiB were seen)
NEAR_PEAK = 0.9  # of a job's whole peak
LEAST_ABOVE = 16 * MIB  # bytes above rest: relative errors of less say nothing
WINDOW = 200  # the newest measurements of each kind that count: machines change


def _is_telling(row: Measurement) -> bool:
    """Whether a warm worker's whole job can be learnt from it.

    The first job of a process cannot teach that: seconds of loading lie within its stages (after one of them 5 s were
    foretold of jobs that took 0.4 s), and what was loaded seems to be the job's own memory.
    """
    return row.is_new and not row.is_first and row.workload.faces == 1 and not row.workload.lends


def fitted(measurements: Iterable[Measurement], prior: Coefficients | None = None, threads: int = 0) -> Coefficients:
    """What measurements of one device say, over what was known before.

    Args:
        measurements: of one device, oldest first. Passed over are jobs that remembered something, first jobs of a
            process, those of several faces, and those whose weights were lent to the card.
        prior: what was known; without it, only what was measured is known afterwards.
        threads: that will compute. Seconds on another number of them are what was known before those on this one;
            memory does not differ. 0: nobody knows, and all measurements are alike.

    Raises:
        ValueError: neither is there.
    """
    rows = [model.in_full(row) for row in measurements if _is_telling(row)]
    if not rows:
        if prior is None:
            raise ValueError("nothing was measured")
        return prior
    rest = _rest_bytes(rows, prior)
    loaded = _loaded_bytes(rows, rest, prior)
    every = [_Peak.of(row, rest, loaded) for row in rows]
    warm = loading.telling((row.workload, row.is_cold) for row in rows if row.is_on_host)
    cold = [each for each in every if each.is_cold and Regime.of(each.work) in warm]
    peaks = [each for each in every if not (each.is_cold and Regime.of(each.work) in warm)]
    seconds, spread = timing.fitted(rows, prior, WINDOW, threads)
    made = Coefficients(
        rest_bytes=rest,
        loaded_bytes=loaded,
        memory=_memory(peaks, rest, prior),
        seconds=seconds,
        spread=spread,
        margin_bytes=prior.margin_bytes if prior else (0, 0),
        reads_there=prior is None or prior.reads_there,
        reading=_reading(peaks, rest, prior),
    )
    memory, reading = _bounded(peaks, made, prior)
    told = [(each.work, float(each.peak), float(model.predict(each.work, made).peak_bytes)) for each in cold]
    loads = loading.fitted(told, rest, prior.loading if prior else {}, WINDOW)
    return replace(made, memory=memory, reading=reading, loading=loads)


@dataclass(frozen=True, slots=True)
class _Peak:
    """A job's peaks as they would have been in a worker that held nothing besides: no other engine's networks, no
    results. Bytes.

    Attributes:
        peak: of all of it.
        reading: until faces were found; 0 where that was not measured.
        is_read: whether that was the peak: of the fusion is then known only that it took no more.
        seen: what the process really held at the peak, with the networks, and little else besides.
        is_cold: whether networks were loaded for it.
    """

    work: Workload
    peak: int
    reading: int
    is_read: bool
    seen: int
    is_cold: bool = False

    @property
    def tells_of_reading(self) -> bool:
        """Where it was about the peak. Of larger pictures other things are looked at beside it, now and then: it takes
        more, and they take more still.
        """
        return self.reading >= NEAR_PEAK * self.peak

    @classmethod
    def of(cls, row: Measurement, rest: int, loaded: Mapping[Precision, int]) -> _Peak:
        """Of a row; `rest` and `loaded` as in `Coefficients`."""
        reads = row.reading_bytes if row.is_on_host else 0
        is_loaded = row.workload.engine == EngineName.UNET and not row.is_cold
        networks = loaded.get(row.workload.precision, 0) if is_loaded else 0
        above = rest - row.rest_bytes
        peak = row.peak_bytes + above + networks
        keeps = -above - networks > NEAR_LEAST * rest - rest  # results, or networks of another engine
        seen = peak if keeps else row.peak_bytes
        return cls(row.workload, peak, reads + above if reads else 0, reads >= row.peak_bytes, seen, row.is_cold)


def _rest_bytes(rows: Sequence[Measurement], prior: Coefficients | None) -> int:
    """What a worker usually held at rest of those times when it held about the least: later it may keep what it
    remembers, and networks.
    """
    held = [row.rest_bytes for row in rows[-WINDOW:]]
    newest = round(median(each for each in held if each <= NEAR_LEAST * min(held)))
    # Where only jobs with loaded networks were seen, the rest without them is known from elsewhere alone.
    return newest if prior is None else min(newest, round(prior.rest_bytes * 1.25))


def _loaded_bytes(rows: Sequence[Measurement], rest: int, prior: Coefficients | None) -> dict[Precision, int]:
    found: dict[Precision, int] = dict(prior.loaded_bytes) if prior else {}
    held: dict[Precision, list[int]] = defaultdict(list)
    for row in rows:
        if row.workload.engine == EngineName.UNET and not row.is_cold:
            held[row.workload.precision].append(row.rest_bytes - rest)
    return found | {precision: max(0, min(values)) for precision, values in held.items()}


def _memory(peaks: Sequence[_Peak], rest: int, prior: Coefficients | None) -> dict[Regime, Line]:
    known: Mapping[Regime, Line] = prior.memory if prior else {}
    groups: dict[Regime, list[Sample]] = defaultdict(list)
    for each in _telling_of_fusion(peaks, prior):
        value = float(each.peak - rest + savings.saved_in_strips(each.work))
        groups[Regime.of(each.work)].append(Sample(features.memory_features(each.work), value, float(each.peak)))
    return dict(known) | {
        regime: lines.line(samples[-WINDOW:], known.get(regime, known.get(regime.likest)), of_memory=True)
        for regime, samples in groups.items()
    }


def _telling_of_fusion(peaks: Iterable[_Peak], prior: Coefficients | None) -> list[_Peak]:
    """Those whose peak was the fusion's; of a kind of work whose peak was always that of reading, all, unless a line of
    it is known.
    """
    every = list(peaks)
    fused = {Regime.of(each.work) for each in every if not each.is_read} | set(prior.memory if prior else ())
    return [each for each in every if not (each.is_read and Regime.of(each.work) in fused)]


def _reading(peaks: Sequence[_Peak], rest: int, prior: Coefficients | None) -> Line:
    """What reading takes, of those that say so."""
    known = prior.reading if prior else model.READING
    samples = [
        Sample(features.reading_features(each.work), float(each.reading - rest), float(each.reading))
        for each in peaks
        if each.tells_of_reading
    ]
    return lines.line(samples[-WINDOW:], known, of_memory=True) if samples else known


def _bounded(peaks: Sequence[_Peak], made: Coefficients, prior: Coefficients | None) -> tuple[dict[Regime, Line], Line]:
    """The lines of memory, and of reading, with bounds by how far the measurements lie from them.

    Where there are enough of them, from lines that were fitted without them: a line comes closer to what it was fitted
    to than to what comes.
    """
    ratios: dict[Regime | None, list[float]] = defaultdict(list)
    whole: dict[Regime | tuple[EngineName, bool] | None, list[float]] = defaultdict(list)  # of fusing, and of reading
    apart = _apart(peaks, made, prior)
    for each in _telling_of_fusion(peaks, prior):
        forecast = model.predict(each.work, apart.get(each.work, made))
        above = max(forecast.peak_bytes - forecast.rest_bytes, LEAST_ABOVE)
        ratios[Regime.of(each.work)].append((each.peak - forecast.rest_bytes) / above)
        for kind in (Regime.of(each.work), (each.work.engine, each.work.two_stage)):
            whole[kind].append(each.seen / forecast.peak_bytes)
    for each in peaks:
        if each.tells_of_reading:
            expected = apart.get(each.work, made).reading.at(features.reading_features(each.work))
            ratios[None].append((each.reading - made.rest_bytes) / max(expected, LEAST_ABOVE))
            whole[None].append(each.reading / (made.rest_bytes + expected))

    def with_bounds(line: Line, of: Regime | None) -> Line:
        seen = ratios[of][-WINDOW:]
        ends = within(whole[of][-WINDOW:])
        if not ends and of and len(seen) >= OWN:
            ends = within(whole[of.engine, of.two_stage][-WINDOW:])
        return replace(line, low=min(MOST_LOW, *seen), high=bound(seen), within=ends) if seen else line

    return {regime: with_bounds(line, regime) for regime, line in made.memory.items()}, with_bounds(made.reading, None)


def within(ratios: Sequence[float]) -> float:
    """How far a whole peak may be off, as a part of the prediction. `ratios`: observed over predicted; 0: too few."""
    if len(ratios) < LARGEST_FROM:
        return 0.0
    rank = int(np.ceil(COVERED * (len(ratios) + 1))) - 1
    few = rank >= len(ratios)
    return max(LEAST_WITHIN, sorted(ratios)[min(rank, len(ratios) - 1)] - 1 + (BEYOND if few else 0.0))


def _apart(peaks: Sequence[_Peak], made: Coefficients, prior: Coefficients | None) -> dict[Workload, Coefficients]:
    """For each workload, coefficients that know nothing of it; none where there are too few others of its kind."""
    kinds: dict[Regime, dict[Workload, int]] = defaultdict(dict)
    for each in peaks:
        seen = kinds[Regime.of(each.work)]
        seen.setdefault(each.work, len(seen))
    fold = {work: at % FOLDS for seen in kinds.values() if len(seen) >= HELD_OUT_FROM for work, at in seen.items()}
    found: dict[Workload, Coefficients] = {}
    for which in set(fold.values()):
        known = [each for each in peaks if fold.get(each.work) != which]
        memory, reading = _memory(known, made.rest_bytes, prior), _reading(known, made.rest_bytes, prior)
        without = replace(made, memory=memory, reading=reading)
        found |= {work: without for work, own in fold.items() if own == which}
    return found


def bound(ratios: Sequence[float]) -> float:
    """What to multiply a prediction by so that what comes stays below. `ratios`: observed over predicted."""
    if len(ratios) < LARGEST_FROM:
        return max(LEAST_HIGH, MARGIN * max(ratios))
    rank = int(np.ceil(COVERED * (len(ratios) + 1))) - 1
    return max(LEAST_OF_MANY, sorted(ratios)[min(rank, len(ratios) - 1)])
