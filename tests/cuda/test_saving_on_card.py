"""A job saves memory on a card as it was foretold, and stays below what was told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from advisor.device import compute_target
from advisor.device.reader import Platform
from advisor.forecast import as_done, predict, shipped
from benchmarks.shared.emulated_card import Card
from fusion.engines import Engines
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Precision, Size, Switch
from fusion.units import GIB
from fusion.weights.locate import files_in
from tests.support.fixtures.emulated import needs_card

# Files of 1.7 GB are made, unless another test has done so, and read.
pytestmark = [needs_card, pytest.mark.timeout(400)]

PLAIN, ENHANCED = Size(1024, 1024), Size(1408, 1408)  # of the face there is less than the enhancer is for, and more


@pytest.mark.parametrize(
    ("gib", "precision", "output"),
    [
        (2.0, Precision.BFLOAT16, PLAIN),
        (1.5, Precision.BFLOAT16, ENHANCED),
        (2.0, Precision.FLOAT32, ENHANCED),
        (3.0, Precision.BFLOAT16, ENHANCED),
        (3.0, Precision.FLOAT32, ENHANCED),
    ],
)
def test_a_job_does_what_was_advised_and_needs_no_more(
    model_folder: Path, target: Photo, source: Photo, gib: float, precision: Precision, output: Size
) -> None:
    known, place = shipped(compute_target.Kind.CUDA), compute_target.supposed(round(gib * GIB), Platform.LINUX)
    context = known.rest_bytes  # which CUDA takes for itself, and is not played here
    engines = Engines(torch.device("cuda"), lambda: files_in(model_folder))
    asked = Settings(engine=EngineName.UNET, output=output, precision=precision, two_stage=Switch.OFF)
    with Card(place.total_bytes - context) as card, Pipeline(device="cuda", engines=engines) as pipeline:
        done = pipeline.run(target, source, asked).measurement.workload
        peak = card.memory.peak_reserved + context
    told = as_done(replace(done, strip_rows=0, lends=False), place, known)
    assert (done.strip_rows, done.lends) == (told.strip_rows, told.lends)
    assert peak <= predict(told, known).peak_high_bytes
