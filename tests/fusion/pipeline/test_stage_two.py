"""The second stage: what it takes from the photos, what it leaves alone, and that tiles do not show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import torch

from fusion.engines import Guide, Layers, layers
from fusion.engines.guide import Enlarge
from fusion.engines.unet.align import Square
from fusion.engines.unet.compositing import Crop, over
from fusion.engines.unet.guide import CropGuide
from fusion.errors import Cancelled, OutOfMemory
from fusion.memory import Rung
from fusion.ops import Window, guided_filter, warp, windows
from fusion.pipeline import stage_two
from fusion.pipeline.placement import Placed
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.sizing.layout import Working
from fusion.types import Size

PLAIN = Settings(skin_smoothing=0.0, sharpen=0.0)
FINER = 4  # px of the output per px of the frame
SIDE = 96  # px of the frame
ROOM = Rect(60, 40, FINER * SIDE, FINER * SIDE)


@dataclass(frozen=True, slots=True, eq=False)
class Painted(Guide):
    """A face that is a picture at the output's size."""

    picture: torch.Tensor
    share: torch.Tensor
    reach: torch.Tensor
    moved: torch.Tensor | None = None
    enlargement: float = 1.0
    too_large_px: int = 10**9

    @property
    def coarse(self) -> torch.Tensor:
        return warp.resize(self.picture, SIDE, SIDE)

    def enlarged(self, enlarge: Enlarge) -> Painted:
        return self

    def fine(self, window: Window, ground: torch.Tensor) -> torch.Tensor:
        if window.width * window.height > self.too_large_px:
            raise MemoryError
        left, top = round(window.left * FINER), round(window.top * FINER)
        return self.picture[top : top + window.height, left : left + window.width].float()


def noise(seed: int, height: int, width: int, contrast: float = 25.0, sigma: float = 0.8) -> np.ndarray:
    """(height, width, 3) uint8: grain of about `sigma` px on grey."""
    grain = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (height, width)), (0, 0), sigma)
    picture: np.ndarray = np.clip(128 + contrast * grain / grain.std(), 0, 255).astype(np.uint8)
    return np.repeat(picture[..., None], 3, axis=2)


def disc(radius: float = 30.0, soft: float = 6.0) -> torch.Tensor:
    """(1, SIDE, SIDE): 1 in the middle of the frame."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] + 0.5 - SIDE / 2
    return torch.from_numpy(np.clip((radius - np.hypot(x, y)) / soft, 0, 1).astype(np.float32)).unsqueeze(0)


def before(contrast: float = 25.0) -> torch.Tensor:
    return torch.from_numpy(noise(1, 480, 520, contrast))


def placed(target: torch.Tensor, picture: torch.Tensor, mask: torch.Tensor, *, skin: float = 0.0) -> Placed:
    """The picture over the target where the mask is, fused at the frame's size."""
    frame = warp.resize(target[layers.slices(ROOM)].contiguous(), SIDE, SIDE)
    guide = Painted(picture, mask, (mask > 0).float())
    mixed = torch.lerp(frame.float(), guide.coarse.float(), mask[0].unsqueeze(-1)).round().to(torch.uint8)
    whole = Rect(0, 0, SIDE, SIDE)
    made = Layers(
        whole, None, mask, mask * skin, (mask > 0).float(), 60.0, 1.0, 1.0, (), layers.Pasted(whole, mixed), guide
    )
    return Placed(Working(ROOM, Size(SIDE, SIDE)), frame, made, 1.0)


def refined(target: torch.Tensor, given: Placed, settings: Settings = PLAIN, tile_px: int | None = None) -> np.ndarray:
    found: np.ndarray = stage_two.refine(target, given, settings, lambda share: None, tile_px).pixels.numpy()
    return found


def in_room(picture: np.ndarray) -> np.ndarray:
    part: np.ndarray = picture[layers.slices(ROOM)]
    return part


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-9)))


def texture(picture: np.ndarray) -> np.ndarray:
    """(H, W): what is finer than the frame can show."""
    grey = picture[..., 0].astype(np.float32)
    found: np.ndarray = grey - cv2.GaussianBlur(grey, (0, 0), FINER)
    return found


