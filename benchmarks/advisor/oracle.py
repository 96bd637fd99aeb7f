"""Does what is recommended run in just the memory that the advisor was told of, and would more not have?

The machine has measured itself (the `fit` lines of results/calibrate.jsonl). The advisor is told of a budget as free
memory, with nothing left alone (`Place.reserve_bytes` 0), and recommends for a pair. Then the trial with exactly these
settings and photos runs in a control group in which it cannot hold more. What the advisor called too large is tried
likewise, and has to fail; what it said may fit is tried too, and counted apart.

The photos are the sample pair in many sizes, or (`--photos FOLDER`) three pairs in sizes that are in no fit
(`benchmarks.shared.portraits`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from advisor.device import Place, Reader, Ways
from advisor.device.capabilities import ways
from advisor.device.compute_target import Kind, place_of
from advisor.forecast import Coefficients, predict
from advisor.given import given_in
from advisor.recommendation import Advice, Intent, Option, Pair, Verdict, recommend
from benchmarks import calibrate
from benchmarks.shared import common, limits, portrait_trial, portraits
from benchmarks.shared import lines as results
from benchmarks.shared.limits import Rest, Way
from fusion.errors import FusionError, NoFace, PairRefused, PhotoRejected
from fusion.faces import FaceFinder
from fusion.settings import Settings
from fusion.types import EngineName, Size
from fusion.units import GIB, MIB
from fusion.worker import Trial, measure, measured_run

BUDGETS_GIB = (0.65, 0.8, 1.0, 1.25, 1.6, 2.1, 2.7, 3.5)
# Share of the face, the target's side, how far the source is enlarged: from selfies to group photos.
PAIRS = (
    (0.45, 1600, 4.0), (0.2, 3400, 4.0), (0.3, 2400, 4.0), (0.45, 3400, 6.0), (0.15, 1600, 1.0), (0.35, 1200, 2.5),
    (0.2, 2400, 1.0), (0.45, 800, 1.0), (0.25, 3800, 5.0), (0.35, 3400, 6.0), (0.15, 3800, 4.0), (0.3, 1000, 1.5),
    (0.4, 2800, 5.0),
)  # fmt: skip
SAMPLE, NAMED = "sample", "portraits"
MODULES = {SAMPLE: measured_run, NAMED: portrait_trial}
RIGHT_BAR, RUNS_BAR = 0.95, 200
_COUNTED = ("cases", "right", "runs", "failed", "none", "larger", "larger_ran", "unsure", "unsure_ran")
MEMORY_MEDIAN, MEMORY_WORST, COVERED, SECONDS_MEDIAN = 0.02, 0.10, 0.99, 0.10


@dataclass(frozen=True, slots=True)
class Bench:
    """`runs`: of each trial, in one process, the first cold. `photos`: `SAMPLE` or `NAMED`. `quiet`: nothing runs
    beside it, so that seconds are worth comparing.
    """

    way: Way
    rest: Rest
    ways: Ways
    coefficients: Coefficients
    runs: int
    timeout_s: float
    photos: str
    quiet: bool


def run(
    budgets_gib: Sequence[float],
    pairs: Sequence[int],
    runs: int,
    timeout_s: float,
    folder: Path | None = None,
    *,
    quiet: bool = False,
) -> bool:
    """Pairs with all budgets; whether the bars were met.

    Args:
        pairs: which of them, from 0.
        folder: of photos; None: the sample pair.
    """
    with Reader(Path()) as reader:
        snapshot = reader.read()
    whole = place_of(snapshot, torch_cuda=False)
    known, kind = calibrate.learnt(Kind.CPU), NAMED if folder else SAMPLE
    bench = Bench(limits.find(), limits.rest(), ways(whole, snapshot), known, runs, timeout_s, kind, quiet)
    print(f"{bench.way}; at rest {bench.rest.resident_bytes // MIB} MiB, {bench.rest.shared_bytes // MIB} of it files")
    lines: list[dict[str, Any]] = []
    for number, about, names in _named(folder) if folder else _samples():
        if number not in pairs:
            continue
        if names:
            portrait_trial.name(names)
        target, source = MODULES[kind].photos(about)
        with FaceFinder() as finder:
            pair = given_in(target, [source], Settings(), finder).pair
        for gib in budgets_gib:
            place = replace(place_of(snapshot, torch_cuda=False, free_bytes=round(gib * GIB)), reserve_bytes=0)
            lines.append(_case(bench, about, pair, place, f"pair {number}, {gib:g} GiB"))
    return sum_up(lines)


def _samples() -> Iterator[tuple[int, Trial, tuple[Path, ...]]]:
    for number, (face, target_side, source_scale) in enumerate(PAIRS):
        about = Trial(EngineName.LANDMARK, Size(512, 512), face=face, target_side=target_side)
        yield number, replace(about, source_scale=source_scale), ()


def _named(folder: Path) -> Iterator[tuple[int, Trial, tuple[Path, ...]]]:
    """Three photos in three sizes."""
    for number, (names, target_side, source_scale) in enumerate(portraits.unseen(folder)):
        about = Trial(EngineName.LANDMARK, Size(512, 512), face=0.0, target_side=target_side)
        yield number, replace(about, source_scale=source_scale), names


def _case(bench: Bench, about: Trial, pair: Pair, place: Place, name: str) -> dict[str, Any]:
    """One pair with one budget, written down: the line."""
    settings = Settings(ratio=1.0)
    advice = recommend(pair, Intent.AUTO, settings, frozenset(), place, bench.ways, bench.coefficients)
    limit = limits.limit_for(place.free_bytes, bench.way, bench.rest)
    chosen = None if advice.chosen is None else _outcome(bench, about, advice.chosen, limit)
    once = replace(bench, runs=1)
    others = [_outcome(once, about, option, limit) for option in not_advised(advice)]
    ran, more = chosen is not None and "failed" not in chosen, [other for other in others if "failed" not in other]
    counts = Counter(cases=1, failed=int(chosen is not None and not ran), none=int(chosen is None))
    counts.update(runs=bench.runs if ran else int(chosen is not None))
    for called, verdict in (("larger", Verdict.TOO_BIG), ("unsure", Verdict.MAY_FIT)):
        counts[called] = sum(other["verdict"] == verdict for other in others)
        counts[f"{called}_ran"] = sum(other["verdict"] == verdict for other in more)
    counts.update(right=int((ran or chosen is None) and not counts["larger_ran"]))
    facts: dict[str, Any] = {
        "part": "oracle",
        "device": place.name,
        "photos": {
            "of": bench.photos,
            "face": about.face,
            "target_side": about.target_side,
            "source_scale": about.source_scale,
        },
        "budget_bytes": place.free_bytes,
        "limit_bytes": limit,
        "way": bench.way,
        "quiet": bench.quiet,
        "engines": list(bench.ways.engines),
        "chosen": chosen,
        "not_advised": others,
        "counts": dict(counts),
    }
    common.record("advisor", facts)
    words = "nothing fits" if chosen is None else _words(chosen)
    print(f"{name}: {words}; larger: {', '.join(map(_words, others)) or 'none useful'}", flush=True)
    return facts


def not_advised(advice: Advice) -> Iterator[Option]:
    """What is useful and was not recommended for want of memory: of the next larger size the option that needs the
    least, and likewise of a better engine. Where nothing fits, the option of all that needs the least. Where it said
    that this one may fit, the next one that is called too large besides.
    """
    chosen = advice.chosen
    if chosen is None:
        yield from _as_far_as_sure(sorted(advice.options, key=_bound))
        return
    useful = [option for option in advice.options if option.is_useful]
    mine = [o for o in useful if o.workload.engine == chosen.workload.engine and o.size.pixels > chosen.size.pixels]
    yield from _as_far_as_sure(sorted(mine, key=lambda option: (option.size.pixels, _bound(option))))
    if chosen.workload.engine == EngineName.LANDMARK:
        better = [option for option in useful if option.workload.engine == EngineName.UNET]
        yield from _as_far_as_sure(sorted(better, key=_bound))


def _as_far_as_sure(options: Sequence[Option]) -> Iterator[Option]:
    """The first of them and, where that may fit, the first that is called too large."""
    yield from options[:1]
    if options and options[0].verdict == Verdict.MAY_FIT:
        yield from [option for option in options if option.verdict == Verdict.TOO_BIG][:1]


def _bound(option: Option) -> int:
    return option.forecast.peak_high_bytes


def _outcome(bench: Bench, about: Trial, option: Option, limit_bytes: int) -> dict[str, Any]:
    """What became of an option under the limit."""
    settings = option.settings
    trial = replace(
        about,
        runs=bench.runs,
        engine=settings.engine,
        output=option.size,
        two_stage=settings.two_stage,
        precision=settings.precision,
    )
    facts: dict[str, Any] = {
        "engine": settings.engine,
        "output": list(asdict(option.size).values()),
        "two_stage": settings.two_stage,
        "verdict": option.verdict,
        "peak_bytes": option.forecast.peak_bytes,
        "once_loaded_bytes": predict(option.workload, bench.coefficients.once_loaded).peak_bytes,
        "workload": option.workload.to_json(),
        "peak_high_bytes": option.forecast.peak_high_bytes,
        "told_seconds": option.forecast.seconds,
        "load_seconds": option.forecast.load_seconds,
    }
    try:
        with limits.limited(limit_bytes, bench.way) as prefix:
            found = measure(trial, bench.timeout_s, prefix=prefix, module=MODULES[bench.photos].__name__)
    except (PairRefused, NoFace, PhotoRejected):  # says nothing of memory
        raise
    except FusionError as error:
        return {**facts, "failed": error.message}
    rows = {"measured_bytes": [run.peak_bytes for run in found], "seconds": [run.seconds for run in found]}
    return {**facts, **rows, "rest_bytes": [run.rest_bytes for run in found], "cold": [run.is_cold for run in found]}


def _words(facts: dict[str, Any]) -> str:
    size = "×".join(map(str, facts["output"]))
    stages = " in two stages" if facts["two_stage"] == "on" else ""
    what = f"{facts['engine']} {size}{stages}, bound {facts['peak_high_bytes'] / GIB:.2f} GiB"
    if "failed" in facts:
        return f"{what}: failed ({facts['failed'][:80]})"
    return f"{what}: ran, {max(facts['measured_bytes']) / GIB:.2f} GiB"


def since(moment: str) -> list[dict[str, Any]]:
    """The lines of all runs of the script from a moment on, as results/advisor.jsonl has it (ISO 8601)."""
    return [
        line for line in results.lines("advisor", common.RESULTS) if line["part"] == "oracle" and line["run"] >= moment
    ]


def _others(line: dict[str, Any]) -> Sequence[dict[str, Any]]:
    """What was not advised, by whatever name a line has it."""
    found: Sequence[dict[str, Any]] = line.get("not_advised", line.get("too_large", ()))
    return found


def _errors(option: dict[str, Any]) -> Iterator[float]:
    """Of each run: one that loaded networks against the forecast of all, others against that of a worker with them."""
    measured = option.get("measured_bytes", ())
    for peak, is_cold in zip(measured, option.get("cold", [True] * len(measured)), strict=True):
        told = option["peak_bytes"] if is_cold else option["once_loaded_bytes"]
        yield abs(told / peak - 1)


def _late(option: dict[str, Any]) -> Iterator[float]:
    """Likewise of seconds, with those of loading where networks were loaded."""
    if option.get("told_seconds") is None:
        return
    for spent, is_cold in zip(option.get("seconds", ()), option.get("cold", ()), strict=True):
        yield abs((option["told_seconds"] + is_cold * option["load_seconds"]) / spent - 1)


def sum_up(lines: Sequence[dict[str, Any]]) -> bool:
    """Write down how often the advisor was right in these cases, and how far its forecasts were off in them."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line["counts"])
    right = counts["right"] / counts["cases"] if counts["cases"] else 0.0
    told = [
        option
        for line in lines
        for option in (line["chosen"], *line.get("not_advised", line.get("too_large", ())))
        if option
    ]
    seen = [(option, peak) for option in told for peak in option.get("measured_bytes", ())]
    errors = [error for option in told for error in _errors(option)] or [0.0]
    late = [error for line in lines if line.get("quiet") for error in _late(line["chosen"] or {})]
    covered = sum(peak <= option["peak_high_bytes"] for option, peak in seen) / max(1, len(seen))
    good = right >= RIGHT_BAR and not counts["failed"] and counts["runs"] >= RUNS_BAR
    good = good and median(errors) <= MEMORY_MEDIAN and max(errors) <= MEMORY_WORST and covered >= COVERED
    good = good and (not late or median(late) <= SECONDS_MEDIAN)
    facts = {
        "part": "oracle summary",
        "device": str(Kind.CPU),
        "way": lines[-1]["way"] if lines else "",
        "engines": sorted({engine for line in lines for engine in line["engines"]}),
        "photos": sorted({line["photos"]["of"] for line in lines}),
        "share_right": round(right, 4),
        **{name: counts[name] for name in _COUNTED},
        "peaks": len(seen),
        "memory_median": round(median(errors), 4),
        "memory_worst": round(max(errors), 4),
        "covered": round(covered, 4),
        "timed": len(late),
        "seconds_median": round(median(late), 4) if late else None,
        "good": good,
    }
    common.record("advisor", facts)
    print(
        f"right in {counts['right']} of {counts['cases']} cases ({right:.1%}); what was recommended failed "
        f"{counts['failed']} times in {counts['runs']} runs; what was too large ran {counts['larger_ran']} of "
        f"{counts['larger']} times, what may fit {counts['unsure_ran']} of {counts['unsure']}; memory off by "
        f"{median(errors):.1%} (median), {max(errors):.1%} (worst), {covered:.1%} of {len(seen)} peaks within bounds; "
        + (f"time off by {median(late):.1%} (median of {len(late)})" if late else "time not compared")
        + f" {common.verdict(good)}"
    )
    return good
