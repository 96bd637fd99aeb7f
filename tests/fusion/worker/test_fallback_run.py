"""The way down the ladder, with real errors from a stage: what is tried, what is told, what is held meanwhile."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fusion.engines import Engines, Layers, Work
from fusion.engines.base import Step as Enter
from fusion.errors import Cancelled, FusionError, OutOfMemory, Reason
from fusion.memory import Footing, Rung, Saving, Step
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Precision, Stage, Tier
from fusion.worker import Stranded, fallback_run, run_job
from fusion.worker.fallback_run import Job
from tests.fusion.memory.test_faults import LOST, SAID
from tests.support import fake_pipeline as fake
from tests.support.fake_pipeline import FakePipeline

LOWER = Step(Rung.PRECISION, "float32", "bfloat16")
STAGED = Step(Rung.TWO_STAGE, "one", "two")
TO_1024, TO_512 = Step(Rung.TIER, "2048", "1024"), Step(Rung.TIER, "1024", "512")
LARGE = Tier.T2048


@pytest.fixture(scope="module")
def photos(sample_pair: tuple[bytes, bytes]) -> run_job.Photos:
    return run_job.Reader().read_pair(*sample_pair)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.png"


def run(pipeline: Any, asked: Job, **given: Any) -> run_job.Report:
    """A fake one is no `Pipeline` by its type."""
    return fallback_run.run(pipeline, asked, **given)


def job(photos: run_job.Photos, out: Path, ratio: float = fake.QUICK, output: Tier = LARGE) -> Job:
    return Job(photos, Settings(ratio=ratio, output=output), out)


@pytest.mark.parametrize("text", SAID)
def test_whatever_says_that_memory_ran_out_is_answered_by_a_rung(photos: run_job.Photos, out: Path, text: str) -> None:
    assert run(FakePipeline([RuntimeError(text)]), job(photos, out)).steps == (LOWER,)


@pytest.mark.parametrize(
    "error",
    [MemoryError(), torch.OutOfMemoryError("CUDA out of memory."), OutOfMemory(Reason.OUT_OF_MEMORY, device="x")],
)
def test_errors_made_for_it_are_answered_by_a_rung(photos: run_job.Photos, out: Path, error: Exception) -> None:
    assert run(FakePipeline([error]), job(photos, out)).steps == (LOWER,)


@pytest.mark.parametrize("text", LOST)
def test_a_lost_card_strands_the_process_and_the_job_as_it_was(photos: run_job.Photos, out: Path, text: str) -> None:
    with pytest.raises(Stranded) as caught:
        run(FakePipeline([RuntimeError(text)]), job(photos, out), steps=(LOWER,))
    assert caught.value.error.reason == "device_failed"
    assert caught.value.steps == (LOWER,)
    assert not out.exists()


@pytest.mark.parametrize("error", [ValueError("a bug"), RuntimeError("shapes cannot be multiplied"), Cancelled()])
def test_anything_else_is_not_tried_again(photos: run_job.Photos, out: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        run(FakePipeline([error]), job(photos, out))
    assert caught.value is error


@pytest.mark.parametrize(
    ("ratio", "steps"),
    [
        (fake.QUICK, ()),
        (fake.SHORT_BY_1, (LOWER,)),
        (fake.SHORT_BY_2, (LOWER, STAGED)),
        (fake.SHORT_BY_3, (LOWER, STAGED, TO_1024)),
    ],
)
def test_a_job_goes_down_as_far_as_it_must_and_no_further(
    photos: run_job.Photos, out: Path, ratio: float, steps: tuple[Step, ...]
) -> None:
    told: list[Step] = []
    report = run(FakePipeline(), job(photos, out, ratio), told=told.append)
    assert report.steps == tuple(told) == steps
    assert out.exists()


def test_each_rung_is_in_the_facts_the_recipe_and_the_notices(photos: run_job.Photos, out: Path) -> None:
    report = run(FakePipeline(), job(photos, out, fake.SHORT_BY_3))
    assert report.facts.steps == (LOWER, STAGED, TO_1024)
    assert report.recipe["steps"] == [step.to_json() for step in report.facts.steps]
    codes = [notice.code for notice in report.facts.notices]
    assert codes[-3:] == ["stepped_precision", "stepped_two_stage", "stepped_tier"]
    assert report.recipe["settings"]["output"] == "1024"
    assert Settings.loads(json.dumps(report.recipe)).precision == Precision.BFLOAT16


def test_at_the_end_of_the_ladder_the_job_fails(photos: run_job.Photos, out: Path) -> None:
    told: list[Step] = []
    with pytest.raises(OutOfMemory):
        run(FakePipeline(), job(photos, out, fake.NEVER_FITS), told=told.append)
    assert told == [LOWER, STAGED, TO_1024, TO_512]
    assert not out.exists()


def test_a_process_that_failed_twice_sends_the_job_two_rungs_further(photos: run_job.Photos, out: Path) -> None:
    with pytest.raises(Stranded) as caught:
        run(FakePipeline(), job(photos, out, fake.NEVER_FITS), at_most=1)
    assert caught.value.error.reason == "out_of_memory"
    assert caught.value.steps == (LOWER, STAGED, TO_1024)


def test_the_next_process_goes_on_where_the_last_one_stopped(photos: run_job.Photos, out: Path) -> None:
    steps = (LOWER, STAGED, TO_1024)
    assert run(FakePipeline(), job(photos, out, fake.SHORT_BY_3), steps=steps, at_most=1).steps == steps
    with pytest.raises(OutOfMemory):  # one rung is left, and it is taken in this process: a third one is of no use
        run(FakePipeline(), job(photos, out, fake.NEVER_FITS), steps=steps, at_most=1)


class Card(FakePipeline):
    """Pretends to be a card on which nothing fits, beside a processor on which everything does."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error
        self.lends = False
        self._processor = FakePipeline()

    def run(self, *_: Any, saving: Saving | None = None, **__: Any) -> Any:
        self.lends = saving is not None and saving.lends
        raise self._error

    def on_cpu(self) -> FakePipeline:
        return self._processor

    def footing(self, target: Photo, source: Photo, settings: Settings, others: Sequence[Photo] = ()) -> Footing:
        found = super().footing(target, source, settings, others)
        return replace(found, lower=None, on_card=True, lends=self.lends)


