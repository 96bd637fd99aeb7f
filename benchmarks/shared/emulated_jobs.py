"""Jobs on an emulated card, as a worker runs them: what comes out of each, and what it leaves on the card."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.shared.emulated_card import Card
from fusion.engines import Engines
from fusion.errors import FusionError
from fusion.memory import Step
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.weights.locate import UnetFiles, unet_files
from fusion.worker import Stranded, fallback_run, run_job
from fusion.worker.fallback_run import Job

_STEPS_IN_PROCESS = 1  # as of `fusion.worker.worker`


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """How a job ended.

    Attributes:
        pixels: of the picture; None where there is none.
        steps: down the ladder.
        further: those with which another process shall go on, if that is how it ended.
        why: no picture came out; "" where one did, or may still.
        stays: bytes of tensors on the card, beyond those that were there before, once the picture is forgotten.
        peak: bytes reserved at the peak.
    """

    pixels: np.ndarray | None = None
    steps: tuple[Step, ...] = ()
    further: tuple[Step, ...] = ()
    why: str = ""
    stays: int = 0
    peak: int = 0

    @property
    def is_well(self) -> bool:
        """A picture came out, and nothing is left."""
        return not self.why and not self.stays and self.pixels is not None

    @property
    def said(self) -> str:
        """In words."""
        rungs = [f"{step.rung} {step.before} to {step.after}" for step in self.steps]
        left = [f"{self.stays} bytes stay"] if self.stays else []
        return ", ".join([self.why or "a picture", *rungs, *left])


@dataclass(slots=True, eq=False)
class Jobs:
    """Jobs of the same photos, one after another in one pipeline on a card, which is entered."""

    card: Card
    pipeline: Pipeline
    photos: run_job.Photos
    folder: Path
    _rest: int | None = field(default=None, init=False)
    _count: int = field(default=0, init=False)

    def rest(self) -> None:
        """Take what is on the card now for what may stay there: networks and tables."""
        self.pipeline.make_room()
        self._rest = self.card.memory.requested

    def run(self, settings: Settings, photos: run_job.Photos | None = None, **given: Any) -> Ended:
        """One job.

        Args:
            photos: others than usual.
            given: as to `fusion.worker.fallback_run.run`.
        """
        self._count += 1
        self.card.memory.reset_peaks()
        ended = self._ended(Job(photos or self.photos, settings, self.folder / f"{self._count}.png"), given)
        peak = self.card.memory.peak_reserved
        self.pipeline.make_room()
        stays = 0 if self._rest is None else self.card.memory.requested - self._rest
        return Ended(**{**ended, "stays": stays, "peak": peak})

    def traced(self, settings: Settings, photos: run_job.Photos | None = None) -> tuple[Ended, list[str]]:
        """A job, and for each block that it has asked for the line of the product that did; `photos` as in `run`."""
        self.card.allocations.clear()
        self.card.ledger.trace = True
        ended = self.run(settings, photos)
        self.card.ledger.trace = False
        return ended, list(self.card.allocations)

    def _ended(self, job: Job, given: dict[str, Any]) -> dict[str, Any]:
        """Nothing of an error is kept: it holds every frame that it came through."""
        taken: list[Step] = []
        try:
            report = fallback_run.run(self.pipeline, job, told=taken.append, **given)
        except Stranded as stranded:
            return {"steps": tuple(taken), "further": stranded.steps}
        except FusionError as error:
            return {"steps": tuple(taken), "why": str(error.reason)}
        why = "" if job.output is not None and job.output.exists() else "no file"
        return {"pixels": report.result.pixels, "steps": report.steps, "why": why}


@contextmanager
def process(card: Card, photos: run_job.Photos, files: Callable[[], UnetFiles] = unet_files) -> Iterator[Jobs]:
    """Jobs in a process that has just started. The card is entered; `files`: of the unet model."""
    engines = Engines(torch.device("cuda"), files)
    with tempfile.TemporaryDirectory(prefix="fusewise-") as folder, Pipeline(device="cuda", engines=engines) as made:
        yield Jobs(card, made, photos, Path(folder))


def on_card_of(
    capacity: int, photos: run_job.Photos, settings: Settings, files: Callable[[], UnetFiles] = unet_files
) -> Sequence[Ended]:
    """A job on a card of so many bytes, in one process after another, as long as the ladder asks for another.

    Each meets an empty card. The last is how the job ended.
    """
    ends: list[Ended] = []
    while not ends or ends[-1].further:
        steps = ends[-1].further if ends else ()
        with Card(capacity) as card, process(card, photos, files) as jobs:
            ends.append(jobs.run(settings, steps=steps, at_most=_STEPS_IN_PROCESS))
    return ends
