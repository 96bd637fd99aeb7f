"""Jobs of the unet engine on a card: in every mode, in two stages, in a batch, cancelled, failed, in a worker process.

Its weights are random; where they draw does not depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from advisor import forecast
from advisor.device import compute_target
from benchmarks.shared.emulated_card import NAME
from benchmarks.shared.emulated_jobs import Jobs
from fusion.errors import Cancelled, Reason
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.sizing import Measurement
from fusion.types import EngineName, Mode, Precision, Stage, Switch, Tier
from fusion.weights.locate import files_in
from fusion.worker import run_job
from fusion.worker.protocol import Beat, Cancel, Done, Failed, Fuse, Moved, Unload
from tests.fusion.worker.test_worker import Child
from tests.support.fixtures.emulated import CLOSE, EMULATED, Machine, machine_with, near, needs_card

# Files of 1.7 GB are made, unless another test has done so, and read.
pytestmark = [needs_card, pytest.mark.timeout(400)]

WAITS = 175  # of a job in two stages, whose tiles are each sent and read; in one stage see test_unet_on_card
PLAIN = Settings(engine=EngineName.UNET, output=Tier.T512, precision=Precision.FLOAT32)


@pytest.fixture(scope="module")
def machine(model_folder: Path) -> Iterator[Machine]:
    """Whose networks are loaded on both devices."""
    with machine_with(EMULATED, lambda: files_in(model_folder)) as machine:
        yield machine


def bound(measured: Measurement) -> int:
    """What was foretold to be the most, less what CUDA takes for itself, which is not played here."""
    known = forecast.shipped(compute_target.Kind.CUDA)
    return forecast.predict(measured.workload, known).peak_high_bytes - known.rest_bytes


@pytest.mark.parametrize(
    "settings",
    [
        replace(PLAIN, mode=Mode.BLEND),
        replace(PLAIN, mode=Mode.OVERLAY),
        replace(PLAIN, output=CLOSE, two_stage=Switch.ON),
    ],
    ids=["blend", "overlay", "two stages"],
)
def test_picture_and_preview_are_the_processors_and_the_peak_is_within_the_bound(
    machine: Machine, target: Photo, source: Photo, close: tuple[Photo, Photo], settings: Settings
) -> None:
    pair = close if settings.two_stage == Switch.ON else (target, source)
    other = replace(settings, brightness=0.3, skin_smoothing=1.0)
    made, expected = (each.run(*pair, settings) for each in (machine.on_card, machine.on_host))
    previews = [each.preview(of, other) for each, of in ((machine.on_card, made), (machine.on_host, expected))]
    assert near(made.pixels, expected.pixels) <= 1
    assert near(*previews) <= 2  # brightened and smoothed: a level there is more than one
    assert made.measurement.peak_bytes <= bound(made.measurement)
    assert made.measurement.workload.two_stage == (settings.two_stage == Switch.ON)
    if settings.two_stage == Switch.ON:
        machine.card.ledger.waits.clear()
        machine.on_card.run(*pair, replace(settings, ratio=0.5))
        assert machine.card.waits <= WAITS, dict(machine.card.ledger.waits)


def test_what_is_cancelled_or_fails_leaves_nothing_and_changes_no_other_of_its_batch(
    machine: Machine, sample_pair: tuple[bytes, bytes], tmp_path: Path
) -> None:
    photos = run_job.Reader().read_pair(*sample_pair)
    swapped = replace(photos, target=photos.source, source=photos.target)
    jobs = Jobs(machine.card, machine.on_card, photos, tmp_path)
    mixed = replace(PLAIN, ratio=0.4)

    def batch() -> list[np.ndarray]:
        ends = [jobs.run(PLAIN, pair) for pair in (photos, swapped)]
        assert [ended.why for ended in ends] == ["", ""]
        return [ended.pixels for ended in ends if ended.pixels is not None]

    alone = batch()
    jobs.run(mixed)  # what is remembered of the two, the last of whom are known, is no leak
    jobs.rest()

    def watch(now: Stage, fraction: float) -> None:
        if now == stage:
            raise error  # a class: an error that is kept holds every frame that it came through

    error: type[Exception] = Cancelled
    for stage in (Stage.IDENTITY, Stage.FUSE, Stage.BLEND):
        ended = jobs.run(mixed, watch=watch)
        assert (ended.why, ended.stays) == ("cancelled", 0), stage
    error, stage = ValueError, Stage.FINISH
    with pytest.raises(ValueError, match=r"^$"):
        jobs.run(mixed, watch=watch)
    assert all(map(np.array_equal, alone, batch()))


def test_half_precision_after_float32_stays_within_its_bound(machine: Machine, target: Photo, source: Photo) -> None:
    machine.on_card.run(target, source, PLAIN)
    half = machine.on_card.run(target, source, replace(PLAIN, precision=Precision.BFLOAT16))
    assert half.measurement.workload.precision == Precision.BFLOAT16
    assert half.measurement.peak_bytes <= bound(half.measurement)


def test_a_worker_process_gives_everything_back_after_a_job_a_cancelled_one_a_failed_one_and_in_the_end(
    machine: Machine, target: Photo, source: Photo, sample_files: tuple[Path, Path], model_folder: Path, tmp_path: Path
) -> None:
    child = Child("benchmarks.shared.emulated_worker:Pipeline", FUSEWISE_WEIGHTS=str(model_folder))

    def ask(id: str, ratio: float, before: str = "before.png") -> None:
        files = tmp_path / f"{id}.png", tmp_path / before
        asked = Fuse(id, *sample_files, replace(PLAIN, ratio=ratio), *files, is_try=True)  # or its result is kept
        child.say(asked)

    def end() -> Done | Failed:
        ended = child.hear(Done, Failed)[-1]
        assert isinstance(ended, Done | Failed)
        return ended

    def held() -> tuple[int | None, int | None]:
        beat = child.hear(Beat)[-1]
        assert isinstance(beat, Beat)
        return beat.allocated_bytes, beat.reserved_bytes

    def comes_to(held_before: tuple[int | None, int | None]) -> bool:
        """The first sign of life that is heard after a job may have been given in its midst."""
        return any(held() == held_before for _ in range(10))

    assert child.ready.device == NAME
    start = held()
    ask("well", PLAIN.ratio)
    done = end()
    assert isinstance(done, Done)
    assert done.facts.device == NAME
    assert done.measurement.peak_bytes <= bound(done.measurement)
    picture = np.asarray(Image.open(tmp_path / "well.png"))
    assert near(picture, machine.on_host.run(target, source, PLAIN).pixels) <= 1

    ask("other", 0.4)  # the last two are remembered
    assert isinstance(end(), Done)
    _, rest = held(), held()
    ask("cancelled", 0.6)
    moves = (event for _ in range(10_000) for event in child.hear(Moved) if isinstance(event, Moved))
    assert any(move.progress.stage == Stage.FUSE for move in moves)
    child.say(Cancel("cancelled"))
    cancelled = end()
    assert isinstance(cancelled, Failed)
    assert cancelled.error.reason == Reason.CANCELLED
    assert comes_to(rest)
    ask("failed", 0.6, "no folder/before.png")  # which is found out after the fusion
    failed = end()
    assert isinstance(failed, Failed)
    assert failed.error.reason == Reason.OUTPUT_UNWRITABLE
    assert comes_to(rest)

    ask("next", PLAIN.ratio)
    assert isinstance(end(), Done)
    assert np.array_equal(picture, np.asarray(Image.open(tmp_path / "next.png")))
    child.say(Unload())
    assert start == (0, 0)
    assert comes_to(start)
    assert child.end() == 0
