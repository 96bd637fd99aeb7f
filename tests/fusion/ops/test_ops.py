"""Image operations, each against what it promises."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2lab

from fusion.ops import blend, color, filters, finish, light, mask, skin, warp
from fusion.ops.finish import Look
from fusion.photos import samples
from fusion.settings import Settings
from fusion.sizing import Plan, Rect, layout
from fusion.types import Fit, Mode, Size
from tests.support import ROOT

NEUTRAL = Look(0, 0, 0, 0, 0)


@pytest.fixture
def noise() -> torch.Tensor:
    """(3, 40, 50) Lab-like values."""
    return torch.rand(3, 40, 50, generator=torch.Generator().manual_seed(3)) * torch.tensor([80, 30, 30]).view(3, 1, 1)


def test_lab_agrees_with_scikit_image() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    ours = color.lab_from_bytes(torch.from_numpy(pixels)).permute(1, 2, 0).numpy()
    assert np.abs(ours - rgb2lab(pixels)).max() < 0.05


def test_every_byte_colour_survives_the_way_through_lab() -> None:
    steps = torch.arange(0, 256, 5, dtype=torch.uint8)
    cube = torch.cartesian_prod(steps, steps, steps).view(-1, 52, 3)
    assert torch.equal(color.bytes_from_lab(color.lab_from_bytes(cube)), cube)


@pytest.mark.parametrize("sigma", [0.6, 3.0, 9.0, 30.0])
def test_a_blur_has_the_spread_that_it_was_asked_for(sigma: float) -> None:
    side = 255
    point = torch.zeros(1, side, side)
    point[0, side // 2, side // 2] = 1
    answer = filters.gaussian(point, sigma)
    x = torch.arange(side) - side // 2
    assert float(answer.sum()) == pytest.approx(1, abs=0.02)
    assert float((answer.sum(1)[0] * x * x).sum()) ** 0.5 == pytest.approx(sigma, rel=0.12)


def test_filters_leave_a_flat_picture_alone() -> None:
    flat = torch.full((2, 30, 41), 7.0)
    weight = torch.rand(1, 30, 41, generator=torch.Generator().manual_seed(0))
    assert filters.gaussian(flat, 5) == pytest.approx(flat)
    assert filters.box(flat, 4) == pytest.approx(flat)
    assert filters.guided(flat[:1], flat, 5, 1.0, 2) == pytest.approx(flat, abs=1e-4)
    assert filters.spread(flat, weight, 2.0) == pytest.approx(flat, abs=1e-3)


def test_a_guided_filter_smooths_noise_and_keeps_an_edge() -> None:
    picture = torch.zeros(1, 60, 60)
    picture[:, :, 30:] = 50
    noisy = picture + torch.randn(1, 60, 60, generator=torch.Generator().manual_seed(1))
    answer = filters.guided(noisy, noisy, 5, 16.0)
    assert float((answer - picture)[:, 10:50, 5:22].std()) < 0.4
    assert float((answer - picture)[:, 10:50, 28:32].abs().mean()) < 2.0


def test_spreading_continues_known_values_into_the_unknown() -> None:
    values = torch.zeros(1, 50, 50)
    weight = torch.zeros(1, 50, 50)
    values[:, :, :10], weight[:, :, :10] = 5.0, 1.0
    assert filters.spread(values, weight, 2.0) == pytest.approx(torch.full_like(values, 5.0), abs=0.05)


def test_a_border_wider_than_the_picture_is_reflected_again_and_again() -> None:
    strip = torch.arange(4, dtype=torch.uint8).view(1, 4, 1).expand(3, 4, 3).contiguous()
    plan = Plan(Size(4, 3), Size(14, 3), Rect(0, 0, 4, 3), Rect(5, 0, 4, 3))
    row = warp.lay_out(strip, plan)[0, :, 0].tolist()
    assert row == [1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2]


def test_a_single_pixel_is_reflected_as_itself() -> None:
    dot = torch.full((1, 3, 3), 7, dtype=torch.uint8)
    plan = Plan(Size(3, 1), Size(3, 4), Rect(0, 0, 3, 1), Rect(0, 2, 3, 1))
    assert torch.equal(warp.lay_out(dot, plan), dot.expand(4, 3, 3))


@pytest.mark.parametrize(
    ("photo", "output"),
    [
        (Size(120, 90), Size(256, 256)),  # enlarged, borders above and below
        (Size(300, 500), Size(256, 200)),  # reduced, borders left and right
        (Size(200, 131), Size(64, 333)),  # borders wider than the picture
        (Size(97, 400), Size(640, 64)),
        (Size(64, 6400), Size(400, 400)),  # a content of 4 px reflected a hundred times
        (Size(128, 96), Size(512, 384)),  # no border at all
    ],
)
def test_padding_is_that_of_the_reference(photo: Size, output: Size) -> None:
    pixels = np.array(Image.open(io.BytesIO(samples.TARGET.read())).resize((photo.width, photo.height)))
    plan = layout.plan(photo, Settings(output=output, fit=Fit.PAD))
    ours = warp.lay_out(torch.from_numpy(pixels), plan).numpy()
    wanted = reference_pad(pixels, output)
    assert ours.shape == wanted.shape == (output.height, output.width, 3)
    off = np.abs(ours.astype(int) - wanted)
    # bytes are rounded twice, across and down, so that once in a while two roundings meet
    assert off.max() <= 2
    assert (off > 1).mean() <= 1e-4


def reference_pad(pixels: np.ndarray, output: Size) -> np.ndarray:
    """Scaled by the smaller ratio, bicubic, centred, reflected: by Pillow and numpy."""
    height, width = pixels.shape[:2]
    scale = min(output.height / height, output.width / width)
    new = round(width * scale), round(height * scale)
    # two calls: Pillow goes across first or down first by the shape, and clips in between, which shows at hard edges
    content = Image.fromarray(pixels).resize((new[0], height), Image.Resampling.BICUBIC)
    content = content.resize(new, Image.Resampling.BICUBIC)
    left, top = (output.width - new[0]) // 2, (output.height - new[1]) // 2
    borders = ((top, output.height - new[1] - top), (left, output.width - new[0] - left), (0, 0))
    return np.pad(np.asarray(content), borders, mode="reflect")


@pytest.mark.parametrize("size", [(300, 500), (500, 310), (211, 97), (211, 310), (300, 310)])
def test_resizing_and_padding_in_strips_change_no_bit(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    pixels = torch.randint(0, 256, (211, 310, 3), dtype=torch.uint8)
    plan = layout.plan(Size(310, 211), Settings(output=Size(*size), fit=Fit.PAD))
    whole = warp.resize(pixels, *size), warp.lay_out(pixels, plan)
    monkeypatch.setattr(warp, "ONE_PIECE_BYTES", 0)
    monkeypatch.setattr(warp, "STRIP_BYTES", 9_000)
    assert torch.equal(warp.resize(pixels, *size), whole[0])
    assert torch.equal(warp.lay_out(pixels, plan), whole[1])


_LAID_OUT = """
import torch
from fusion.ops import warp
from fusion.settings import Settings
from fusion.sizing import layout
from fusion.types import Fit, Size

