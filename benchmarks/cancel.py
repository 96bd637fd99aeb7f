"""How long a cancelled job goes on: the worker process itself, cancelled at random moments of jobs at 1024 px.

    python -m benchmarks.cancel [--weights FOLDER] [--moments 20] [--seed 1] [--only CASE]

A moment is drawn evenly from the length of a whole job, measured first; the time counts from the word `Cancel` on its
way to the worker until the answer is back. Three cases: each engine on photos that it has not seen, its networks
loaded; and unet in a process that has given everything back, so that most of the job is the loading. Weights are random
(`synthetic_weights`) unless --weights names the model's folder. The last lines are what looking costs: calls of torch
in a job, times what a look adds to one. Lines go to results/cancel.jsonl.
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
import timeit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks import synthetic_weights
from benchmarks.shared import common
from benchmarks.shared.common import Timing
from fusion.ops.interrupt import Interruptible
from fusion.photos import Photo, decode
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Role, Size, Stage, Tier
from fusion.worker import Trial, measured_run, protocol
from fusion.worker.protocol import Beat, Cancel, Done, Event, Failed, Fuse, Moved, Ready, Unload
from fusion.worker.supervisor import ROOT, WORKER_ENVIRONMENT

BAR_S = 1.0  # the slowest answer that is aimed at
BAR_SHARE = 0.01  # of a job, for looking
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


def overhead(engine: EngineName) -> dict[str, Any]:
    """What looking adds to a job: the calls of torch in it, times what one call takes longer."""
    with Pipeline(device="cpu") as pipeline:
        pair = [decode.read(data, role) for data, role in zip(measured_run.photos(SCENE), Role, strict=True)]
        settings = Settings(engine=engine, output=Tier.T1024)
        _seconds(pipeline, pair, settings)  # loads and warms
        calls = _calls(pipeline, pair, settings)
        seconds = min(_seconds(pipeline, pair, settings) for _ in range(5))
    number = torch.zeros(1)
    plain = min(timeit.repeat(number.neg, number=100_000, repeat=5)) / 100_000
    with Interruptible(lambda: None):
        looking = min(timeit.repeat(number.neg, number=100_000, repeat=5)) / 100_000
    share = calls * (looking - plain) / seconds
    return {"job_s": round(seconds, 3), "calls": calls, "look_s": looking - plain, "share": share, "bar": BAR_SHARE}


def _calls(pipeline: Pipeline, pair: list[Photo], settings: Settings) -> int:
    """Calls of torch in a job."""
    from torch.overrides import TorchFunctionMode

    count = 0

    class Counting(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal count
            count += 1
            return func(*args, **(kwargs or {}))

    pipeline.forget()
    with Counting():
        pipeline.run(pair[0], pair[1], replace(settings))
    return count


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
            print(f"{engine:16} {line['calls']} looks of {line['look_s'] * 1e6:.2f} µs are {line['share']:.2%} of a job"
                  f"  {common.verdict(line['share'] < BAR_SHARE)}")  # fmt: skip
            common.record("cancel", {"case": f"{engine} looking", "device": "cpu", **line})
            good &= line["share"] < BAR_SHARE
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
