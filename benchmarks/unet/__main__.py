"""The model's own code and our engine on the same weights, photos and points, in turn: seconds, memory, loading.

    python -m benchmarks.unet                      the table; --help says what can be left out
    python -m benchmarks.unet --parity             how far the two pictures are apart
    python -m benchmarks.unet --precision-error    how far half precision is from float32
    python -m benchmarks.unet --candidates         other ways to compute on a processor, each beside what is without it
    python -m benchmarks.unet --landmark           seconds of the landmark engine on the same pictures
    python -m benchmarks.unet --enhancer-rule [PHOTO ...]    what a face loses in the generator's crop, by its width
    python -m benchmarks.unet --make-faces         write unet_faces.json again

Weights are random (`synthetic_weights`) unless --weights names the model's folder: neither speed nor memory depends on
their values. Photos are painted and the faces in them known, so that torch, OpenCV and modelscope suffice. Finding
faces is in neither side's time; nor are decoding and encoding. Lines go to results/unet.jsonl.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from benchmarks.shared import common
from benchmarks.shared.common import Timing
from benchmarks.stock import Stock
from benchmarks.unet import candidates, checks, fresh, scenes
from benchmarks.unet.bench import Bench, Ours, distinct, face_px, run_stock, stages_of
from benchmarks.unet.scenes import Scene
from fusion.pipeline import Result
from fusion.types import EngineName, Precision

SIDES = (1024, 512, 4096, 2048)  # the most telling first
FACES = ("large", "small")
# stock ÷ ours that was aimed at: on two cores of a processor, and on a graphics card
BARS = {
    "1024 large auto": (3.0, 4.0),
    "1024 large float32": (3.0, 2.0),
    "512 large auto": (6.0, 5.0),
    "512 small auto": (6.0, 5.0),
    "4096 large auto": (4.0, 6.0),
    "4096 small auto": (4.0, 6.0),
}


def time_table(bench: Bench, sides: list[int], faces: list[str], wishes: list[Precision]) -> None:
    """Seconds of whole fusions, and of their stages."""
    stock: Stock | None = None
    ours = {wish: Ours(bench, wish) for wish in distinct(wishes, bench.device)}
    for face in faces:
        for side in sides:
            for wish in ours:
                if not bench.wants(f"time {side} {face} {wish}"):
                    continue
                stock = stock or Stock(bench.folder, bench.device)
                _time_case(bench, stock, ours[wish], side, face)
    for each in ours.values():
        each.close()


def _time_case(bench: Bench, stock: Stock, ours: Ours, side: int, face: str) -> None:
    scene = scenes.make(side, face_px(side, face))
    results: dict[str, list[Result]] = {"new": [], "known": []}
    times = _alternate(
        bench,
        {
            "stock": lambda: run_stock(stock, scene),
            "new": lambda: results["new"].append(ours.run(scene.renamed(source_too=True))),
            "known": lambda: results["known"].append(ours.run(scene.renamed(source_too=False))),
        },
    )
    with stock.stages() as stock_stages:
        began = time.perf_counter()
        run_stock(stock, scene)
        stock_stages["rest"] = time.perf_counter() - began - sum(stock_stages.values())
    last = results["new"][-1]
    row = f"{side} {face} {ours.precision}"
    facts: dict[str, Any] = {"part": "time", "side": side, "face": face, "face_px": last.measurement.workload.face_px}
    facts |= {"precision": ours.precision, "computed_in": last.settings.precision}
    facts |= {"stock": times["stock"].to_json(), "fusewise": times["new"].to_json()}
    facts |= {"fusewise_source_known": times["known"].to_json()}
    for name, key in (("stock_over_fusewise", "new"), ("stock_over_fusewise_source_known", "known")):
        facts[name] = round(times["stock"].median / times[key].median, 3)
    facts["stages_s"] = {key: stages_of(some[-bench.runs :]) for key, some in results.items()}
    facts["stock_stages_s"] = {stage: round(seconds, 4) for stage, seconds in stock_stages.items()}
    facts["bar"] = BARS[row][bench.is_card] if row in BARS else None
    good = facts["bar"] and common.verdict(facts["stock_over_fusewise"] >= facts["bar"])
    print(f"{row} ({facts['computed_in']}): stock {times['stock']}, ours {times['new']}, source known {times['known']}")
    print(f"    {facts['stock_over_fusewise']:.2f} times as fast, bar {facts['bar']} {good or ''}")
    print(f"    stages {facts['stages_s']['new']}, of stock {facts['stock_stages_s']}", flush=True)
    bench.record(f"time {row}", facts)


def _alternate(bench: Bench, work: dict[str, Callable[[], object]]) -> dict[str, Timing]:
    """Each timed `runs` times in turn, after runs that do not count."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    warm = 3 if bench.is_card else 1
    for number in range(warm + bench.runs):
        for name, run in work.items():
            bench.wait()
            began = time.perf_counter()
            run()
            bench.wait()
            if number >= warm:
                seconds[name].append(time.perf_counter() - began)
    return {name: Timing.of(each) for name, each in seconds.items()}