def status(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) * 1024

photo = torch.zeros(1500, 2000, 3, dtype=torch.uint8)
warp.resize(photo[:64, :64], 100, 100)
for fit in (Fit.PAD, Fit.CROP):
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before = status("VmRSS")
    plan = layout.plan(Size(2000, 1500), Settings(output=Size(4096, 4096), fit=fit))
    frame = warp.lay_out(photo, plan)
    print((status("VmHWM") - before) / frame.numel())
    del frame
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux to say what memory was used")
def test_laying_out_holds_one_more_frame_at_most() -> None:
    done = subprocess.run([sys.executable, "-c", _LAID_OUT], cwd=ROOT, capture_output=True, text=True, check=True)
    frames = [float(line) for line in done.stdout.split()]
    assert len(frames) == 2
    assert max(frames) <= 2


def test_sampling_at_the_pixels_own_centres_changes_nothing(noise: torch.Tensor) -> None:
    centres = warp.pixel_centres(40, 50, torch.device("cpu"))
    assert warp.sample(noise, centres) == pytest.approx(noise, abs=1e-3)
    assert warp.sample(noise, centres, "bicubic") == pytest.approx(noise, abs=1e-2)


@pytest.mark.parametrize("mode", list(Mode))
def test_where_the_mask_is_0_the_ground_stays_bit_for_bit(noise: torch.Tensor, mode: Mode) -> None:
    area = torch.zeros(1, 40, 50)
    area[:, 10:30, 10:40] = 1
    area = filters.gaussian(area, 2.0) * (torch.arange(50) > 5)
    answer = blend.compose(noise + 5, noise, area, torch.ones_like(area), mode, 40.0)
    outside = (area == 0).expand_as(noise)
    assert torch.equal(answer[outside], noise[outside])
    assert not torch.equal(answer, noise)


