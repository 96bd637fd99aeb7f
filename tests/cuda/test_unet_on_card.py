"""The unet engine on a card: the processor's picture in float32, and close to it in half precision.

Its weights are random; where they draw does not depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from advisor import forecast
from advisor.device import compute_target
from benchmarks.shared.emulated_card import NAME
from benchmarks.shared.emulated_jobs import Jobs
from fusion.memory import Rung
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.sizing import Measurement
from fusion.types import EngineName, Precision, Size, Tier
from fusion.weights.locate import files_in
from fusion.worker import run_job
from tests.support.fixtures.emulated import EITHER, Machine, apart, emulated, machine_with, near

# Files of 1.7 GB are made, unless another test has done so, and read.
pytestmark = pytest.mark.timeout(400)

PLAIN = Settings(engine=EngineName.UNET, output=Tier.T1024, precision=Precision.FLOAT32)
WAITS = 60  # of one job, whose networks are loaded


@pytest.fixture(scope="module", params=EITHER)
def machine(request: pytest.FixtureRequest, model_folder: Path) -> Iterator[Machine]:
    with machine_with(request.param, lambda: files_in(model_folder)) as machine:
        yield machine


@pytest.fixture(scope="module")
def expected(machine: Machine, target: Photo, source: Photo) -> np.ndarray:
    return machine.on_host.run(target, source, PLAIN).pixels


@pytest.fixture(scope="module")
def made(machine: Machine, target: Photo, source: Photo) -> tuple[np.ndarray, Measurement]:
    """Of a result that part which does not lie on the card."""
    result = machine.on_card.run(target, source, PLAIN)
    return result.pixels, result.measurement


def test_in_float32_the_picture_is_the_processors(
    machine: Machine, expected: np.ndarray, made: tuple[np.ndarray, Measurement]
) -> None:
    pixels, measured = made
    assert measured.workload.precision == Precision.FLOAT32
    assert near(pixels, expected) <= 1
    if machine.emulated:
        worst, share = apart(pixels, expected)
        assert worst <= 1
        assert share < 0.01


@pytest.mark.parametrize("precision", [Precision.BFLOAT16, Precision.FLOAT16])
def test_in_half_precision_it_is_close(
    machine: Machine, target: Photo, source: Photo, expected: np.ndarray, precision: Precision
) -> None:
    if machine.on_card.precision(precision) != precision:
        pytest.skip("a card of before that")
    half = machine.on_card.run(target, source, replace(PLAIN, precision=precision))
    assert half.settings.precision == precision
    assert "precision_raised" not in {notice.code for notice in half.notices}
    off = half.pixels.astype(float) - expected
    assert 10 * np.log10(255**2 / np.mean(off**2)) > 40


@emulated
def test_a_job_waits_for_the_card_no_more_than_it_must(
    machine: Machine, target: Photo, source: Photo, made: tuple[np.ndarray, Measurement]
) -> None:
    machine.on_card.run(target, source, PLAIN)
    machine.card.ledger.waits.clear()
    machine.card.ledger.places.clear()
    machine.card.ledger.trace = True
    machine.on_card.run(target, source, replace(PLAIN, ratio=0.6))
    machine.card.ledger.trace = False
    told = "\n".join(f"{count:4} {place}" for place, count in sorted(machine.card.ledger.places.items()))
    assert machine.card.waits <= WAITS, told


def test_it_stays_below_the_bound_of_its_forecast(made: tuple[np.ndarray, Measurement]) -> None:
    known = forecast.shipped(compute_target.Kind.CUDA)
    measured = made[1]
    context = known.rest_bytes  # is not played here
    assert measured.peak_bytes <= forecast.predict(measured.workload, known).peak_high_bytes - context


@emulated
@pytest.mark.usefixtures("made")  # or the job that is traced would load the networks, too
def test_where_memory_runs_out_in_the_enhancer_it_works_in_strips_and_the_picture_is_the_same(
    machine: Machine, sample_pair: tuple[bytes, bytes], tmp_path: Path
) -> None:
    jobs = Jobs(machine.card, machine.on_card, run_job.Reader().read_pair(*sample_pair), tmp_path)
    jobs.rest()
    enhanced = replace(PLAIN, output=Size(1408, 1408))
    whole, lines = jobs.traced(enhanced)
    own = [number for number, line in enumerate(lines, 1) if "enhancer.py" in line]
    machine.card.fail_at(own[len(own) // 2])
    short = jobs.run(enhanced)
    assert [step.rung for step in short.steps] == [Rung.STRIPS]
    assert [whole.is_well, short.is_well] == [True, True]
    worst, _ = apart(whole.pixels, short.pixels)  # type: ignore[arg-type]
    assert worst <= 1
    assert short.peak <= whole.peak


def test_its_networks_are_given_back(machine: Machine, target: Photo, source: Photo) -> None:
    machine.on_card.run(target, source, PLAIN)
    assert machine.on_card.loaded == Precision.FLOAT32
    machine.on_card.unload()
    assert max(torch.cuda.memory_allocated(), torch.cuda.memory_reserved()) <= machine.stays


@emulated
def test_a_card_without_code_for_it_is_left_and_what_was_made_there_can_be_looked_at(
    machine: Machine,
    target: Photo,
    source: Photo,
    expected: np.ndarray,
    model_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last claim: there is no way back."""
    earlier, looks = machine.on_card.run(target, source, PLAIN), replace(PLAIN, brightness=0.3)
    shown = machine.on_card.preview(earlier, looks)
    machine.on_card.forget()
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(model_folder))
    machine.card.ledger.has_code = False
    left = machine.on_card.run(target, source, PLAIN)
    machine.on_card.make_room()
    assert (earlier.device, left.device) == (NAME, "cpu")
    assert np.array_equal(left.pixels, expected)
    worst, _ = apart(machine.on_card.preview(earlier, looks), shown)
    assert worst <= 2  # the host's filters are OpenCV's, and what random weights draw is noise
    del earlier
    assert machine.card.memory.allocated == 0
