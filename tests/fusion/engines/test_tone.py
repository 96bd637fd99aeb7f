"""Skins of other tones: the fused face has the target's, whatever the source's photo was like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from fusion.ops import color, filters, light
from fusion.photos import Photo
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Mode, Tier

WHOLE = Settings(engine=EngineName.LANDMARK, ratio=1.0, skin_smoothing=0.0, sharpen=0.0, output=Tier.T512)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


def changed(photo: Photo, pixels: np.ndarray) -> Photo:
    """The photo with other pixels, and known as another."""
    return replace(photo, pixels=np.ascontiguousarray(pixels), sha256=f"{hash(pixels.tobytes()):x}")


def in_light(photo: Photo, gains: tuple[float, float, float]) -> Photo:
    """The photo after its linear light has been multiplied."""
    lab = color.lab_from_bytes(torch.tensor(photo.pixels))
    linear = color.linear_from_lab(lab) * torch.tensor(gains).view(3, 1, 1)
    return changed(photo, color.bytes_from_lab(color.lab_from_linear(linear.clamp(0, 1))).numpy())


def grey(photo: Photo) -> Photo:
    return changed(photo, np.repeat(cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2))


def sepia(photo: Photo) -> Photo:
    tinted = grey(photo).pixels * np.array([1.0, 0.88, 0.68]) + np.array([12, 6, 0])
    return changed(photo, tinted.clip(0, 255).astype(np.uint8))


def on_skin(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """(3,) Lab each: the mean of bare skin, fused and in the target."""
    assert result.placed is not None
    room, layers = result.placed.working.room, result.placed.layers
    inner = (slice(room.top, room.top + room.height), slice(room.left, room.left + room.width))
    skin = torch.zeros(1, room.height, room.width)
    region = layers.region
    skin[:, region.top : region.top + region.height, region.left : region.left + region.width] = layers.skin
    both = [color.lab_from_bytes(torch.from_numpy(x[inner].copy())) for x in (result.pixels, result.before)]
    fused, target = (filters.weighted_mean(lab, skin)[:, 0, 0].numpy() for lab in both)
    return fused, target


def spread(pixels: np.ndarray) -> int:
    """The largest difference between the channels of a pixel."""
    return int(np.ptp(pixels.astype(int), axis=2).max())


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("gains", [(0.12, 0.10, 0.09), (0.35, 0.35, 0.35), (1.6, 1.7, 1.9)])
def test_the_skin_has_the_targets_tone_however_dark_the_source(
    pipeline: Pipeline, target: Photo, source: Photo, gains: tuple[float, float, float], mode: Mode
) -> None:
    fused, wanted = on_skin(pipeline.run(target, in_light(source, gains), replace(WHOLE, mode=mode)))
    assert np.abs(fused - wanted).max() < 4


def test_a_dark_target_stays_dark(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    fused, wanted = on_skin(pipeline.run(in_light(target, (0.12, 0.10, 0.09)), source, WHOLE))
    assert wanted[0] < 30
    assert np.abs(fused - wanted).max() < 4


@pytest.mark.parametrize("tier", [Tier.T512, Tier.T2048])
@pytest.mark.parametrize("saturation", [0.0, 0.5])
def test_a_black_and_white_target_gets_no_color(
    pipeline: Pipeline, target: Photo, source: Photo, tier: Tier, saturation: float
) -> None:
    """Also by more saturation, and by the second stage, which reads the source's own colours."""
    result = pipeline.run(grey(target), source, replace(WHOLE, output=tier, saturation=saturation))
    assert (result.pixels != result.before).any()
    assert spread(result.pixels) == 0
    assert spread(pipeline.preview(result, replace(WHOLE, output=tier, saturation=0.5))) == 0


def test_a_sepia_target_keeps_its_one_hue(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    result = pipeline.run(sepia(target), source, WHOLE)
    palette = color.palette_of(torch.from_numpy(result.before.copy()))
    assert palette is not None
    one_hue = color.within_palette(torch.from_numpy(result.pixels.copy()), palette).numpy()
    off = np.abs(one_hue - result.pixels.astype(int))
    assert off.max() <= 6
    assert spread(result.pixels) > 30


def test_photos_in_color_have_no_palette(target: Photo, source: Photo) -> None:
    for photo in (target, source):
        assert color.palette_of(torch.tensor(photo.pixels)) is None


def test_burnt_skin_stays_burnt(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    result = pipeline.run(in_light(target, (4.0, 5.0, 6.0)), source, replace(WHOLE, anyway=True))
    assert result.placed is not None
    layers = result.placed.layers
    region, room = layers.region, result.placed.working.room
    top, left = room.top + region.top, room.left + region.left
    inner = (slice(top, top + region.height), slice(left, left + region.width))
    white = cv2.erode((result.before[inner].min(2) == 255).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    white &= layers.reach[0].numpy() > 0
    assert white.sum() > 200
    assert result.pixels[inner][white].mean() > 254
    assert np.percentile(result.pixels[inner][white], 5) == 255, "brows and lids may be drawn over it, skin may not"


def test_highlights_are_told_from_skin_and_nothing_is_lost() -> None:
    skin = torch.tensor([0.30, 0.16, 0.10]).view(3, 1, 1).expand(3, 120, 120).clone()
    shine = torch.zeros(1, 120, 120)
    shine[:, 50:58, 40:60] = 0.3
    found = light.split_highlights(skin + shine, skin + shine, torch.ones(1, 120, 120), torch.ones(1, 120, 120), 100.0)
    assert float(found.shine[:, 52:56, 44:56].mean()) > 0.2
    assert float(found.shine[:, :40].max()) < 0.01
    assert torch.allclose(found.matte + found.shine * found.tint, skin + shine, atol=1e-4)
