"""The unet engine, with weights that are random but of the right structure: where it draws, and from whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from benchmarks.stock import Stock
from fusion.engines import Engines, Work, layers, precision
from fusion.engines.unet import align
from fusion.engines.unet.engine import ENHANCE_FROM, UnetEngine, _Person
from fusion.engines.unet.networks.enhancer import SIDE, Enhancer
from fusion.errors import Cancelled, WeightsInvalid
from fusion.faces import FaceFinder, mesh
from fusion.facts import Use
from fusion.ops import mask
from fusion.ops.finish import Look
from fusion.photos import Photo
from fusion.photos.decode import read
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Mode, Precision, Role, Size, Stage, Switch
from fusion.weights.locate import files_in
from tests.support.fixtures import torchvision
from tests.support.fixtures.unet import Steps, crisper

# Files of 1.7 GB are made for the first of these tests, and read for some, on a processor that others use too.
pytestmark = pytest.mark.timeout(400)

CPU = torch.device("cpu")
PLAIN = Settings(engine=EngineName.UNET, ratio=1.0, skin_smoothing=0.0, sharpen=0.0)


@pytest.fixture(scope="module")
def pipeline(model_folder: Path) -> Iterator[Pipeline]:
    with Pipeline(device="cpu", engines=Engines(CPU, lambda: files_in(model_folder))) as made:
        yield made


@pytest.fixture(scope="module")
def photos(sample_pair: tuple[bytes, bytes]) -> tuple[Photo, Photo]:
    target, source = sample_pair
    return read(target, Role.TARGET), read(source, Role.SOURCE)


@pytest.fixture(scope="module")
def whole(pipeline: Pipeline, photos: tuple[Photo, Photo]) -> Result:
    """The sample pair at 512 px: the face is 90 px wide."""
    return pipeline.run(*photos, PLAIN)


def stages(result: Result) -> list[Stage]:
    return [cost.stage for cost in result.measurement.stages]


def face_mask(points: np.ndarray, size: Size) -> np.ndarray:
    return mask.polygon(points[list(mesh.OVAL), :2], size.width, size.height) > 0.5


def test_a_small_face_is_fused_without_the_enhancer(whole: Result) -> None:
    assert whole.engine == EngineName.UNET
    assert whole.settings.precision == precision.resolve(Precision.AUTO, torch.device("cpu"))[0]
    assert stages(whole) == [
        Stage.FACES, Stage.SIZE, Stage.LOAD, Stage.IDENTITY, Stage.FUSE, Stage.BLEND, Stage.FINISH,
        Stage.LIKENESS,
    ]  # fmt: skip
    assert whole.target_face.width_px < ENHANCE_FROM


def test_only_the_region_of_the_face_changes(whole: Result) -> None:
    changed = (whole.pixels != whole.before).any(2)
    rows, columns = layers.slices(whole.region)
    assert changed[rows, columns].mean() > 0.3
    changed[rows, columns] = False
    assert not changed.any()


def test_the_networks_are_loaded_once_and_the_same_fusion_is_not_made_twice(
    pipeline: Pipeline, photos: tuple[Photo, Photo], whole: Result
) -> None:
    again = pipeline.run(*photos, replace(PLAIN, brightness=0.2))
    assert stages(again) == [Stage.FACES, Stage.SIZE, Stage.FINISH, Stage.LIKENESS]
    inside = face_mask(again.target_face.landmarks, again.size)
    assert again.pixels[inside].mean() > whole.pixels[inside].mean() + 5
    assert np.array_equal(again.pixels[~inside], whole.pixels[~inside])


def test_who_people_are_is_remembered_until_all_shall_be_forgotten(
    pipeline: Pipeline, photos: tuple[Photo, Photo], whole: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[object] = []

    def meet(*about: Any) -> object:
        met.append(about)
        return _Person(*about)

    monkeypatch.setattr("fusion.engines.unet.engine._Person", meet)
    pipeline.run(*photos, replace(PLAIN, ratio=0.8))
    assert met == []
    pipeline.forget()
    again = pipeline.run(*photos, PLAIN)
    assert len(met) == 2
    assert Stage.LOAD not in stages(again), "the networks stay"


def test_the_ratio_goes_from_the_target_to_the_source(
    pipeline: Pipeline, photos: tuple[Photo, Photo], whole: Result
) -> None:
    inside = face_mask(whole.target_face.landmarks, whole.size)
    half = pipeline.run(*photos, replace(PLAIN, ratio=0.5))
    own = pipeline.run(*photos, replace(PLAIN, ratio=0.11))
    away = [float(np.abs(one.pixels.astype(int) - whole.pixels)[inside].mean()) for one in (half, own)]
    assert 0 < away[0] < away[1]
    assert Stage.LOAD not in stages(half)


def test_near_zero_the_ratio_fades_to_the_target(pipeline: Pipeline, photos: tuple[Photo, Photo]) -> None:
    faint = pipeline.run(*photos, replace(PLAIN, ratio=0.01))
    assert int(np.abs(faint.pixels.astype(int) - faint.before).max()) < 12
    assert np.array_equal(pipeline.run(*photos, replace(PLAIN, ratio=0.0)).pixels, faint.before)


def test_every_photo_of_the_source_has_its_part(pipeline: Pipeline, photos: tuple[Photo, Photo], whole: Result) -> None:
    small = np.ascontiguousarray(cv2.resize(photos[1].pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    both = pipeline.run(*photos, PLAIN, others=(replace(photos[1], sha256="small", pixels=small),))
    averaged = [each.use == Use.AVERAGED for each in both.sources]
    assert averaged[0] or averaged[1]
    assert {notice.code for notice in both.notices} & {"sources_averaged", "source_unlike"}
    assert [each.use for each in whole.sources] == [Use.ONLY]
    assert np.array_equal(both.pixels, whole.pixels) != all(averaged)


@pytest.mark.parametrize("mode", [Mode.BLEND, Mode.OVERLAY])
def test_the_other_modes_stay_inside_the_face(
    pipeline: Pipeline, photos: tuple[Photo, Photo], whole: Result, mode: Mode
) -> None:
    result = pipeline.run(*photos, replace(PLAIN, mode=mode))
    changed = (result.pixels != result.before).any(2)
    inside = face_mask(result.target_face.landmarks, result.size)
    assert not changed[~inside].any()
    assert changed[inside].mean() > 0.9
    assert not np.array_equal(result.pixels, whole.pixels)


def test_finishing_acts_on_the_face_alone(pipeline: Pipeline, photos: tuple[Photo, Photo], whole: Result) -> None:
    toned = pipeline.run(*photos, replace(PLAIN, saturation=-0.5, skin_smoothing=1.0))
    changed = (toned.pixels != whole.pixels).any(2)
    inside = face_mask(toned.target_face.landmarks, toned.size)
    assert not changed[~inside].any()
    assert changed[inside].mean() > 0.5
    small = pipeline.preview(toned, replace(PLAIN, saturation=0.5), 256)
    assert small.shape == (256, 256, 3)


def test_a_fusion_stops_between_its_networks(pipeline: Pipeline, photos: tuple[Photo, Photo]) -> None:
    def watch(stage: Stage, fraction: float) -> None:
        if stage == Stage.BLEND:
            raise Cancelled

    with pytest.raises(Cancelled):
        pipeline.run(*photos, replace(PLAIN, ratio=0.9), watch)


def test_half_precision_is_not_for_this_processor(
    pipeline: Pipeline, photos: tuple[Photo, Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    result = pipeline.run(*photos, replace(PLAIN, precision=Precision.FLOAT16, ratio=0.0))
    assert result.settings.precision == Precision.FLOAT32
    assert "precision_unfit" in {notice.code for notice in result.notices}


# with the model's own code


@pytest.fixture(scope="module")
def engine(model_folder: Path) -> UnetEngine:
    """One whose enhancer always runs."""
    return UnetEngine(files_in(model_folder), CPU, Precision.FLOAT32, enhance_from=0.0)


def test_the_result_is_that_of_the_models_own_code(
    engine: UnetEngine, model_folder: Path, photos: tuple[Photo, Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a face of 270 px, where the model's own code leaves the detail as it is.

    In the place of the enhancers, which take longest, is the same function here and there: what is asked here is what
    they are given and where it goes. `test_networks.py` has them both.
    """
    torchvision.make_importable()  # that code asks for it
    monkeypatch.setattr(engine, "_enhancer", crisper)
    target = cv2.resize(photos[0].pixels[:300, 90:390], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    source = photos[1].pixels
    with FaceFinder() as finder:
        faces = [finder.find(picture).faces[0] for picture in (target, source)]
    points = [layers.points_of(face) for face in faces]
    steps = Steps()
    with torch.inference_mode():
        frame = torch.from_numpy(target)
        made = engine.fuse(Work(frame, points[0], source, points[1], 1.0, Mode.NORMAL), steps)
        ours = layers.finished(frame, made, Look.of(PLAIN, 1.0)).numpy()
    assert steps.entered == [Stage.IDENTITY, Stage.FUSE, Stage.ENHANCE, Stage.BLEND]
    five = [align.five_points(each) for each in points]
    stock = Stock(model_folder, CPU)
    monkeypatch.setattr(stock._model.ganwrap_1024, "model", lambda image: (crisper(image), None))
    theirs = stock.inference(target, source, five[0], five[1], (270.0, 300.0))
    inside = face_mask(points[0], Size(target.shape[1], target.shape[0]))
    error = ours.astype(float) - theirs
    assert psnr(error[inside]) >= 45
    assert np.abs(theirs.astype(int) - target)[inside].mean() > 10  # there was something to agree on
    untouched = (theirs == target).all(2)
    rows, columns = layers.slices(made.reaches)
    outside = np.ones_like(untouched)
    outside[rows, columns] = False
    assert outside.any()
    assert untouched[outside].all()
    assert np.array_equal(ours[outside], target[outside])


def psnr(error: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def test_a_source_is_recognised_once(
    engine: UnetEngine, photos: tuple[Photo, Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    identity = engine._identity

    def counted(crop: torch.Tensor) -> torch.Tensor:
        asked.append(crop.shape)
        return identity(crop)

    monkeypatch.setattr(engine, "_identity", counted)
    monkeypatch.setattr(engine, "_generator", lambda crop, *of: crop)  # takes longest, and is not asked here
    monkeypatch.setattr(engine, "_enhance_from", 1e9)
    with FaceFinder() as finder:
        points = [layers.points_of(finder.find(photo.pixels).faces[0]) for photo in photos]
    work = Work(torch.tensor(photos[0].pixels), points[0], photos[1].pixels, points[1], 0.8, Mode.NORMAL, "t", "s")
    with torch.inference_mode():
        engine.fuse(work, Steps())
        assert len(asked) == 2
        engine.fuse(replace(work, ratio=0.4), Steps())
        assert len(asked) == 2
        engine.fuse(replace(work, target_key="another target"), Steps())
        assert len(asked) == 3
        engine.fuse(replace(work, target_key="a third", ratio=1.0), Steps())
        assert len(asked) == 3  # where nothing of the target's identity is left, it is not looked for


def test_a_picture_that_is_none_is_refused(model_folder: Path, tmp_path: Path) -> None:
    bad = tmp_path / "alpha.jpg"
    bad.write_bytes(b"no picture")
    with pytest.raises(WeightsInvalid, match="no picture"):
        UnetEngine(replace(files_in(model_folder), alpha=bad), CPU, Precision.FLOAT32)


# which engine runs


def test_two_stages_give_the_picture_of_one(
    pipeline: Pipeline, photos: tuple[Photo, Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The crop that the engine made is what is laid over the target in the full size, not its paste into a frame.

    The enhancer, which takes longest, gives back what it gets: where its crop goes is asked here, not what is in it.
    """
    asked: list[torch.Size] = []

    def restore(enhancer: Enhancer, image: torch.Tensor, *of_strips: object) -> torch.Tensor:
        asked.append(image.shape)
        return image

    monkeypatch.setattr(Enhancer, "__call__", restore)
    settings = replace(PLAIN, output=Size(3000, 3000))
    one, two = (pipeline.run(*photos, replace(settings, two_stage=switch)) for switch in (Switch.OFF, Switch.ON))
    assert not one.measurement.workload.two_stage
    assert two.measurement.workload.two_stage
    assert asked == [(1, 3, SIDE, SIDE)] * 2
    assert "two_stage_native" in {notice.code for notice in two.notices}
    rows, columns = layers.slices(two.region)
    afar = [cv2.GaussianBlur(result.pixels, (0, 0), 3).astype(float)[rows, columns] for result in (one, two)]
    assert psnr(afar[0] - afar[1]) > 42  # near, the second stage gives the model's skin the grain of the target's
    changed = (two.pixels != two.before).any(2)
    assert changed[rows, columns].mean() > 0.3
    changed[rows, columns] = False
    assert not changed.any()
