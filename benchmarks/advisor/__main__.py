"""The advisor's bars: how far its forecasts are off, whether what it recommends runs, and how fast it is.

    python -m benchmarks.advisor --errors    shipped forecasts against the `test` lines of results/calibrate.jsonl
    python -m benchmarks.advisor --oracle    what is recommended, run with just so much memory (Linux, processor)
    python -m benchmarks.advisor --speed     seconds of a recommendation
    python -m benchmarks.advisor --sum DATE  what all runs of --oracle since then come to

With --weights FOLDER, or --make-weights, --oracle has the unet engine too. Lines go to results/advisor.jsonl.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from advisor.device import Reader
from advisor.device.capabilities import torch_has_cuda, ways
from advisor.device.compute_target import Kind, place_of
from advisor.forecast import accuracy, shipped
from advisor.recommendation import Advice, Intent, Pair, recommend
from advisor.recommendation.face_look import look
from benchmarks import calibrate
from benchmarks.advisor import oracle
from benchmarks.shared import common
from benchmarks.shared.common import Timing
from benchmarks.shared.weights import weights
from fusion.faces import Face, FaceFinder, largest
from fusion.faces.geometry import face_width
from fusion.photos import Photo, decode, samples
from fusion.settings import Settings
from fusion.sizing import Measurement, Subject
from fusion.types import EngineName, Role, Size
from fusion.worker import Trial
from fusion.worker.measured_run import photos

MEMORY_MEDIAN, MEMORY_WORST, COVERED, SECONDS_MEDIAN = 0.04, 0.10, 0.99, 0.15
RECOMMEND_S, FROM_PHOTOS_S = 0.002, 0.3
LARGE = Trial(EngineName.LANDMARK, Size(512, 512), face=0.25, target_side=3400, source_scale=4.0)


def errors() -> bool:
    """Forecasts against jobs that were in no fit, by device and engine; whether the bars were met."""
    good = True
    for kind in Kind:
        memory, seconds = ([row for _, row in lines] for lines in calibrate.told(kind, calibrate.TEST))
        for device in sorted({row.device for row in memory}):
            own, timed = ([row for row in rows if row.device == device] for rows in (memory, seconds))
            for engine in (EngineName.LANDMARK, EngineName.UNET, None):
                good &= _tell(device, engine, *(_of(engine, rows) for rows in (own, timed)))
            _tell_worst(own)
    return good


def _of(engine: EngineName | None, rows: Sequence[Measurement]) -> list[Measurement]:
    return [row for row in rows if engine in (None, row.workload.engine)]


def _tell(
    device: str, engine: EngineName | None, memory: Sequence[Measurement], seconds: Sequence[Measurement]
) -> bool:
    """Of the memory that was measured and of the seconds, which may be of other jobs; nothing without the former."""
    if not memory:
        return True
    known = shipped(Kind.CPU if device == Kind.CPU else Kind.CUDA)
    timed = accuracy(seconds, known)
    found = replace(accuracy(memory, known), warm=timed.warm, seconds_median=timed.seconds_median)
    bars = (
        (found.memory_median or 0) <= MEMORY_MEDIAN,
        (found.memory_worst or 0) <= MEMORY_WORST,
        (found.covered or 0) >= COVERED,
        (found.seconds_median or 0) <= SECONDS_MEDIAN,
    )
    good = all(bars)
    facts = {"part": "errors", "device": device, "engine": engine or "all", **found.to_json(), "good": good}
    common.record("advisor", facts)
    words = f"memory {found.memory_median:.1%} median, {found.memory_worst:.1%} at worst, {found.covered:.1%} covered"
    late = "not forecast" if found.seconds_median is None else f"{found.seconds_median:.1%} median"
    counts = f"n = {found.jobs}, of which {found.warm} warm"
    print(f"{device}, {engine or 'all'}: {words}; time {late} ({counts}) {common.verdict(good)}")
    return good


def _tell_worst(rows: Sequence[Measurement]) -> None:
    """The five largest errors of memory, on the terminal alone."""
    coefficients = shipped(Kind.CPU if rows[0].device == Kind.CPU else Kind.CUDA)
    found = [(accuracy([row], coefficients).memory_worst, row.workload) for row in rows]
    for error, work in sorted(((e, w) for e, w in found if e is not None), key=lambda each: -each[0])[:5]:
        stages = "two stages" if work.two_stage else "one stage"
        print(f"    {error:.1%}: {work.engine} {work.output}, face {work.face_px} px, {stages}")


def speed() -> bool:
    """Seconds of a recommendation, and from two decoded photos to one: finding the faces, looking at them, reading the
    machine. The pages find faces as photos arrive, and remember them.
    """
    good = True
    pairs = {"sample": samples.sample_pair(), "large": photos(LARGE)}
    with Reader(Path()) as reader, FaceFinder() as finder:
        for name, data in pairs.items():
            shown = [decode.read(each, role) for each, role in zip(data, Role, strict=True)]
            good &= _tell_speed(name, _timings(shown, finder, reader), [str(each.size) for each in shown])
    return good


def _timings(shown: Sequence[Photo], finder: FaceFinder, reader: Reader) -> dict[str, Timing]:
    def find() -> list[Face]:
        return [largest(finder.find(each.pixels).faces) for each in shown]

    faces = find()
    return {
        "recommend": Timing.of(_recommending(_pair(shown, faces), reader)),
        "from_faces": Timing.of(_timed(lambda: _advise(_pair(shown, faces), reader), 50)),
        "from_photos": Timing.of(_timed(lambda: _advise(_pair(shown, find()), reader))),
    }


def _recommending(pair: Pair, reader: Reader) -> list[float]:
    """Seconds of `recommend` alone."""
    snapshot = reader.read()
    place = place_of(snapshot, torch_cuda=torch_has_cuda())
    wanted = (place, ways(place, snapshot), shipped(place.kind))
    return _timed(lambda: recommend(pair, Intent.AUTO, Settings(), frozenset(), *wanted), 1000)


def _advise(pair: Pair, reader: Reader) -> Advice:
    """As the page does: with the machine as it is now."""
    snapshot = reader.read()
    place = place_of(snapshot, torch_cuda=torch_has_cuda())
    return recommend(pair, Intent.AUTO, Settings(), frozenset(), place, ways(place, snapshot), shipped(place.kind))


def _timed(work: Callable[[], object], times: int = 20) -> list[float]:
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def _pair(shown: Sequence[Photo], faces: Sequence[Face]) -> Pair:
    target, source = (look(each.pixels, face, 1_000_000) for each, face in zip(shown, faces, strict=True))
    target_px, source_px = (face_width(face.landmarks) for face in faces)
    return Pair(Subject(shown[0].size, faces[0].box, target_px, source_px, shown[1].size), target, source)


def _tell_speed(name: str, timings: dict[str, Timing], sizes: list[str]) -> bool:
    good = timings["recommend"].median <= RECOMMEND_S and timings["from_photos"].median <= FROM_PHOTOS_S
    facts = {part: timing.to_json() for part, timing in timings.items()}
    common.record("advisor", {"part": "speed", "device": "cpu", "photos": name, "sizes": sizes, **facts, "good": good})
    words = ", ".join(f"{part} {timing.median * 1000:.1f} ms" for part, timing in timings.items())
    print(f"{name} ({' and '.join(sizes)}): {words} {common.verdict(good)}")
    return good


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--oracle", action="store_true")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--weights", type=Path, help="the unet model's folder")
    parser.add_argument("--make-weights", action="store_true", help="random weights for the unet engine, made for now")
    parser.add_argument("--budgets", type=float, nargs="+", default=list(oracle.BUDGETS_GIB), metavar="GIB")
    parser.add_argument("--pairs", type=int, nargs="+", default=list(range(len(oracle.PAIRS))), help="which, from 0")
    parser.add_argument("--photos", type=Path, help="--oracle: a folder of photos that were in no fit, of which 4 do")
    parser.add_argument("--quiet", action="store_true", help="--oracle: nothing runs beside it, so that seconds tell")
    parser.add_argument("--sum", metavar="MOMENT", help="sum up the cases of --oracle since a moment (ISO 8601)")
    parser.add_argument("--runs", type=int, default=2, help="in each process of --oracle, the first cold (2)")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds after which a process is given up (300)")
    return parser.parse_args()


def main() -> int:
    """Run the command line; 1 where a bar was missed."""
    given = _arguments()
    good = True
    if given.errors:
        good &= errors()
    if given.speed:
        good &= speed()
    if given.oracle:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        with weights(given.weights, make=given.make_weights) as folder:
            if folder is not None:
                os.environ[calibrate.WEIGHTS] = str(folder)
            good &= oracle.run(given.budgets, given.pairs, given.runs, given.timeout, given.photos, quiet=given.quiet)
    if given.sum:
        good &= oracle.sum_up(oracle.since(given.sum))
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