def middle(picture: np.ndarray) -> np.ndarray:
    side = FINER * SIDE
    part: np.ndarray = picture[side // 3 : -side // 3, side // 3 : -side // 3]
    return part


FACE = torch.from_numpy(noise(2, FINER * SIDE, FINER * SIDE, 25.0))


def test_the_detail_inside_is_the_faces_own_and_not_an_enlargement() -> None:
    target = before()
    out = refined(target, placed(target, FACE, disc()))
    inside = middle(texture(in_room(out)))
    assert np.corrcoef(inside.ravel(), middle(texture(FACE.numpy())).ravel())[0, 1] > 0.95
    assert psnr(middle(in_room(out)), middle(FACE.numpy())) > 35


def test_outside_the_reach_the_target_stays_bit_for_bit() -> None:
    target = before()
    given = placed(target, FACE, disc())
    out = refined(target, given)
    changed = (out != target.numpy()).any(2)
    reach = cv2.resize(disc()[0].numpy(), (FINER * SIDE, FINER * SIDE), interpolation=cv2.INTER_LINEAR) > 0
    allowed = np.zeros_like(changed)
    allowed[layers.slices(ROOM)] = cv2.dilate(reach.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert changed.any()
    assert not (changed & ~allowed).any()


def test_where_the_fusion_changed_nothing_the_target_comes_back() -> None:
    target = before()
    given = placed(target, FACE, torch.zeros(1, SIDE, SIDE))
    guide = given.layers.guide
    assert isinstance(guide, Painted)
    everywhere = replace(given, layers=replace(given.layers, guide=replace(guide, reach=torch.ones(1, SIDE, SIDE))))
    assert np.array_equal(refined(target, everywhere), target.numpy())


@pytest.mark.parametrize("tile_px", [64, 160])
@pytest.mark.parametrize("sharpen", [0.0, 0.8])
def test_tiles_give_what_one_piece_gives(tile_px: int, sharpen: float) -> None:
    target = before()
    given = replace(placed(target, FACE, disc()), softness=3.0)
    settings = replace(PLAIN, sharpen=sharpen)
    whole = refined(target, given, settings, tile_px=10_000)
    tiled = refined(target, given, settings, tile_px=tile_px)
    assert psnr(in_room(tiled), in_room(whole)) >= 50
    assert np.abs(tiled.astype(int) - whole).max() <= 6


def test_a_tile_that_does_not_fit_is_halved_and_the_result_is_the_same() -> None:
    target = before()
    given = placed(target, FACE, disc())
    guide = given.layers.guide
    assert isinstance(guide, Painted)
    tight = replace(given, layers=replace(given.layers, guide=replace(guide, too_large_px=20_000)))
    found = stage_two.refine(target, tight, PLAIN, lambda share: None, tile_px=256)
    assert [step.rung for step in found.steps] == [Rung.TILE]
    assert 0 < found.least_px < found.tile_px == 256
    assert psnr(in_room(found.pixels.numpy()), in_room(refined(target, given))) >= 50


def test_where_not_even_the_smallest_tile_fits_the_error_says_so() -> None:
    target = before()
    given = placed(target, FACE, disc())
    guide = given.layers.guide
    assert isinstance(guide, Painted)
    with pytest.raises(OutOfMemory):
        refined(target, replace(given, layers=replace(given.layers, guide=replace(guide, too_large_px=0))))


def test_the_second_stage_can_be_cancelled_between_tiles() -> None:
    seen = []

    def watch(share: float) -> None:
        seen.append(share)
        if len(seen) == 2:
            raise Cancelled

    target = before()
    with pytest.raises(Cancelled):
        stage_two.refine(target, placed(target, FACE, disc()), PLAIN, watch, tile_px=64)
    assert len(seen) == 2
    assert seen == sorted(seen)


def test_a_face_without_grain_takes_that_of_the_skin_it_lies_on() -> None:
    target = before(6.0)
    flat = torch.full((FINER * SIDE, FINER * SIDE, 3), 140, dtype=torch.uint8)
    bare = refined(target, placed(target, flat, disc(), skin=0.0))
    grained = refined(target, placed(target, flat, disc(), skin=1.0))
    grain = [middle(texture(in_room(picture))).std() for picture in (bare, grained, target.numpy())]
    assert grain[0] < 0.2 * grain[2]
    assert 0.6 * grain[2] < grain[1] < 1.3 * grain[2]


def test_a_face_is_not_left_much_sharper_than_the_photo_around_it() -> None:
    target = torch.from_numpy(noise(1, 480, 520, 12.0, sigma=3.0))
    strong = refined(target, placed(target, FACE, disc(), skin=0.0))
    held = refined(target, placed(target, FACE, disc(), skin=1.0))
    ratio = middle(texture(in_room(held))).std() / middle(texture(in_room(strong))).std()
    assert stage_two.GRAIN_KEPT - 0.1 < ratio < 0.75


def test_a_ground_that_moved_is_read_from_the_target_at_full_size() -> None:
    target = before()
    given = placed(target, FACE, torch.zeros(1, SIDE, SIDE))
    guide = given.layers.guide
    assert isinstance(guide, Painted)
    moved = torch.zeros(2, SIDE, SIDE)
    moved[0] = 2.0  # px of the frame: what is seen lay to the right
    shifted = target[layers.slices(replace(ROOM, left=ROOM.left + 2 * FINER))].contiguous()
    frame = warp.resize(shifted, SIDE, SIDE)
    pasted = layers.Pasted(Rect(0, 0, SIDE, SIDE), frame)
    reach = torch.ones(1, SIDE, SIDE)
    moving = replace(given.layers, pasted=pasted, guide=replace(guide, moved=moved, reach=reach))
    out = in_room(refined(target, replace(given, layers=moving)))
    assert psnr(middle(out), middle(shifted.numpy())) > 35


def test_gains_tell_how_much_of_each_picture_is_seen() -> None:
    face, ground = (torch.from_numpy(noise(seed, 64, 64))[..., 0].float().unsqueeze(0) for seed in (3, 4))
    half = torch.full_like(face, 0.5)
    found = guided_filter.fitted(0.8 * face + 0.1 * ground + 20, face, ground, half)
    assert found[0].mean() == pytest.approx(0.8, abs=0.03)
    assert found[1].mean() == pytest.approx(0.1, abs=0.03)


def test_gains_stay_at_the_mask_where_there_is_nothing_to_see() -> None:
    flat = torch.full((1, 32, 32), 100.0)
    share = torch.full((1, 32, 32), 0.3)
    found = guided_filter.fitted(flat + 30, flat, flat, share)
    assert torch.allclose(found[0], share[0])
    assert torch.allclose(found[1], 1 - share[0])


def test_a_window_reads_the_same_places_whole_and_in_tiles() -> None:
    image = torch.from_numpy(noise(5, 40, 50)).float()
    whole = windows.read(image, Window(3.25, 2.5, 0.3, 0.25, 100, 120), smooth=True)
    part = windows.read(image, Window(3.25 + 0.3 * 40, 2.5 + 0.25 * 60, 0.3, 0.25, 60, 60), smooth=True)
    assert float((whole[60:120, 40:100] - part).abs().max()) < 4  # of 255: OpenCV's places are 1/32 px apart


def test_a_window_on_the_pixels_themselves_returns_them() -> None:
    image = torch.from_numpy(noise(6, 20, 30)).float()
    assert torch.equal(windows.read(image, Window(4, 5, 1, 1, 10, 9), smooth=True), image[5:14, 4:14])
    places = Window(4, 5, 1, 1, 10, 9).centres(torch.device("cpu"))
    assert torch.equal(windows.gather(image.to(torch.uint8), places), image[5:14, 4:14])


@pytest.mark.parametrize("smooth", [False, True])
def test_a_graphics_card_reads_the_same_places(smooth: bool) -> None:
    """The way that is not OpenCV's, run on the CPU."""
    image = torch.from_numpy(noise(8, 40, 50, sigma=2.0)).float()
    window = Window(3.25, 2.5, 0.3, 0.25, 100, 120)
    card = windows._sampled(image, window.centres(image.device), smooth)
    assert float((windows.read(image, window, smooth=smooth) - card).abs().max()) < 2  # of 255
    places = window.centres(image.device)
    if smooth:
        assert float((windows.gather(image.to(torch.uint8), places) - card).abs().max()) < 2


def test_a_graphics_card_finds_the_same_means() -> None:
    image = torch.from_numpy(noise(9, 40, 50))[..., 0].float().unsqueeze(0)
    inside = slice(guided_filter.RADIUS, -guided_filter.RADIUS)
    difference = (guided_filter._around(image) - guided_filter._pooled(image))[:, inside, inside]
    assert float(difference.abs().max()) < 1e-3


def test_an_enlarged_crop_lies_where_the_crop_lay() -> None:
    side = 64
    picture = cv2.GaussianBlur(noise(7, side, side, 60.0), (0, 0), 2.0)
    crop = Crop(
        torch.from_numpy(picture).float() / 255,
        torch.ones(side, side, 1),
        Square(side, np.array([[1.2, 0.1, -4.0], [-0.1, 1.2, 3.0]])),
    )
    ones = torch.ones(1, 1, 1)
    guide = CropGuide(torch.zeros(1), ones, ones, (crop,), 1.0, 4.0)
    larger = guide.enlarged(
        lambda pixels, factor, wanted: cv2.resize(pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    )
    assert larger.enlargement == 1.0
    where = np.array([[0.5, 0, 5.0], [0, 0.5, 5.0]])
    aside = where + np.array([[0, 0, 0.5], [0, 0, 0]])
    under = torch.zeros(80, 80, 3)

    def inner(guide: CropGuide, where: np.ndarray) -> np.ndarray:
        return 255 * over(under, guide.crops[0], where).numpy()[10:70, 10:70]

    assert psnr(inner(larger, where), inner(guide, where)) > 40
    assert psnr(inner(larger, aside), inner(guide, where)) < 38  # half a pixel off would have been seen
