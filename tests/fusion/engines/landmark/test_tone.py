"""Skins of other tones: the fused face has the target's, whatever the source's photo was like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from fusion.engines.landmark.aligned import Aligned
from fusion.engines.landmark.regions import Parts
from fusion.engines.landmark.tone import retoned
from fusion.ops import color, filters, light
from fusion.photos import Photo
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Mode, Tier
from tests.fusion.engines.landmark.lit import changed, in_light, lab_and_skin, on_skin

WHOLE = Settings(engine=EngineName.LANDMARK, ratio=1.0, skin_smoothing=0.0, sharpen=0.0, output=Tier.T512)


@pytest.fixture(scope="module")
def pipeline() -> Iterator[Pipeline]:
    with Pipeline(device="cpu") as pipeline:
        yield pipeline


def grey(photo: Photo) -> Photo:
    return changed(photo, np.repeat(cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2))


def sepia(photo: Photo) -> Photo:
    tinted = grey(photo).pixels * np.array([1.0, 0.88, 0.68]) + np.array([12, 6, 0])
    return changed(photo, tinted.clip(0, 255).astype(np.uint8))


def spread(pixels: np.ndarray) -> int:
    """The largest difference between the channels of a pixel."""
    return int(np.ptp(pixels.astype(int), axis=2).max())


def test_dark_grey_lids_of_a_brown_face_do_not_turn_blue_on_pale_skin(parts: Parts) -> None:
    skin, none = parts.oval * (1 - parts.features), torch.zeros_like(parts.oval)
    target, source = (
        torch.tensor(lab).view(3, 1, 1) * torch.ones(3, *parts.oval.shape[-2:])
        for lab in ((85.0, 6.0, 8.0), (40.0, 20.0, 28.0))
    )
    lids = (parts.sockets > 0.5) & (parts.eyes < 0.01) & (parts.brows < 0.01)
    source = torch.where(lids, torch.tensor((18.0, 2.0, 2.0)).view(3, 1, 1), source)
    both = Aligned(source, target, skin, skin, skin, none, parts.oval, parts)
    lab = retoned(source, both, Mode.NORMAL, lambda: source)[:, lids[0]].median(1).values
    assert float(lab[2]) > -1.5


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


def test_a_source_lit_from_one_side_leaves_no_one_sided_patch(pipeline: Pipeline, target: Photo, source: Photo) -> None:
    nose = pipeline.finder.find(source.pixels).faces[0].landmarks[1, 0]
    shadow = np.broadcast_to(np.where(np.arange(source.pixels.shape[1]) < nose, 0.2, 1.0), source.pixels.shape[:2])
    # a lamp over half of a face may be more than the pair's verdict lets pass
    asked = replace(WHOLE, anyway=True)
    even, hard = (one_sided(pipeline.run(target, photo, asked)) for photo in (source, in_light(source, shadow)))
    assert abs(hard - even) < 3.5


def one_sided(result: Result) -> float:
    """By how much one half of the skin is lighter than the other, more than in the target; L."""
    fused, ground, skin = lab_and_skin(result)
    across = torch.arange(skin.shape[-1])
    left = across < float((across * skin).sum() / skin.sum())
    means = [float(filters.weighted_mean((fused - ground)[:1], skin * side)) for side in (left, ~left)]
    return means[1] - means[0]


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


@pytest.mark.parametrize("gains", [(4.0, 5.0, 6.0), (7.0, 7.0, 4.0)])
def test_burnt_skin_stays_burnt(
    pipeline: Pipeline, target: Photo, source: Photo, gains: tuple[float, float, float]
) -> None:
    """Also where the third channel is not at its end: that skin is as good as white."""
    result = pipeline.run(in_light(target, gains), source, replace(WHOLE, anyway=True))
    assert result.placed is not None
    layers = result.placed.layers
    region, room = layers.region, result.placed.working.room
    top, left = room.top + region.top, room.left + region.left
    inner = (slice(top, top + region.height), slice(left, left + region.width))
    white = cv2.erode((np.median(result.before[inner], axis=2) == 255).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    white &= layers.reach[0].numpy() > 0
    assert white.sum() > 200
    fused = np.median(result.pixels[inner][white], axis=1)
    assert fused.mean() > 252
    assert np.percentile(fused, 8) == 255, "brows and lids may be drawn over it, skin may not"


def test_highlights_are_told_from_skin_and_nothing_is_lost() -> None:
    skin = torch.tensor([0.30, 0.16, 0.10]).view(3, 1, 1).expand(3, 120, 120).clone()
    shine = torch.zeros(1, 120, 120)
    shine[:, 50:58, 40:60] = 0.3
    found = light.split_highlights(skin + shine, skin + shine, torch.ones(1, 120, 120), torch.ones(1, 120, 120), 100.0)
    assert float(found.shine[:, 52:56, 44:56].mean()) > 0.2
    assert float(found.shine[:, :40].max()) < 0.01
    assert torch.allclose(found.matte + found.shine * found.tint, skin + shine, atol=1e-4)
