"""The whole story on the sample pair: what comes out, what stays, what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from fusion.errors import Cancelled, NoFace
from fusion.face_setting import FaceChoice
from fusion.photos import Photo
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Fit, Mode, Precision, Size, Stage, Switch, Tier

WHOLE = Settings(ratio=1.0, skin_smoothing=0.0, sharpen=0.0)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def whole(pipeline: Pipeline, target: Photo, source: Photo) -> Result:
    return pipeline.run(target, source, WHOLE)


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(H, W): the largest difference of a pixel's bytes."""
    answer: np.ndarray = np.abs(one.astype(int) - other.astype(int)).max(2)
    return answer


def reach_of(result: Result) -> np.ndarray:
    """(H, W) bool: what the fusion may change."""
    assert result.placed is not None
    reach = np.zeros(result.pixels.shape[:2], bool)
    region = result.region
    inside = result.placed.layers.reach[0].numpy() > 0
    reach[region.top : region.top + region.height, region.left : region.left + region.width] = inside
    return reach


def codes(result: Result) -> set[str]:
    return {notice.code for notice in result.notices}


def test_ratio_0_returns_the_target(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    result = pipeline.run(target, source, Settings(ratio=0.0))
    assert np.array_equal(result.pixels, target.pixels)
    assert "ratio_zero" in codes(result)


def test_outside_the_face_the_output_is_the_target_bit_for_bit(whole: Result) -> None:
    reach = reach_of(whole)
    changed = difference(whole.pixels, whole.before) > 0
    assert not (changed & ~reach).any()
    assert 0.01 < changed.mean() < 0.10


@pytest.mark.parametrize("tier", [Tier.T512, Tier.T1024, Tier.T2048])
def test_nothing_changes_at_the_border_of_the_region(
    pipeline: Pipeline, target: Photo, source: Photo, tier: Tier
) -> None:
    """Also where the region is larger than the grid of the maps: what does not move is not touched."""
    placed = pipeline.run(target, source, replace(WHOLE, output=tier)).placed
    assert placed is not None
    reach = placed.layers.reach[0]
    edges = torch.cat([reach[0], reach[-1], reach[:, 0], reach[:, -1]])
    assert not edges.any()
    assert 0.1 < float(reach.mean()) < 0.8


def test_the_border_of_the_change_is_soft(whole: Result) -> None:
    """Walking inward, the first changed pixels differ by little: there is no seam."""
    assert whole.placed is not None
    mask = whole.placed.layers.mask[0].numpy()
    region = whole.region
    part = difference(whole.pixels, whole.before)[
        region.top : region.top + region.height, region.left : region.left + region.width
    ]
    edge = (mask > 0) & (mask < 0.05)
    assert np.percentile(part[edge], 90) <= 16


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75])
def test_the_change_grows_with_the_ratio(
    pipeline: Pipeline, target: Photo, source: Photo, whole: Result, ratio: float
) -> None:
    part = pipeline.run(target, source, replace(WHOLE, ratio=ratio))
    less = pipeline.run(target, source, replace(WHOLE, ratio=ratio - 0.25))
    size = difference(whole.pixels, whole.before).mean()
    assert difference(less.pixels, less.before).mean() < difference(part.pixels, part.before).mean() < size


def test_the_three_modes_differ(pipeline: Pipeline, target: Photo, source: Photo, whole: Result) -> None:
    for mode in (Mode.BLEND, Mode.OVERLAY):
        other = pipeline.run(target, source, replace(WHOLE, mode=mode))
        assert difference(other.pixels, whole.pixels).max() > 3
        assert np.array_equal(other.before, whole.before)


@pytest.mark.parametrize(
    "change",
    [
        {"skin_smoothing": 0.8},
        {"brightness": 0.2},
        {"contrast": 0.2},
        {"saturation": 0.3},
        {"sharpen": 0.8},
    ],
)
def test_each_finishing_setting_changes_the_face_and_nothing_else(
    pipeline: Pipeline, target: Photo, source: Photo, whole: Result, change: dict[str, float]
) -> None:
    other = pipeline.run(target, source, replace(WHOLE, **change))  # type: ignore[arg-type]
    assert difference(other.pixels, whole.pixels).max() > 3
    assert not (difference(other.pixels, whole.pixels).astype(bool) & ~reach_of(whole)).any()


def test_the_preview_shows_what_the_full_result_will_be(
    pipeline: Pipeline, target: Photo, source: Photo, whole: Result
) -> None:
    wish = replace(WHOLE, brightness=0.25)
    full = pipeline.run(target, source, wish)
    assert np.array_equal(pipeline.preview(whole, wish), full.pixels)
    small = pipeline.preview(whole, wish, max_side=256)
    assert small.shape == (256, 256, 3)