def test_the_last_rung_is_the_processor_which_does_what_was_asked_for(photos: run_job.Photos, out: Path) -> None:
    card, told = Card(torch.OutOfMemoryError("CUDA out of memory.")), list[Step]()
    report = run(card, job(photos, out, output=Tier.T1024), told=told.append)
    assert [step.rung for step in told] == [Rung.LENT, Rung.TIER, Rung.CPU]
    assert [step.rung for step in report.steps] == [Rung.CPU]
    assert report.facts.settings.output == Tier.T1024
    assert card.on_cpu().loaded is None  # what it loaded for this job alone is given back


def test_where_the_host_is_full_the_processor_is_no_way_out(photos: run_job.Photos, out: Path) -> None:
    with pytest.raises(OutOfMemory):
        run(Card(MemoryError()), job(photos, out, output=Tier.T512))


class Narrow(FakePipeline):
    """Pretends to be a card on which the enhancer fits in strips alone, and `lent` weights if need be."""

    def __init__(self, *, lent: bool = False) -> None:
        super().__init__()
        self.asked: list[Saving] = []
        self._lent = lent

    def run(self, *given: Any, saving: Saving | None = None, **named: Any) -> Any:
        assert saving is not None
        self.asked.append(saving)
        if saving.strip_rows is None or saving.lends < self._lent:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().run(*given, **named)

    def footing(self, target: Photo, source: Photo, settings: Settings, others: Sequence[Photo] = ()) -> Footing:
        found, last = super().footing(target, source, settings, others), self.asked[-1]
        return replace(found, on_card=True, strip_rows=last.strip_rows or 1024, lends=last.lends)


def test_the_enhancer_goes_to_strips_before_the_precision_falls(photos: run_job.Photos, out: Path) -> None:
    card = Narrow()
    told: list[Step] = []
    report = run(card, job(photos, out), told=told.append)
    assert report.steps == tuple(told) == (Step(Rung.STRIPS, "1024", "64"),)
    assert card.asked == [Saving(), Saving(64)]
    assert [notice.code for notice in report.facts.notices][-1] == "stepped_strips"
    assert report.recipe["settings"]["precision"] == Precision.AUTO


def test_the_next_process_keeps_to_strips(photos: run_job.Photos, out: Path) -> None:
    card = Narrow()
    run(card, job(photos, out), steps=(Step(Rung.STRIPS, "1024", "64"),))
    assert card.asked == [Saving(64)]


