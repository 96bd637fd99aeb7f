"""The process that tries an engine: `python -m fusion.selftest.child JSON`, with a `Probe`; prints what it `Found`.

For tests, FUSEWISE_PIPELINE=module:Class names another class with the methods of `fusion.pipeline.Pipeline`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fusion.errors import FusionError, Reason
from fusion.memory import HOST, budget
from fusion.photos import samples
from fusion.selftest.probe import STRAY, Found, Probe
from fusion.selftest.reference import Reference
from fusion.settings import Settings
from fusion.types import Precision, Size, Switch
from fusion.worker import FAILED, Stranded, fallback_run, run_job

if TYPE_CHECKING:
    from fusion.pipeline import Pipeline, Result

_SIDE = 512  # px; larger, what threads share out is added up in another order, and bits differ with their number
_CAPPED_SIDE = 1024  # px, of what is made with too little memory
_SHARE = 0.5  # of what that takes
_PIPELINE = "fusion.pipeline:Pipeline"


def main() -> int:
    """Try what the first argument says; the exit code."""
    try:
        found = look(Probe.from_json(json.loads(sys.argv[1])))
    except Exception as error:
        known = run_job.as_fusion_error(error, HOST)
        if known.reason == Reason.INTERNAL:
            raise
        print(json.dumps(known.to_json()), flush=True)
        return FAILED
    print(json.dumps(found.to_json()), flush=True)
    return 0


def look(wish: Probe) -> Found:
    """Make the picture several times, and give everything back after each."""
    pair = samples.sample_pair()
    photos = run_job.Reader(kept_bytes=0).read_pair(*pair)
    settings = Settings(
        engine=wish.engine, output=Size(_SIDE, _SIDE), two_stage=Switch.OFF, precision=Precision.FLOAT32, ratio=1.0
    )
    with _pipeline(wish.device) as pipeline:
        made, held = [], []
        for _ in range(wish.rounds):
            made.append(_seen(pipeline.run(photos.target, photos.source, settings)))
            pipeline.unload()
            held.append(_held(pipeline))
        device = pipeline.device_name
        ladder, failed = _ladder(pipeline, photos, settings)
    pixels, likeness = made[-1]
    if wish.picture:
        np.save(wish.picture, pixels)
    off, share = _difference(pixels, np.load(wish.compare)) if wish.compare else (None, None)
    return Found(
        device=device,
        reference=Reference.of(pixels, pair),
        is_steady=all(np.array_equal(each, pixels) for each, _ in made),
        likeness=likeness,
        off=off,
        off_share=share,
        kept_bytes=held[-1] - held[0],
        ladder=ladder,
        ladder_failed=failed,
    )


def _pipeline(device: str) -> Pipeline:
    module, _, name = os.environ.get("FUSEWISE_PIPELINE", _PIPELINE).partition(":")
    made: Pipeline = getattr(importlib.import_module(module), name)(device=device)
    return made


def _seen(result: Result) -> tuple[np.ndarray, float | None]:
    return result.pixels.copy(), None if result.likeness is None else result.likeness.source


def _held(pipeline: Pipeline) -> int:
    """Bytes that tensors have of the card; without one, the process of the host."""
    allocated, _ = pipeline.held_bytes
    return budget.resident_bytes() if allocated is None else allocated


def _difference(one: np.ndarray, other: np.ndarray) -> tuple[int, float]:
    """Levels that all but `STRAY` of the values differ by at most, and the share of those that differ at all."""
    apart = np.abs(one.astype(np.int16) - other)
    return int(np.quantile(apart, 1 - STRAY, method="higher")), float((apart > 0).mean())


def _ladder(pipeline: Pipeline, photos: run_job.Photos, settings: Settings) -> tuple[tuple[str, ...] | None, str]:
    """The rungs that a picture goes down where a card has too little room for it, and why it came to nothing."""
    allocated, _ = pipeline.held_bytes
    if allocated is None:
        return None, ""
    settings = replace(settings, output=Size(_CAPPED_SIDE, _CAPPED_SIDE))
    with tempfile.TemporaryDirectory(prefix="fusewise-") as folder:
        job = fallback_run.Job(photos, settings, Path(folder) / "output.png")
        steps: tuple[str, ...] = ()
        try:
            whole = run_job.run(pipeline, photos, settings, job.output).measurement.peak_bytes
            pipeline.unload()
            with budget.capped(round(whole * _SHARE)):
                steps = tuple(str(step.rung) for step in fallback_run.run(pipeline, job).steps)
        except Stranded as stranded:
            return steps, stranded.error.reason
        except FusionError as error:
            return steps, error.reason
    return steps, ""


if __name__ == "__main__":
    sys.exit(main())
