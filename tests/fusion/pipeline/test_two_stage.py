"""Two stages on the sample pair: when they run, and that what comes out is the picture of one, finer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fusion import provenance
from fusion.engines import slices
from fusion.photos import Photo, opaque_part, stored
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Fill, Fit, Size, Stage, Switch, Tier
from fusion.worker import run_job

WHOLE = Settings(ratio=1.0, skin_smoothing=0.0, sharpen=0.0)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


def codes(result: Result) -> set[str]:
    return {notice.code for notice in result.notices}


@pytest.fixture(scope="module")
def staged(pipeline: Pipeline, target: Photo, source: Photo) -> Result:
    """The sample pair at 3000 × 3000, by two stages."""
    return pipeline.run(target, source, replace(WHOLE, output=Size(3000, 3000), two_stage=Switch.ON))


def test_the_second_stage_says_what_it_did(staged: Result) -> None:
    assert {"two_stage"} <= codes(staged)
    assert staged.measurement.workload.two_stage
    assert staged.measurement.tile_px >= 64
    stages = [cost.stage for cost in staged.measurement.stages]
    assert stages[:4] == [Stage.FACES, Stage.SIZE, Stage.FUSE, Stage.BLEND]
    assert stages[4:] == [Stage.ENLARGE, Stage.DETAIL, Stage.LIKENESS]


def test_two_stages_give_the_picture_of_one(pipeline: Pipeline, target: Photo, source: Photo, staged: Result) -> None:
    """Seen from afar: near, the second stage has detail of its own, and other sharpening."""
    whole = pipeline.run(target, source, replace(staged.settings, two_stage=Switch.OFF))
    assert not whole.measurement.workload.two_stage
    assert np.array_equal(whole.before, staged.before)
    afar = [cv2.GaussianBlur(result.pixels, (0, 0), 4).astype(float) for result in (whole, staged)]
    error = (afar[0] - afar[1])[slices(staged.region)]
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 38


def test_outside_the_face_two_stages_leave_the_target_bit_for_bit(staged: Result) -> None:
    changed = (staged.pixels != staged.before).any(2)
    changed[slices(staged.region)] = False
    assert not changed.any()
    assert (staged.pixels != staged.before).any(2).mean() > 0.01


def test_of_the_target_a_job_keeps_what_its_picture_does_not_have(
    pipeline: Pipeline, target: Photo, source: Photo, staged: Result, tmp_path: Path
) -> None:
    photos = run_job.Photos(target, source, 0.0, 0, 0, is_new=False)
    output, before = tmp_path / "output.png", tmp_path / "before.png"
    made = run_job.run(pipeline, photos, staged.settings, output, before=before).result
    assert before.stat().st_size < 0.9 * output.stat().st_size
    assert np.array_equal(stored.before(before, stored.frame(output)[0], made.region), made.before)


def test_beside_a_padded_photo_the_file_is_transparent_and_the_picture_as_in_plain_colour(
    pipeline: Pipeline, target: Photo, source: Photo, tmp_path: Path
) -> None:
    padded = replace(WHOLE, output=Size(900, 600), fit=Fit.PAD, two_stage=Switch.ON)
    plain = pipeline.run(target, source, replace(padded, fill=Fill.COLOR))
    photos = run_job.Photos(target, source, 0.0, 0, 0, is_new=False)
    files = tmp_path / "out.webp", tmp_path / "before.png"
    clear = run_job.run(pipeline, photos, replace(padded, fill=Fill.TRANSPARENT), files[0], before=files[1]).result
    assert (plain.opaque, clear.opaque) == (None, Rect(150, 0, 600, 600))
    assert np.array_equal(plain.pixels, clear.pixels)
    for file in files:
        with Image.open(file) as written:
            assert opaque_part(np.asarray(written)[..., 3]) == clear.opaque
    recipe = provenance.recipe_in(files[0].read_bytes())
    assert recipe is not None
    assert Settings.from_json(recipe["settings"]).is_transparent
    small = pipeline.preview(clear, clear.settings, 300)
    assert set(np.unique(small[:, :49])) == {204, 255}


def test_another_finishing_fuses_and_enlarges_nothing_anew(
    pipeline: Pipeline, target: Photo, source: Photo, staged: Result
) -> None:
    pipeline.run(target, source, staged.settings)
    again = pipeline.run(target, source, replace(staged.settings, brightness=0.2))
    stages = [cost.stage for cost in again.measurement.stages]
    assert stages == [Stage.FACES, Stage.SIZE, Stage.DETAIL, Stage.LIKENESS]
    assert again.pixels.mean() > staged.pixels.mean()
    assert "two_stage" in codes(again)


def test_a_preview_of_two_stages_shows_what_comes_out(pipeline: Pipeline, staged: Result) -> None:
    small = pipeline.preview(staged, staged.settings)
    shrunk = cv2.resize(staged.pixels, (512, 512), interpolation=cv2.INTER_AREA)
    assert 10 * np.log10(255**2 / np.mean((small.astype(float) - shrunk) ** 2)) > 35


def test_a_draft_of_stage_one_and_one_of_all_come_before_the_result(
    pipeline: Pipeline, target: Photo, source: Photo, staged: Result
) -> None:
    seen: list[np.ndarray] = []
    made = pipeline.run(target, source, staged.settings, drafted=seen.append)
    assert np.array_equal(made.pixels, staged.pixels), "and they change nothing"
    first, whole = seen
    assert first.shape == whole.shape == (1024, 1024, 3)
    assert 10 * np.log10(255**2 / np.mean((first.astype(float) - whole) ** 2)) > 35
    was = cv2.resize(staged.before, (1024, 1024), interpolation=cv2.INTER_AREA)
    assert np.abs(whole.astype(int) - was).max() > 30, "the face is another"


def test_what_is_small_and_made_in_one_stage_has_no_draft(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    seen: list[np.ndarray] = []
    pipeline.run(target, source, Settings(output=Tier.T1024), drafted=seen.append)
    assert seen == []


@pytest.mark.parametrize(
    ("settings", "staged"),
    [
        (Settings(output=Tier.T2048), False),
        (Settings(output=Tier.T4096), True),
        (Settings(output=Tier.T4096, two_stage=Switch.OFF), False),
    ],
)
def test_left_to_the_program_two_stages_begin_over_2048(
    pipeline: Pipeline, target: Photo, source: Photo, settings: Settings, staged: bool
) -> None:
    result = pipeline.run(target, source, settings)
    assert result.measurement.workload.two_stage == staged
    assert result.size == Size(int(settings.output), int(settings.output))  # type: ignore[arg-type]