def test_weights_are_lent_before_the_precision_falls(photos: run_job.Photos, out: Path) -> None:
    card = Narrow(lent=True)
    report = run(card, job(photos, out))
    assert [step.rung for step in report.steps] == [Rung.STRIPS, Rung.LENT]
    assert card.asked[-1] == Saving(64, lends=True)
    assert [notice.code for notice in report.facts.notices][-2:] == ["stepped_strips", "stepped_lent"]


def test_no_rung_is_taken_twice_where_not_even_the_networks_could_be_loaded(photos: run_job.Photos, out: Path) -> None:
    class Tiny(Narrow):
        def footing(self, target: Photo, source: Photo, settings: Settings, others: Sequence[Photo] = ()) -> Footing:
            return replace(super().footing(target, source, settings, others), strip_rows=0, lends=False)

    told: list[Step] = []
    with pytest.raises(Stranded):
        run(Tiny(), job(photos, out), told=told.append, at_most=3)
    assert [step.rung for step in told] == [Rung.LENT, Rung.PRECISION, Rung.TWO_STAGE]


def test_where_the_host_is_full_strips_on_the_card_are_no_way_out(photos: run_job.Photos, out: Path) -> None:
    class Full(Narrow):
        def run(self, *_: Any, saving: Saving | None = None, **__: Any) -> Any:
            assert saving is not None
            self.asked.append(saving)
            raise MemoryError

    told: list[Step] = []
    with pytest.raises(OutOfMemory):
        run(Full(), job(photos, out), told=told.append)
    assert not {Rung.STRIPS, Rung.LENT} & {step.rung for step in told}


class TightEngines(Engines):
    """Has memory for the second fusion only, and looks whether the first one still holds any."""

    def __init__(self) -> None:
        super().__init__(torch.device("cpu"))
        self.first: weakref.ref[torch.Tensor] | None = None
        self.was_free = False

    def fuse(self, name: EngineName, precision: Precision, work: Work, step: Enter) -> Layers:
        if self.first is None:
            large = torch.zeros(1000)
            self.first = weakref.ref(large)
            with step(Stage.FUSE, 0.5):
                raise torch.OutOfMemoryError("CUDA out of memory.", large)
        self.was_free = self.first() is None
        return super().fuse(name, precision, work, step)


@pytest.fixture(scope="module")
def tight() -> Iterator[tuple[Pipeline, TightEngines]]:
    engines = TightEngines()
    with Pipeline(device="cpu", engines=engines) as pipeline:
        yield pipeline, engines


def test_the_real_pipeline_steps_down_and_holds_nothing_of_what_failed(
    tight: tuple[Pipeline, TightEngines], photos: run_job.Photos, out: Path
) -> None:
    pipeline, engines = tight
    asked = Settings(engine=EngineName.LANDMARK, ratio=0.7, output=Tier.T1024)
    report = fallback_run.run(pipeline, Job(photos, asked, out))
    assert report.steps == (TO_512,)
    assert engines.was_free
    assert report.result.pixels.shape[:2] == (512, 512)
    assert "two_stage_needless" not in [notice.code for notice in report.facts.notices]


class BlankEngines(Engines):
    """Makes a face of nothing but black, as broken numbers come out."""

    def fuse(self, name: EngineName, precision: Precision, work: Work, step: Enter) -> Layers:
        made = super().fuse(name, precision, work, step)
        assert made.composed is not None
        return replace(made, composed=torch.zeros_like(made.composed))


def test_a_blank_face_is_a_failure_and_no_result(photos: run_job.Photos, out: Path) -> None:
    with Pipeline(device="cpu", engines=BlankEngines(torch.device("cpu"))) as pipeline:
        with pytest.raises(FusionError) as caught:
            fallback_run.run(pipeline, Job(photos, Settings(engine=EngineName.LANDMARK, ratio=1.0), out))
        assert caught.value.reason == "fusion_blank"
    assert not out.exists()


def test_a_card_gives_way_to_the_processor_beside_it(photos: run_job.Photos) -> None:
    """The pipeline for a card can be made without one; only its jobs cannot run."""
    with Pipeline(device="cuda") as pipeline:
        beside = pipeline.on_cpu()
        assert beside.device_name == "cpu"
        assert beside.on_cpu() is beside
        settings = Settings(engine=EngineName.LANDMARK, output=Tier.T512)
        assert isinstance(beside.run(photos.target, photos.source, settings).pixels, np.ndarray)
        assert not beside.footing(photos.target, photos.source, settings).on_card
        assert pipeline.footing(photos.target, photos.source, settings).on_card