def test_a_change_of_finishing_needs_no_new_fusion(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    pipeline.run(target, source, WHOLE)
    again = pipeline.run(target, source, replace(WHOLE, contrast=0.1))
    assert Stage.FUSE not in {cost.stage for cost in again.measurement.stages}


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        (Settings(output=Tier.T512), Size(512, 512)),
        (Settings(output=Tier.T1024), Size(1024, 1024)),
        (Settings(output=Size(300, 500), fit=Fit.PAD), Size(300, 500)),
        (Settings(output=Size(640, 360), fit=Fit.CROP), Size(640, 360)),
        (Settings(output=Size(300, 500), fit=Fit.KEEP), Size(300, 300)),
        (Settings(output=Tier.ORIGINAL), Size(512, 512)),
    ],
)
def test_the_size_asked_for_is_the_size_that_comes_out(
    pipeline: Pipeline, target: Photo, source: Photo, settings: Settings, size: Size
) -> None:
    result = pipeline.run(target, source, settings)
    assert result.size == size
    assert difference(result.pixels, result.before).max() > 10


def test_the_same_photos_and_settings_give_the_same_bytes(
    pipeline: Pipeline, target: Photo, source: Photo, whole: Result
) -> None:
    with Pipeline(device="cpu") as other:
        assert np.array_equal(other.run(target, source, WHOLE).pixels, whole.pixels)


def test_the_sources_glasses_come_whole_or_not_at_all(
    pipeline: Pipeline, target: Photo, source: Photo, whole: Result
) -> None:
    assert "glasses_carried" in codes(whole)
    assert "glasses_left" in codes(pipeline.run(target, source, replace(WHOLE, ratio=0.3)))


@pytest.mark.parametrize("ratio", [0.3, 1.0])
def test_the_targets_glasses_stay_at_every_ratio(
    pipeline: Pipeline, target: Photo, source: Photo, ratio: float
) -> None:
    assert "glasses_kept" in codes(pipeline.run(source, target, replace(WHOLE, ratio=ratio)))


def test_what_was_asked_for_and_is_not_done_is_said(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    wish = Settings(engine=EngineName.LANDMARK, two_stage=Switch.ON, precision=Precision.FLOAT16)
    result = pipeline.run(target, source, wish)
    assert {"two_stage_needless", "precision_ignored"} <= codes(result)
    assert result.engine == EngineName.LANDMARK == result.settings.engine


def test_an_output_that_is_shrunk_for_its_longest_side_says_so(
    pipeline: Pipeline, target: Photo, source: Photo
) -> None:
    tall = np.full((20_000, 300, 3), 127, np.uint8)
    tall[400:700] = cv2.resize(target.pixels[:512, :512], (300, 300), interpolation=cv2.INTER_AREA)
    panorama = replace(target, pixels=tall, sha256="tall")
    for output, said in ((Tier.ORIGINAL, True), (Tier.AUTO, True), (Tier.T512, False)):
        result = pipeline.run(panorama, source, Settings(output=output))
        told = [notice for notice in result.notices if notice.code == "side_limited"]
        assert bool(told) is said
        if told:
            assert (result.size, told[0].details["limit"]) == (Size(123, 8192), 8192)
            assert "no side may be over 8192 px" in str(told[0])


def test_an_enlarged_source_is_called_soft(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    assert "source_soft" in codes(pipeline.run(target, source, Settings(output=Tier.T2048)))


def test_progress_goes_forward_through_the_stages(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    seen: list[tuple[Stage, float]] = []
    pipeline.run(target, source, Settings(ratio=0.61), lambda stage, fraction: seen.append((stage, fraction)))
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    stages = [Stage.FACES, Stage.SIZE, Stage.FUSE, Stage.BLEND, Stage.FINISH, Stage.LIKENESS]
    assert list(dict.fromkeys(s for s, _ in seen)) == stages


@pytest.mark.parametrize("where", [Stage.FACES, Stage.FUSE, Stage.FINISH])
def test_a_run_can_be_cancelled_at_every_stage(pipeline: Pipeline, target: Photo, source: Photo, where: Stage) -> None:
    def watch(stage: Stage, fraction: float) -> None:
        if stage == where:
            raise Cancelled

    with pytest.raises(Cancelled):
        pipeline.run(target, source, Settings(ratio=0.62), watch)
    assert pipeline.run(target, source, Settings()).size == Size(512, 512)


def test_a_face_that_is_not_there_is_refused(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    with pytest.raises(NoFace, match="Face 3"):
        pipeline.run(target, source, Settings(faces=FaceChoice(target=3)))


def test_what_a_run_took_is_measured(whole: Result) -> None:
    measured = whole.measurement
    assert measured.seconds >= sum(cost.seconds for cost in measured.stages) > 0
    assert measured.peak_bytes > 100 << 20
    assert measured.workload.output == Size(512, 512)
    assert measured.workload.face_px == pytest.approx(95, abs=15)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_the_gpu_gives_the_same_picture(target: Photo, source: Photo, whole: Result) -> None:
    with Pipeline(device="cuda") as pipeline:
        assert difference(pipeline.run(target, source, WHOLE).pixels, whole.pixels).mean() < 0.05


def test_the_first_fusion_of_a_pipeline_is_told_from_later_ones(target: Photo, source: Photo) -> None:
    """What every job needs is loaded within it; where nothing was fused, some of that is still to come."""
    with Pipeline(device="cpu") as pipeline:
        unfused = pipeline.run(target, source, replace(WHOLE, ratio=0.0))
        first = pipeline.run(target, source, WHOLE)
        pipeline.forget()
        second = pipeline.run(target, source, WHOLE)
    assert [run.measurement.is_first for run in (unfused, first, second)] == [True, True, False]
