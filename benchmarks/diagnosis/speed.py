"""Seconds to measure and judge a result of as many pixels as 2048 × 2048, decoded, the faces of its photos known."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from advisor.diagnosis import diagnose
from advisor.quality import Run, examine
from benchmarks.diagnosis.pairs import CleanPair
from benchmarks.shared.common import Timing
from fusion.faces import FaceFinder
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Fit, Mode, Tier

LIMIT_S = 0.7  # the bar
SETTINGS = Settings(engine=EngineName.LANDMARK, output=Tier.T2048, mode=Mode.NORMAL)
FITS = (Fit.KEEP, Fit.CROP)  # a crop's place in the target must be looked for


def measure(pairs: Sequence[CleanPair], pipeline: Pipeline, finder: FaceFinder, runs: int) -> list[dict[str, Any]]:
    """For each pair: our own job's result, and the same as another tool's would be given."""
    lines = []
    for pair, fit in itertools.product(pairs, FITS):
        result = pipeline.run(pair.target.photo, pair.source.photo, replace(SETTINGS, fit=fit))
        for known in (True, False):
            timing = Timing.of([_once(pair, result, finder, known=known) for _ in range(runs + 1)][1:])
            line = {
                "pair": pair.name,
                "fit": str(fit),
                "known": known,
                "output": [result.size.width, result.size.height],
            }
            lines.append({**line, **timing.to_json(), "passed": timing.median <= LIMIT_S})
    return lines


def _once(pair: CleanPair, result: Result, finder: FaceFinder, *, known: bool) -> float:
    pixels = np.ascontiguousarray(result.pixels)
    run = Run(result.settings, EngineName.LANDMARK, result.settings) if known else None
    begin = time.perf_counter()
    examined = examine(
        pair.target.photo.pixels, pair.source.photo.pixels, pixels, finder,
        target_face=pair.target.face, source_face=pair.source.face,
        before=result.before if known else None, region=result.region if known else None,
    )  # fmt: skip
    diagnose(examined.measures, run)
    return time.perf_counter() - begin
