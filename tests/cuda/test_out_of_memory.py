"""Wherever a card's memory runs out, a job ends with a picture, leaves nothing, and spoils no other.

Of the lines that ask for memory one in 64 is refused here, in two stages one in 256; all of them by
`python -m benchmarks.cuda_sweep`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.shared.emulated_card import Card
from benchmarks.shared.emulated_jobs import Ended, Jobs, on_card_of, process
from fusion.errors import Cancelled
from fusion.memory import Rung
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Stage, Switch, Tier
from fusion.units import MIB
from fusion.worker import run_job
from tests.support.fixtures.emulated import CLOSE, needs_card

pytestmark = [needs_card, pytest.mark.timeout(400)]

ONE = Settings(engine=EngineName.LANDMARK, output=Tier.T1024, two_stage=Switch.OFF)
TWO = replace(ONE, output=CLOSE, two_stage=Switch.ON)


@pytest.fixture(scope="module")
def photos(sample_pair: tuple[bytes, bytes]) -> run_job.Photos:
    return run_job.Reader().read_pair(*sample_pair)


@pytest.fixture(scope="module")
def jobs(photos: run_job.Photos) -> Iterator[Jobs]:
    """In a process that has had a job."""
    with Card() as card, process(card, photos) as jobs:
        jobs.run(ONE)
        jobs.rest()
        yield jobs


@pytest.mark.parametrize("settings", [ONE, TWO], ids=["one stage", "two stages"])
def test_a_refusal_anywhere_costs_a_rung_and_nothing_else(
    jobs: Jobs, photos: run_job.Photos, close: tuple[Photo, Photo], settings: Settings
) -> None:
    pair = replace(photos, target=close[0], source=close[1]) if settings == TWO else photos
    jobs.run(settings, pair)
    jobs.rest()
    alone, lines = jobs.traced(settings, pair)
    assert alone.is_well
    places = [lines.index(line) + 1 for line in dict.fromkeys(lines)]
    assert len(places) > 50
    for number in places[:: 256 if settings == TWO else 64]:
        jobs.card.fail_at(number)
        ended = jobs.run(settings, pair)
        jobs.card.fail_at(0)
        assert ended.is_well, f"{lines[number - 1]}: {ended.said}"
        assert [step.rung for step in ended.steps] in ([Rung.TIER], [Rung.TILE]), lines[number - 1]
    after = jobs.run(settings, pair)
    assert after.is_well
    assert np.array_equal(after.pixels, alone.pixels)  # type: ignore[arg-type]


def test_one_of_a_batch_for_which_memory_runs_out_changes_no_other(jobs: Jobs, photos: run_job.Photos) -> None:
    swapped = replace(photos, target=photos.source, source=photos.target)
    batch = [(photos, ONE), (swapped, ONE), (photos, replace(ONE, ratio=0.4))]
    alone = [jobs.run(settings, pair) for pair, settings in batch]
    ends = []
    for number, (pair, settings) in enumerate(batch):
        jobs.card.fail_at(60 if number == 1 else 0)
        ends.append(jobs.run(settings, pair))
    assert all(ended.is_well for ended in (*alone, *ends))
    assert [bool(ended.steps) for ended in ends] == [False, True, False]
    assert [np.array_equal(*each) for each in zip(_pixels(alone), _pixels(ends), strict=True)] == [True, False, True]


def _pixels(ends: list[Ended]) -> list[np.ndarray]:
    return [ended.pixels for ended in ends if ended.pixels is not None]


def test_a_job_that_is_cancelled_leaves_nothing_on_the_card(jobs: Jobs) -> None:
    def watch(now: Stage, fraction: float) -> None:
        if now == stage:
            raise Cancelled

    for stage in (Stage.FACES, Stage.FUSE, Stage.BLEND, Stage.FINISH, Stage.WRITE):
        ended = jobs.run(replace(ONE, ratio=0.4), watch=watch)
        assert (ended.why, ended.stays) == ("cancelled", 0), stage
    assert jobs.run(ONE).is_well


def test_a_preview_that_finds_no_memory_spoils_neither_the_result_nor_the_next_one(photos: run_job.Photos) -> None:
    other = replace(ONE, brightness=0.3, skin_smoothing=1.0)
    with Card() as card, Pipeline(device="cuda") as pipeline:
        result = pipeline.run(photos.target, photos.source, ONE)
        wanted, held, before = pipeline.preview(result, other), card.memory.allocated, card.memory.count
        pipeline.preview(result, other)
        for number in range(1, card.memory.count - before + 1, 7):
            card.fail_at(number)
            with pytest.raises(torch.OutOfMemoryError):
                pipeline.preview(result, other)
            card.fail_at(0)
            assert card.memory.allocated == held
        assert np.array_equal(pipeline.preview(result, other), wanted)


def test_a_job_that_fails_leaves_nothing_on_the_card(jobs: Jobs) -> None:
    def watch(now: Stage, fraction: float) -> None:
        if now == Stage.FINISH:
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        jobs.run(replace(ONE, ratio=0.4), watch=watch)
    assert jobs.run(ONE).is_well


@pytest.mark.parametrize("size", [20, 60, 80])
def test_on_a_card_of_any_size_a_picture_comes_out(photos: run_job.Photos, size: int) -> None:
    """Sizes in MiB of what torch may have; the job alone needs about 80."""
    ends = on_card_of(size * MIB, photos, ONE)
    assert ends[-1].pixels is not None, [ended.said for ended in ends]
    assert all(ended.peak <= size * MIB for ended in ends)
    assert bool(ends[-1].steps) == (size < 80)


def test_where_not_even_the_least_fits_on_the_card_the_processor_makes_what_was_asked_for(
    photos: run_job.Photos, jobs: Jobs
) -> None:
    end = on_card_of(4 * MIB, photos, ONE)[-1]
    assert [step.rung for step in end.steps] == [Rung.CPU]
    assert end.pixels is not None
    assert end.pixels.shape == (1024, 1024, 3)


def test_a_process_that_closes_leaves_the_card_as_it_found_it(photos: run_job.Photos) -> None:
    with Card() as card:
        with process(card, photos) as jobs:
            assert jobs.run(ONE).pixels is not None
            assert card.memory.peak_reserved > 0
        assert (card.memory.allocated, card.memory.reserved) == (0, 0)
