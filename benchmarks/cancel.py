"""How long a cancelled job goes on: the worker process itself, cancelled at random moments of jobs at 1024 px.

    python -m benchmarks.cancel [--weights FOLDER] [--moments 20] [--seed 1] [--only CASE]

A moment is drawn evenly from the length of a whole job, measured first; the time counts from the word `Cancel` on its
way to the worker until the answer is back. Three cases: each engine on photos that it has not seen, its networks
loaded; and unet in a process that has given everything back, so that most of the job is the loading. Weights are random
(`synthetic_weights`) unless --weights names the model's folder. The last lines are what looking costs: jobs that can be
stopped and jobs that cannot, in turns. Lines go to results/cancel.jsonl.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import synthetic_weights
from benchmarks.shared import common
from benchmarks.shared.common import Timing
from fusion.ops import interrupt
from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Role, Size, Stage, Tier
from fusion.worker import Trial, measured_run, protocol
from fusion.worker.protocol import Beat, Cancel, Done, Event, Failed, Fuse, Moved, Ready, Unload
from fusion.worker.supervisor import ROOT, WORKER_ENVIRONMENT

BAR_S = 1.0  # the slowest answer that is aimed at
BAR_SHARE = 0.02  # of a job, for looking
_WAYS = ("Interruptible", "heeding")  # of `fusion.ops.interrupt`, to look
SCENE = Trial(EngineName.UNET, Size(1024, 1024))  # a face so wide that the enhancer, the longest stage, runs too
CASES = ((EngineName.LANDMARK, False), (EngineName.UNET, False), (EngineName.UNET, True))


class Worker:
    """A worker, and jobs for it that it has not seen.

    Args:
        weights: the model's folder.
        folder: for photos and pictures.
    """

    def __init__(self, weights: Path, folder: Path) -> None:
        self._folder = folder
        self._pair = [np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) for data in measured_run.photos(SCENE)]
        self._jobs = 0
        self.stage: Stage | None = None  # in which it was last
        environment = {**WORKER_ENVIRONMENT, **os.environ, "FUSEWISE_WEIGHTS": str(weights)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fusion.worker"], cwd=ROOT, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.hear(Ready)

    def say(self, request: protocol.Request) -> None:
        """Send a request."""
        assert self.process.stdin is not None
        self.process.stdin.write(protocol.encode(request))
        self.process.stdin.flush()

    def hear(self, *kinds: type[Event]) -> Event:
        """The next event of these kinds."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = protocol.event(line)
            if isinstance(event, Moved):
                self.stage = event.progress.stage
            if isinstance(event, kinds):
                return event
        raise RuntimeError("the worker ended")

    def begin(self, engine: EngineName) -> str:
        """Send a job with photos of its own."""
        self._jobs += 1
        files = [self._new_photo(role, pixels) for role, pixels in zip(Role, self._pair, strict=True)]
        output, before = self._folder / "output.png", self._folder / "before.png"
        settings = Settings(engine=engine, output=Tier.T1024)
        self.say(Fuse(str(self._jobs), files[0], files[1], settings, output, before))
        return str(self._jobs)

    def unload(self) -> None:
        """Have it give everything back."""
        self.say(Unload())
        while True:
            beat = self.hear(Beat)
            if isinstance(beat, Beat) and beat.precision is None:
                return

    def _new_photo(self, role: Role, pixels: np.ndarray) -> Path:
        """The sample with another pixel in its corner: nothing that is remembered of another one is of use for it."""
        changed = pixels.copy()
        changed[0, 0] = (self._jobs % 256, self._jobs // 256, 0)
        path = self._folder / f"{role}.png"
        Image.fromarray(changed).save(path, compress_level=1)
        return path


def latencies(worker: Worker, engine: EngineName, cold: bool, moments: int, chance: random.Random) -> dict[str, Any]:
    """Seconds from `Cancel` to its answer, at random moments of a job."""
    lengths: list[float] = []
    for _ in range(3):
        _before(worker, cold)
        began = time.perf_counter()
        worker.begin(engine)
        worker.hear(Done)
        lengths.append(time.perf_counter() - began)
    length = min(lengths[1:])
    found: list[tuple[float, str]] = []
    while len(found) < moments:
        _before(worker, cold)
        job = worker.begin(engine)
        time.sleep(chance.uniform(0, length))
        asked = time.perf_counter()
        worker.say(Cancel(job))
        if isinstance(worker.hear(Done, Failed), Failed):  # else it was done first
            found.append((round(time.perf_counter() - asked, 3), str(worker.stage)))
    timing = Timing.of([seconds for seconds, _ in found])
    return {"job_s": round(length, 3), **timing.to_json(), "bar_s": BAR_S, "in": found}


def _before(worker: Worker, cold: bool) -> None:
    if cold:
        worker.unload()


def overhead(engine: EngineName, runs: int = 9) -> dict[str, Any]:
    """What being stoppable adds to a job: with and without it in turns, medians."""
    ways: dict[str, Callable[[Callable[[], None]], AbstractContextManager[Any]]]
    found: dict[bool, list[float]] = {True: [], False: []}
    kept = interrupt.Interruptible, interrupt.heeding
    with Pipeline(device="cpu") as pipeline:
        pair = [decode.read(data, role) for data, role in zip(measured_run.photos(SCENE), Role, strict=True)]
        settings = Settings(engine=engine, output=Tier.T1024)
        _seconds(pipeline, pair, settings)  # loads and warms
        try:
            for turn in range(2 * runs):
                looks = turn % 2 == 0
                ways = {"Interruptible": kept[0], "heeding": kept[1]} if looks else dict.fromkeys(_WAYS, _unheeded)
                for name, way in ways.items():
                    setattr(interrupt, name, way)
                found[looks].append(_seconds(pipeline, pair, settings))
        finally:
            interrupt.Interruptible, interrupt.heeding = kept  # type: ignore[misc]
    looking, plain = (median(found[looks]) for looks in (True, False))
    return {"job_s": round(plain, 4), "n": runs, "share": looking / plain - 1, "bar": BAR_SHARE}


def _unheeded(look: Callable[[], None]) -> AbstractContextManager[Any]:
    return nullcontext(look)


def _seconds(pipeline: Pipeline, pair: list[Photo], settings: Settings) -> float:
    pipeline.forget()
    began = time.perf_counter()
    pipeline.run(pair[0], pair[1], settings)
    return time.perf_counter() - began


@contextmanager
def _weights(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="fusewise-") as folder:
        yield synthetic_weights.make(Path(folder))


def main() -> int:
    """Measure, print and record; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--moments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help='a case, such as "unet loaded"')
    asked = parser.parse_args()
    chance, good = random.Random(asked.seed), True
    with _weights(asked.weights) as weights, tempfile.TemporaryDirectory(prefix="fusewise-") as folder:
        os.environ["FUSEWISE_WEIGHTS"] = str(weights)
        worker = Worker(weights, Path(folder))
        for engine, cold in CASES:
            case = f"{engine} {'loading' if cold else 'loaded'}"
            if asked.only not in (None, case):
                continue
            line = latencies(worker, engine, cold, asked.moments, chance)
            print(f"{case:16} job {line['job_s']:.2f} s, cancelled after {line['median_s']:.3f} s,"
                  f" at most {line['max_s']:.3f} s  {common.verdict(line['max_s'] <= BAR_S)}")  # fmt: skip
            common.record("cancel", {"case": case, "device": "cpu", **line})
            good &= line["max_s"] <= BAR_S
        assert worker.process.stdin is not None
        worker.process.stdin.close()
        worker.process.wait()
        for engine in (EngineName.LANDMARK, EngineName.UNET) if asked.only is None else ():
            line = overhead(engine)
            good_one = line["share"] < BAR_SHARE
            print(f"{engine:16} looking is {line['share']:.2%} of a job  {common.verdict(good_one)}")
            common.record("cancel", {"case": f"{engine} looking", "device": "cpu", **line})
            good &= good_one
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