def test_blend_hides_a_step_in_colour_at_the_border() -> None:
    ground, face = torch.full((3, 96, 96), 50.0), torch.full((3, 96, 96), 56.0)
    disc = mask.polygon(np.array([[16, 16], [80, 16], [80, 80], [16, 80]], float), 96, 96)
    area = mask.to_tensor(mask.inward(disc, 6), torch.device("cpu"))
    jumps = {}
    for mode in (Mode.NORMAL, Mode.BLEND):
        row = blend.compose(face, ground, area, torch.ones_like(area), mode, 64.0)[0, 48]
        jumps[mode] = float(row.diff().abs().max())
    assert jumps[Mode.BLEND] < 0.6 * jumps[Mode.NORMAL]


def test_neutral_finishing_changes_nothing(noise: torch.Tensor) -> None:
    ones = torch.ones(1, 40, 50)
    assert torch.equal(finish.finish(noise, ones, NEUTRAL, 1.0), noise)


def test_brightness_contrast_and_saturation_do_what_they_say(noise: torch.Tensor) -> None:
    ones = torch.ones(1, 40, 50)

    def adjusted(**change: float) -> torch.Tensor:
        look = Look(0, change.get("brightness", 0), change.get("contrast", 0), change.get("saturation", 0), 0)
        return finish.adjust(noise, ones, look)

    assert adjusted(brightness=0.1)[0].mean() == pytest.approx(float(noise[0].mean()) + 5, abs=0.3)
    assert adjusted(brightness=-0.1)[0].mean() < noise[0].mean()
    assert adjusted(contrast=0.3)[0].std() > 1.2 * noise[0].std()
    assert adjusted(saturation=-0.5)[1:].abs().mean() == pytest.approx(float(noise[1:].abs().mean()) / 2, rel=0.01)


def test_smoothing_evens_the_skin_and_leaves_the_rest() -> None:
    lab = torch.full((3, 80, 80), 60.0)
    lab[0] += 3 * torch.randn(80, 80, generator=torch.Generator().manual_seed(5))
    where = torch.zeros(1, 80, 80)
    where[:, :, :40] = 1
    answer = finish.smooth(lab, where, 0.8, 200.0)
    assert answer[0, :, 5:35].std() < 0.6 * lab[0, :, 5:35].std()
    assert torch.equal(answer[:, :, 40:], lab[:, :, 40:])


