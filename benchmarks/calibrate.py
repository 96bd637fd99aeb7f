"""What fusions cost: the measurements that the shipped coefficients are fitted to, and others to test them with.

    python -m benchmarks.calibrate [--set fit|test] [--weights FOLDER | --make-weights] [--repeat N]

Every point in a fresh process (`fusion.worker.measured_run`): first cold, then warm. The photos are the sample pair,
its target cut to a share of face and enlarged. Sizes and shares of face of the two sets have nothing in common. Lines
go to results/calibrate.jsonl, one a run, with the whole measurement.

With `--photos portraits --folder FOLDER` the `fit` set is of pairs of other photos (`benchmarks.shared.portraits`).

    --busy         other programs run beside it: these lines tell of memory alone
    --resume       leave out points that have lines of this device, set and commit
    --seconds N    begin no point after so long
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from advisor.device.compute_target import Kind
from advisor.forecast import Coefficients, fitted, shipped
from benchmarks.shared import common, portrait_trial, portraits
from benchmarks.shared.lines import RESULTS, lines
from benchmarks.shared.weights import kind_of, weights
from fusion.errors import FusionError, NoFace, PairRefused
from fusion.sizing import Measurement, workload
from fusion.types import EngineName, Precision, Size, Switch
from fusion.units import MIB
from fusion.worker import Trial, measure

NAME = "calibrate"
FIT, TEST = "fit", "test"
SIDES = {FIT: (1024, 2048, 512, 4096, 1536, 3072), TEST: (1280, 640, 2560, 1792, 3584)}
SHARES = {FIT: (0.45, 0.2), TEST: (0.35, 0.15)}
# Photos of other sizes: how far the source is enlarged, the target's side, the output's side.
PHOTOS = {
    FIT: (
        (2.5, 1600, 1024), (2.5, 1600, 2048), (2.5, 1600, 4096), (1.0, 3200, 1024), (1.0, 3200, 4096),
        (4.0, 3600, 512), (4.0, 3600, 2048), (2.5, 2400, 512), (1.0, 800, 512), (4.0, 800, 1024),
    ),
    TEST: ((1.8, 1600, 1280), (1.8, 1600, 3584), (1.0, 2400, 1280), (1.0, 2400, 2560)),
}  # fmt: skip
# From when on the search for faces takes its memory from an arena: before, warm runs took less than a first one.
ARENA = "2026-11-28T18:37"
MOST_SIDE = 3400  # of what is made of portraits
WEIGHTS = "FUSEWISE_WEIGHTS"
SAMPLE, PAINTED, PORTRAITS = "sample", "painted", "portraits"
MODULES = {
    SAMPLE: "fusion.worker.measured_run",
    PAINTED: "benchmarks.shared.painted_trial",
    PORTRAITS: "benchmarks.shared.portrait_trial",
}
# Of portraits: sides of the output in one stage, and in two, px; None is the target's own.
PORTRAIT_SIDES: dict[Switch, tuple[int | None, ...]] = {
    Switch.OFF: (512, 1024, 2048, None),
    Switch.ON: (2048, None),
}


def points(which: str, engines: Sequence[EngineName]) -> list[Trial]:
    """The trials of a set, the most telling first; in two stages where a second one would run."""
    square = [(1.0, 1600, side, share) for side in SIDES[which] for share in SHARES[which]]
    square += [(*other, SHARES[which][0]) for other in PHOTOS[which]]
    made: list[Trial] = []
    for scale, target, side, share in square:
        for engine in engines:
            one = Trial(engine, Size(side, side), Switch.OFF, face=share, target_side=target, source_scale=scale)
            two = replace(one, two_stage=Switch.ON)
            staged = workload(two.subject, two.settings, engine, Precision.FLOAT32).two_stage
            made += (one, two) if staged else (one,)
    return made


def portrait_points(target_side: int, source_scale: float, engines: Sequence[EngineName]) -> list[Trial]:
    """The trials of a pair of portraits: the sizes that are offered for it."""
    return [
        Trial(engine, Size(side or target_side, side or target_side), stages, face=0.0,
              target_side=target_side, source_scale=source_scale)
        for engine in engines
        for stages, sides in PORTRAIT_SIDES.items()
        for side in sides
        if (side or target_side) <= min(target_side * 2, MOST_SIDE)
    ]  # fmt: skip


def run(which: str, trials: Sequence[Trial], given: argparse.Namespace) -> int:
    """Measure, write down, and say how many failed."""
    began, failed = time.monotonic(), 0
    for trial in trials:
        if time.monotonic() - began > given.seconds:
            print(f"{which}: no time for the rest", flush=True)
            break
        head = {
            "set": which,
            "photos": given.photos,
            "trial": trial.to_json(),
            "busy": given.busy,
            "quiet": given.quiet,
        }
        if trial.engine == EngineName.UNET:
            head["weights"] = kind_of(Path(os.environ[WEIGHTS]))
        try:
            found = measure(trial, given.timeout, module=MODULES[given.photos])
        except FusionError as error:
            failed += 1
            print(f"{_name(trial)}: {error.message}", flush=True)
            common.record(NAME, {**head, "failed": error.to_json()})
            continue
        for number, measurement in enumerate(found):
            common.record(NAME, {**head, "number": number, "measurement": measurement.to_json()})
        print(f"{_name(trial)}: {', '.join(map(_words, found))}", flush=True)
    return failed


def missing(which: str, trials: Sequence[Trial], device: str) -> list[Trial]:
    """Those without a line of this device and commit."""
    commit = common.versions()["commit"]
    folders = {common.RESULTS, RESULTS}
    known = [
        line["trial"]
        for line in (line for folder in folders for line in lines(NAME, folder))
        if "measurement" in line
        and (line["set"], line["measurement"]["device"], line["versions"]["commit"]) == (which, device, commit)
    ]
    return [trial for trial in trials if trial.to_json() not in known]


def measurements(which: str, kind: Kind | None = None) -> Iterator[tuple[dict[str, Any], Measurement]]:
    """All lines of a set with their measurement, oldest first; with `kind`, those of such devices."""
    for line in lines(NAME):
        if line["set"] == which and "measurement" in line:
            found = Measurement.from_json(line["measurement"])
            if kind is None or (found.device == Kind.CPU) == (kind == Kind.CPU):
                yield line, found


def told(kind: Kind, which: str = FIT) -> tuple[list[tuple[dict[str, Any], Measurement]], ...]:
    """The lines of a set that tell of memory, and those that tell of seconds, oldest first.

    Of the processor those of workers with one heap, which tell the source's photo apart: before, glibc's heaps kept
    what was freed, such a worker rested higher with each job, and the engines took half as long again. Of lines before
    `ARENA` what they say of reading does not count. Of seconds those of a machine that did nothing else: a load over
    its cores when the script began is another program's. Lines without a load are of a machine that was known to be
    quiet, and some say that theirs was not.
    """
    known = [
        (line, row) for line, row in measurements(which, kind) if row.workload.source_photo_px or not row.is_on_host
    ]
    memory = [
        (line, row if line["date"] >= ARENA else replace(row, reading_bytes=0))
        for line, row in known
        if line["date"] >= ARENA or not row.is_on_host or row.reading_bytes < row.peak_bytes
    ]
    return memory, [(line, row) for line, row in known if _was_calm(line)]


def _was_calm(line: dict[str, Any]) -> bool:
    """A script that began as others had just been stopped says so itself: the load of the minute before was theirs."""
    if line.get("quiet"):
        return True
    return not line.get("busy") and (line["machine"].get("load_1m") or 0) <= line["machine"]["cores"]


def fitted_apart(kind: Kind, prior: Coefficients | None = None) -> Coefficients:
    """What the `fit` set says of such devices: of memory and of seconds, each by the lines that tell of it.

    Raises:
        ValueError: nothing tells of one of them.
    """
    memory, seconds = ([row for _, row in lines] for lines in told(kind))
    timed = fitted(seconds, prior)
    return replace(fitted(memory, prior), seconds=timed.seconds, spread=timed.spread)


def learnt(kind: Kind) -> Coefficients:
    """What a machine knows that has measured the `fit` set itself, over what is shipped."""
    return fitted_apart(kind, shipped(kind))


def _name(trial: Trial) -> str:
    photos = "" if (trial.source_scale, trial.target_side) == (1.0, 1600) else (
        f", source ×{trial.source_scale:g}, target {trial.target_side} px"
    )  # fmt: skip
    return f"{trial.engine} {trial.output.width}, face {trial.face:g}, two-stage {trial.two_stage}{photos}"


def _words(found: Measurement) -> str:
    cold = " with loading" if found.is_cold else ""
    rest, peak = (count / MIB for count in (found.rest_bytes, found.peak_bytes))
    return f"{found.seconds:.2f} s{cold}, {rest:.0f} to {peak:.0f} MiB"


def _is_wanted(trial: Trial, given: argparse.Namespace) -> bool:
    can = given.photos == SAMPLE or trial.source_scale == 1.0
    return can and (given.sides is None or trial.output.width in given.sides)


def _arguments() -> argparse.Namespace:
    import torch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs="+", default=[FIT, TEST], choices=(FIT, TEST), dest="sets")
    parser.add_argument("--weights", type=Path, help="the unet model's folder")
    parser.add_argument("--make-weights", action="store_true", help="random weights for the unet engine, made for now")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=("cpu", "cuda"))
    parser.add_argument("--engines", nargs="+", type=EngineName, metavar="ENGINE", help="only these")
    parser.add_argument("--sides", type=int, nargs="+", help="of the output, px: only these")
    parser.add_argument("--photos", choices=MODULES, default=SAMPLE if find_spec("mediapipe") else PAINTED)
    parser.add_argument("--folder", type=Path, help="of the photos of --photos portraits")
    parser.add_argument("--busy", action="store_true", help="other programs run beside it")
    parser.add_argument("--quiet", action="store_true", help="nothing runs beside it, whatever the load before")
    parser.add_argument("--runs", type=int, default=2, help="in each process, the first cold (2)")
    parser.add_argument("--repeat", type=int, default=1, help="processes of each point (1)")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds after which a process is given up (300)")
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        parser.error("torch sees no graphics card")
    if (given.photos == PORTRAITS) != (given.folder is not None):
        parser.error("--photos portraits and --folder go together")
    return given


def _of_portraits(given: argparse.Namespace, engines: Sequence[EngineName], device: str) -> int:
    """Measure pairs of portraits, a pair for each size; how many failed."""
    failed, pairs = 0, portraits.seen(given.folder)
    for target_side, source_scale in portraits.SEEN:
        trials = [replace(each, runs=given.runs) for each in portrait_points(target_side, source_scale, engines)]
        _name_usable(pairs, trials[0], given.timeout)
        failed += run(FIT, missing(FIT, trials, device) if given.resume else trials, given)
    return failed


def _name_usable(pairs: Iterator[tuple[Path, Path]], trial: Trial, timeout_s: float) -> None:
    """Take the next pair of which a picture can be made.

    Raises:
        ValueError: there is none.
    """
    for names in pairs:
        portrait_trial.name(names)
        try:
            measure(replace(trial, engine=EngineName.LANDMARK, runs=1), timeout_s, module=MODULES[PORTRAITS])
        except (NoFace, PairRefused):
            continue
        return
    raise ValueError("too few pairs of photos make a picture")


def main() -> int:
    """Run the command line."""
    import torch

    given = _arguments()
    if given.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    device = torch.cuda.get_device_name() if given.device == "cuda" else "cpu"
    failed = 0
    with weights(given.weights, make=given.make_weights) as folder:
        if folder is not None:
            os.environ[WEIGHTS] = str(folder)
        others = [each for each in EngineName if each not in (EngineName.AUTO, EngineName.UNET)]
        here = [EngineName.UNET, *others] if folder else others
        engines = [engine for engine in here if engine in (given.engines or here)]
        if given.folder is not None:
            return int(_of_portraits(given, engines, device) > 0)
        for which in given.sets:
            trials = [replace(trial, runs=given.runs) for trial in points(which, engines)]
            trials = [trial for trial in trials if _is_wanted(trial, given)]
            trials = missing(which, trials, device) if given.resume else trials
            for _ in range(given.repeat):
                failed += run(which, trials, given)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
