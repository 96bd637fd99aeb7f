"""A job's way down the ladder: run, and where memory runs out free what can be freed, step down a rung, run again.

Loads no torch by itself: the pipeline is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fusion.declared import Consent
from fusion.errors import FusionError, OutOfMemory
from fusion.faces import known
from fusion.memory import Fault, Rung, Step, fallback, faults
from fusion.provenance import Leaving
from fusion.settings import Settings
from fusion.types import Stage
from fusion.worker import run_job
from fusion.worker.run_job import Drafted, Photos, Report, Watch

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline

# Rungs that another process shall go down: it meets the same neighbours, and a death costs more than a rung.
_FURTHER = 2
_BEFORE_THE_LADDER = (Stage.READ, Stage.FACES)  # what there is to step down from is not known before the faces are


class Stranded(Exception):
    """This process cannot go on with a job; another one shall run it with these `steps`.

    `error` is why: "out_of_memory" or "device_failed".
    """

    def __init__(self, error: FusionError, steps: tuple[Step, ...]) -> None:
        self.error, self.steps = error, steps
        super().__init__(error.message)


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be made: settings as asked, and where the pictures go (see `fusion.worker.run_job.run`).

    `replace`: whether a file that is there already gives way. `consent` is written into the recipe. `id`: the
    job's. `leaving`: what is done to its picture. `found`: the faces of its photos, as far as another process has
    `told` them (`fusion.faces.known`). `drafted`: shown what is made so far, small.
    """

    photos: Photos
    settings: Settings
    output: Path | None
    before: Path | None = None
    replace: bool = True
    consent: Consent | None = None
    id: str | None = None
    leaving: Leaving | None = None
    found: Mapping[str, Any] = field(default_factory=dict, hash=False)
    drafted: Drafted | None = None


@dataclass(frozen=True, slots=True)
class _Shortage:
    """Memory ran out. Holds nothing of the run: an exception would keep every frame and its tensors."""

    error: OutOfMemory
    of_host: bool


def run(
    pipeline: Pipeline,
    job: Job,
    *,
    watch: Watch = lambda stage, fraction: None,
    steps: tuple[Step, ...] = (),
    told: Callable[[Step], None] = lambda step: None,
    at_most: int | None = None,
    fallen: bool = False,
) -> Report:
    """Fuse and write, as far down the ladder as it takes.

    Args:
        watch: as of `fusion.worker.run_job.run`; each try begins anew.
        steps: the rungs that other processes have taken.
        told: of each further rung, before the next try; it may free what the caller keeps.
        at_most: how many rungs this process may take; None: all of them.
        fallen: whether the system has ended a process over these steps because memory ran out. That could not be told,
            so it is as if memory ran out here as soon as the faces are found.

    Raises:
        Stranded: another process shall go on.
        OutOfMemory: there is no rung left.
        FusionError: whatever else stops the job.
    """
    first = len(steps)
    known.hear(job.found)
    while True:
        made = _tried(pipeline, job, _running_out(watch) if fallen else watch, steps)
        fallen = False
        if isinstance(made, Report):
            return made
        further = _further(pipeline, job, steps, made)
        if not further:
            raise made.error
        if at_most is not None and len(steps) - first >= at_most:
            raise Stranded(made.error, steps + further)
        steps += further[:1]
        told(steps[-1])
        pipeline.make_room()


def _running_out(watch: Watch) -> Watch:
    """A watch under which memory runs out."""

    def watched(stage: Stage, fraction: float) -> None:
        watch(stage, fraction)
        if stage not in _BEFORE_THE_LADDER:
            raise MemoryError

    return watched


def _tried(pipeline: Pipeline, job: Job, watch: Watch, steps: tuple[Step, ...]) -> Report | _Shortage:
    """One try."""
    at = pipeline.on_cpu() if _on_cpu(steps) else pipeline
    settings = fallback.apply(job.settings, steps)
    try:
        return run_job.run(
            at,
            job.photos,
            settings,
            job.output,
            before=job.before,
            watch=watch,
            steps=fallback.in_force(steps),
            replace=job.replace,
            consent=job.consent,
            id=job.id,
            leaving=job.leaving,
            drafted=job.drafted,
        )
    except Exception as error:
        known = run_job.as_fusion_error(error, at.device_name)
        fault = faults.classify(known)
        if fault == Fault.DEVICE_FAILED:
            raise Stranded(known, steps) from error
        if fault == Fault.OTHER:
            raise
        return _Shortage(OutOfMemory(known.reason, **known.details), faults.is_of_host(known))
    finally:
        if at is not pipeline:
            at.unload()


def _further(pipeline: Pipeline, job: Job, steps: tuple[Step, ...], shortage: _Shortage) -> tuple[Step, ...]:
    """The rungs that are next."""
    settings = fallback.apply(job.settings, steps)
    at = pipeline.on_cpu() if _on_cpu(steps) else pipeline
    footing = at.footing(job.photos.target, job.photos.source, settings, job.photos.others)
    footing = replace(footing, lends=footing.lends or fallback.saving(steps).lends)  # if it came to be loaded or not
    if shortage.of_host:
        # The processor would need more of what there is too little of, and strips save nothing of it.
        footing = replace(footing, on_card=False, strip_rows=0)
    return fallback.steps_down(settings, footing, _FURTHER)


def _on_cpu(steps: tuple[Step, ...]) -> bool:
    return any(step.rung == Rung.CPU for step in steps)