def landmark(bench: Bench, sides: list[int]) -> None:
    """Seconds of the landmark engine."""
    scenes.without_mediapipe()
    ours = Ours(bench, Precision.FLOAT32)
    for side in sides:
        if not bench.wants(f"landmark {side}"):
            continue
        scene = scenes.make(side, face_px(side, "large"))
        results: list[Result] = []

        def run(scene: Scene = scene, results: list[Result] = results) -> None:
            results.append(ours.run(scene.renamed(source_too=True), EngineName.LANDMARK))

        timing = _alternate(bench, {"fusewise": run})["fusewise"]
        facts = {"part": "landmark", "side": side, "face_px": results[-1].measurement.workload.face_px}
        facts |= {"fusewise": timing.to_json(), "stages_s": stages_of(results[-bench.runs :])}
        facts["peak_bytes"] = results[-1].measurement.peak_bytes
        print(f"landmark {side}: {timing}, stages {facts['stages_s']}", flush=True)
        bench.record(f"landmark {side}", facts)


@contextmanager
def _weights(given: Path | None) -> Iterator[Path]:
    """The model's folder: the given one, or one made for now."""
    if given:
        yield given
        return
    from benchmarks import synthetic_weights

    with tempfile.TemporaryDirectory(prefix="fusewise-weights-") as folder:
        began = time.perf_counter()
        made = synthetic_weights.make(Path(folder))
        print(f"weights made in {time.perf_counter() - began:.1f} s", flush=True)
        yield made


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="the model's folder; random ones are made when it is not given")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=("cpu", "cuda"))
    parser.add_argument("--runs", type=int, default=5, help="timed runs of each (5)")
    parser.add_argument("--sides", type=int, nargs="+", default=list(SIDES), help="of the target, px")
    parser.add_argument("--faces", nargs="+", default=list(FACES), choices=FACES, help="sizes of the face in it")
    parser.add_argument("--precisions", nargs="+", type=Precision, default=[Precision.AUTO, Precision.FLOAT32])
    parser.add_argument("--no-fresh", action="store_true", help="leave out memory and loading")
    parser.add_argument("--only-fresh", action="store_true", help="memory and loading alone")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no case that may end later")
    parser.add_argument("--resume", action="store_true", help="leave out what the results have for this device")
    parser.add_argument("--parity", action="store_true")
    parser.add_argument("--precision-error", action="store_true")
    parser.add_argument("--candidates", action="store_true")
    parser.add_argument("--landmark", action="store_true")
    parser.add_argument("--enhancer-rule", nargs="*", type=Path, metavar="PHOTO")
    parser.add_argument("--make-faces", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Run the command line."""
    ends = time.monotonic()
    given = _arguments()
    ends += given.seconds
    if given.make_faces:
        scenes.write_faces()
        return
    if given.enhancer_rule is not None:
        from benchmarks.shared import enhancer_rule

        enhancer_rule.measure(given.enhancer_rule)
        return
    with _weights(given.weights) if not given.landmark else tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), torch.device(given.device), given.runs, ends, given.resume)
        if given.landmark:
            landmark(bench, given.sides)
        elif given.candidates:
            candidates.measure(bench)
        elif given.parity:
            checks.parity(bench, given.sides)
        elif given.precision_error:
            checks.precision_error(bench)
        else:
            if not given.only_fresh:
                time_table(bench, given.sides, given.faces, given.precisions)
            if not given.no_fresh:
                fresh.table(bench, given.sides, given.precisions)


if __name__ == "__main__":
    main()
