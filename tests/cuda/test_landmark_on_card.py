"""The landmark engine on a card: the processor's picture, however it is made.

The processor's filters are OpenCV's, the card's are torch's: of the last bit of a float a few bytes in a million tell.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fusion.memory import Rung, budget
from fusion.ops import on_host
from fusion.photos import Photo
from fusion.settings import Settings
from fusion.types import EngineName, Mode, Precision, Switch, Tier
from fusion.worker import fallback_run, run_job
from fusion.worker.fallback_run import Job
from tests.support.fixtures.emulated import CLOSE, Machine, apart, emulated, near

PLAIN = Settings(engine=EngineName.LANDMARK, output=Tier.T1024, two_stage=Switch.OFF)
TWO = replace(PLAIN, output=CLOSE, two_stage=Switch.ON)
ALIKE = 2e-5  # of the values may be one level off
IN_TWO = 5e-4  # likewise in two stages, whose gains are fitted to small differences


@pytest.mark.parametrize(
    "settings",
    [
        PLAIN,
        replace(PLAIN, output=Tier.T2048),
        replace(PLAIN, mode=Mode.BLEND),
        replace(PLAIN, mode=Mode.OVERLAY),
        replace(PLAIN, precision=Precision.BFLOAT16),
        replace(PLAIN, precision=Precision.FLOAT16, ratio=0.3),
        replace(PLAIN, brightness=0.2, contrast=0.2, saturation=0.2, sharpen=0.8, skin_smoothing=1.0),
    ],
    ids=lambda given: f"{given.output}-{given.two_stage}-{given.mode}-{given.precision}-{given.ratio}",
)
def test_the_picture_is_the_processors(machine: Machine, target: Photo, source: Photo, settings: Settings) -> None:
    made, expected = (each.run(target, source, settings) for each in (machine.on_card, machine.on_host))
    assert made.device == torch.cuda.get_device_name()
    assert near(made.pixels, expected.pixels) <= 1
    if machine.emulated:
        worst, share = apart(made.pixels, expected.pixels)
        assert worst <= 1
        assert share < ALIKE
    assert [str(each) for each in made.notices] == [str(each) for each in expected.notices]


def test_so_it_is_in_two_stages(machine: Machine, close: tuple[Photo, Photo]) -> None:
    made, expected = (each.run(*close, TWO) for each in (machine.on_card, machine.on_host))
    assert made.measurement.workload.two_stage
    assert near(made.pixels, expected.pixels) <= 1
    if machine.emulated:
        worst, share = apart(made.pixels, expected.pixels)
        assert worst <= 1
        assert share < IN_TWO


@emulated
@pytest.mark.parametrize(
    "settings",
    [
        PLAIN,
        replace(PLAIN, mode=Mode.BLEND, ratio=0.3),
        replace(PLAIN, mode=Mode.OVERLAY, brightness=0.2, saturation=0.2, sharpen=0.8, skin_smoothing=1.0),
    ],
    ids=["plain", "blend", "overlay, finished"],
)
def test_with_the_cards_filters_the_processor_makes_the_same_picture_byte_for_byte(
    machine: Machine, target: Photo, source: Photo, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = machine.on_card.run(target, source, settings)
    machine.on_host.forget()
    monkeypatch.setattr(on_host, "is_for", lambda image: False)
    expected = machine.on_host.run(target, source, settings)
    machine.on_host.forget()
    assert np.array_equal(made.pixels, expected.pixels)


def test_a_preview_is_the_processors(machine: Machine, target: Photo, source: Photo) -> None:
    other = replace(PLAIN, brightness=0.3, skin_smoothing=1.0)
    made, expected = (
        each.preview(each.run(target, source, PLAIN), other) for each in (machine.on_card, machine.on_host)
    )
    assert near(made, expected) <= 1
    if machine.emulated:
        worst, share = apart(made, expected)
        assert worst <= 1
        assert share < 500 * ALIKE  # of a small picture, whose pixels are each of many


def test_with_half_of_what_it_needs_a_job_goes_a_rung_down_and_the_next_is_as_before(
    machine: Machine, sample_pair: tuple[bytes, bytes], tmp_path: Path
) -> None:
    pipeline, photos = machine.on_card, run_job.Reader().read_pair(*sample_pair)
    job = Job(photos, PLAIN, tmp_path / "output.png")

    def made() -> tuple[list[Rung], np.ndarray, int]:
        """Rungs, pixels and the peak in bytes, once everything is given back."""
        report = fallback_run.run(pipeline, job)
        answer = [step.rung for step in report.steps], report.result.pixels, report.measurement.peak_bytes
        del report  # which lies on the card
        pipeline.unload()
        assert torch.cuda.memory_allocated() <= machine.stays
        return answer

    pipeline.unload()
    rungs, before, peak = made()
    with budget.capped(peak // 2):
        short, _, _ = made()
    later, after, _ = made()
    assert (rungs, short, later) == ([], [Rung.TIER], [])
    assert near(before, after) == 0
