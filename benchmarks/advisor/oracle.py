"""Does what is recommended run in just the memory that the advisor was told of, and would more not have?

The machine has measured itself (the `fit` lines of results/calibrate.jsonl). The advisor is told of a budget as free
memory, with nothing left alone (`Place.reserve_bytes` 0), and recommends for a pair. Then the trial with exactly these
settings and photos runs in a control group in which it cannot hold more. What the advisor called too large is tried
likewise, and has to fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from advisor.cli.recommend import given_in
from advisor.device import Place, Reader, Ways
from advisor.device.capabilities import ways
from advisor.device.compute_target import Kind, place_of
from advisor.forecast import Coefficients
from advisor.recommendation import Advice, Intent, Option, Pair, recommend
from benchmarks import calibrate
from benchmarks.shared import common, limits
from benchmarks.shared.limits import Rest, Way
from fusion.errors import FusionError
from fusion.settings import Settings
from fusion.types import EngineName, Size
from fusion.units import GIB, MIB
from fusion.worker import Trial, measure
from fusion.worker.measured_run import photos

BUDGETS_GIB = (0.65, 0.8, 1.0, 1.25, 1.6, 2.1, 2.7, 3.5)
# Share of the face, the target's side, how far the source is enlarged: from selfies to group photos.
PAIRS = (
    (0.45, 1600, 4.0), (0.2, 3400, 4.0), (0.3, 2400, 4.0), (0.45, 3400, 6.0), (0.15, 1600, 1.0), (0.35, 1200, 2.5),
    (0.2, 2400, 1.0), (0.45, 800, 1.0), (0.25, 3800, 5.0), (0.35, 3400, 6.0), (0.15, 3800, 4.0), (0.3, 1000, 1.5),
    (0.4, 2800, 5.0),
)  # fmt: skip
RIGHT_BAR, RUNS_BAR = 0.95, 100


@dataclass(frozen=True, slots=True)
class Bench:
    """`runs`: of each trial, in one process, the first cold."""

    way: Way
    rest: Rest
    ways: Ways
    coefficients: Coefficients
    runs: int
    timeout_s: float


def run(budgets_gib: Sequence[float], pairs: int, runs: int, timeout_s: float) -> bool:
    """All pairs with all budgets; whether the bars were met."""
    with Reader(Path()) as reader:
        snapshot = reader.read()
    whole = place_of(snapshot, torch_cuda=False)
    bench = Bench(limits.find(), limits.rest(), ways(whole, snapshot), calibrate.learnt(Kind.CPU), runs, timeout_s)
    print(f"{bench.way}; at rest {bench.rest.resident_bytes // MIB} MiB, {bench.rest.shared_bytes // MIB} of it files")
    counts: Counter[str] = Counter()
    for number, (face, target_side, source_scale) in enumerate(PAIRS[:pairs]):
        about = Trial(EngineName.LANDMARK, Size(512, 512), face=face, target_side=target_side)
        about = replace(about, source_scale=source_scale, runs=runs)
        target, source = photos(about)
        pair = given_in(target, [source], Settings()).pair
        for gib in budgets_gib:
            place = replace(place_of(snapshot, torch_cuda=False, free_bytes=round(gib * GIB)), reserve_bytes=0)
            counts.update(_case(bench, about, pair, place, f"pair {number + 1}, {gib:g} GiB"))
    return _sum_up(bench, counts)


def _case(bench: Bench, about: Trial, pair: Pair, place: Place, name: str) -> Counter[str]:
    """One pair with one budget, written down."""
    settings = Settings(ratio=1.0)
    advice = recommend(pair, Intent.AUTO, settings, frozenset(), place, bench.ways, bench.coefficients)
    limit = limits.limit_for(place.free_bytes, bench.way, bench.rest)
    chosen = None if advice.chosen is None else _outcome(bench, about, advice.chosen, limit)
    others = [_outcome(bench, about, option, limit) for option in too_large(advice)]
    ran, more = chosen is not None and "failed" not in chosen, [other for other in others if "failed" not in other]
    counts = Counter(cases=1, failed=int(chosen is not None and not ran), none=int(chosen is None))
    counts.update(runs=bench.runs if ran else int(chosen is not None), larger=len(others), larger_ran=len(more))
    counts.update(right=int((ran or chosen is None) and not more))
    facts: dict[str, Any] = {
        "part": "oracle",
        "device": place.name,
        "photos": {"face": about.face, "target_side": about.target_side, "source_scale": about.source_scale},
        "budget_bytes": place.free_bytes,
        "limit_bytes": limit,
        "way": bench.way,
        "chosen": chosen,
        "too_large": others,
        "counts": dict(counts),
    }
    common.record("advisor", facts)
    words = "nothing fits" if chosen is None else _words(chosen)
    print(f"{name}: {words}; larger: {', '.join(map(_words, others)) or 'none useful'}", flush=True)
    return counts


def too_large(advice: Advice) -> Iterator[Option]:
    """What is useful and was not recommended for want of memory: of the next larger size the option that needs the
    least, and likewise of a better engine. Where nothing fits, the option of all that needs the least.
    """
    chosen = advice.chosen
    if chosen is None:
        yield min(advice.options, key=_bound)
        return
    useful = [option for option in advice.options if option.is_useful]
    larger = [o for o in useful if o.workload.engine == chosen.workload.engine and o.size.pixels > chosen.size.pixels]
    if larger:
        least = min(option.size.pixels for option in larger)
        yield min((option for option in larger if option.size.pixels == least), key=_bound)
    if chosen.workload.engine == EngineName.LANDMARK:
        yield from sorted((option for option in useful if option.workload.engine == EngineName.UNET), key=_bound)[:1]


def _bound(option: Option) -> int:
    return option.forecast.peak_high_bytes


def _outcome(bench: Bench, about: Trial, option: Option, limit_bytes: int) -> dict[str, Any]:
    """What became of an option under the limit."""
    settings = option.settings
    trial = replace(
        about,
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
        "peak_high_bytes": option.forecast.peak_high_bytes,
    }
    try:
        with limits.limited(limit_bytes, bench.way) as prefix:
            found = measure(trial, bench.timeout_s, prefix=prefix)
    except FusionError as error:
        return {**facts, "failed": error.message}
    return {**facts, "measured_bytes": [run.peak_bytes for run in found], "seconds": [run.seconds for run in found]}


def _words(facts: dict[str, Any]) -> str:
    size = "×".join(map(str, facts["output"]))
    stages = " in two stages" if facts["two_stage"] == "on" else ""
    what = f"{facts['engine']} {size}{stages}, bound {facts['peak_high_bytes'] / GIB:.2f} GiB"
    if "failed" in facts:
        return f"{what}: failed ({facts['failed'][:80]})"
    return f"{what}: ran, {max(facts['measured_bytes']) / GIB:.2f} GiB"


def _sum_up(bench: Bench, counts: Counter[str]) -> bool:
    right = counts["right"] / counts["cases"] if counts["cases"] else 0.0
    good = right >= RIGHT_BAR and not counts["failed"] and counts["runs"] >= RUNS_BAR
    common.record(
        "advisor",
        {
            "part": "oracle summary",
            "device": str(Kind.CPU),
            "way": bench.way,
            "engines": list(bench.ways.engines),
            "rest": asdict(bench.rest),
            "share_right": round(right, 4),
            **{name: counts[name] for name in ("cases", "right", "runs", "failed", "none", "larger", "larger_ran")},
            "good": good,
        },
    )
    print(
        f"right in {counts['right']} of {counts['cases']} cases ({right:.1%}); what was recommended failed "
        f"{counts['failed']} times in {counts['runs']} runs; what was too large ran {counts['larger_ran']} times of "
        f"{counts['larger']} {common.verdict(good)}"
    )
    return good