def test_sharpening_is_automatic_only_for_an_enlarged_face() -> None:
    assert finish.auto_sharpen(1.0) == finish.auto_sharpen(1.2) == 0
    assert 0 < finish.auto_sharpen(2.0) < finish.auto_sharpen(3.0) == finish.auto_sharpen(8.0)
    assert Look.of(Settings(sharpen=0.0), 5.0).sharpen == 0


def test_sharpening_does_not_overshoot_an_edge_by_more_than_its_limit() -> None:
    edge = torch.full((3, 40, 40), 20.0)
    edge[0, :, 20:] = 80
    answer = finish.sharpen(edge, torch.ones(1, 40, 40), 1.0, 3.0)
    assert 20 - 9.01 <= float(answer[0].min()) < 20
    assert 80 < float(answer[0].max()) <= 80 + 9.01


def test_relighting_gives_the_low_frequencies_asked_for_and_keeps_black_black() -> None:
    lab = torch.full((3, 32, 32), 40.0)
    lab[:, 10:12, 10:20] = torch.tensor([3.0, 0.0, 0.0]).view(3, 1, 1)
    low, wanted = torch.full((3, 32, 32), 40.0), torch.tensor([70.0, 5.0, 60.0]).view(3, 1, 1).expand(3, 32, 32)
    answer = light.relight(lab, low, wanted)
    assert answer[:, 0, 0].tolist() == pytest.approx([70, 5, 60], abs=0.5)
    assert float(answer[0, 10, 10]) < 12
    assert answer[1:, 10, 10].abs().max() < 5


def test_a_smooth_face_takes_the_grain_of_its_surroundings() -> None:
    grain = torch.randn(1, 100, 100, generator=torch.Generator().manual_seed(7))
    ground = torch.cat([60 + 2 * grain, torch.zeros(2, 100, 100)])
    face, everywhere = torch.cat([torch.full((1, 100, 100), 60.0), torch.zeros(2, 100, 100)]), torch.ones(1, 100, 100)
    want = float(light.grain_of(ground[:1], everywhere))
    assert float(light.grain_of(face[:1], everywhere)) < 0.1 * want
    matched = light.match_grain(face, ground, everywhere)
    assert float(light.grain_of(matched[:1], everywhere)) == pytest.approx(want, rel=0.25)


def test_skin_is_told_from_what_is_no_skin() -> None:
    lab = torch.tensor([65.0, 18.0, 20.0]).view(3, 1, 1).repeat(1, 120, 120)
    lab += torch.randn(3, 120, 120, generator=torch.Generator().manual_seed(2))
    lab[:, :30] = torch.tensor([20.0, 3.0, 5.0]).view(3, 1, 1)
    seed = torch.zeros(1, 120, 120)
    seed[:, 60:100, 40:80] = 1
    found = skin.skin_map(lab, seed, 100.0)
    assert float(found[0, 50:].mean()) > 0.9
    assert float(found[0, :25].mean()) < 0.1


@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_reading_along_lines_is_the_same_on_a_gpu(kind: torch.dtype) -> None:
    """The way without OpenCV is the one that a GPU takes; it runs on a processor too."""
    smooth = torch.nn.functional.interpolate(torch.rand(1, 4, 6, 7, generator=torch.manual_seed(0)), (60, 80))
    image = (smooth[0].permute(1, 2, 0) * (255 if kind == torch.uint8 else 1)).to(kind).contiguous()
    turned = np.array([[0.9, 0.3, -12.0], [-0.3, 0.9, 14.0]])
    wanted = warp.affine(image, turned, 90, 70)
    found = warp._gathered(image, torch.tensor(turned, dtype=torch.float32), 90, 70)
    assert found.dtype == wanted.dtype == kind
    assert found.shape == wanted.shape == (70, 90, 4)
    # OpenCV rounds places to 1/32 px
    assert float((found.float() - wanted.float()).abs().mean()) < (1.0 if kind == torch.uint8 else 0.004)
    assert bool(((wanted == 0) == (found == 0)).float().mean() > 0.98)  # beyond the border there is nothing
