"""The enhancer in strips of rows: the picture that it makes whole, in a fraction of the memory, stopped in between."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from modelscope.models.cv.image_face_fusion.facegan.gpen_model import FullGenerator
from torch._subclasses import FakeTensorMode

from fusion.engines import Work
from fusion.engines.unet.engine import UnetEngine
from fusion.engines.unet.networks import checkpoint
from fusion.engines.unet.networks import enhancer as enhancing
from fusion.engines.unet.networks.enhancer import SIDE, Enhancer
from fusion.engines.unet.networks.strips import Reach
from fusion.errors import Cancelled
from fusion.memory import Saving, budget, strips
from fusion.types import Mode, Precision
from tests.support.fixtures.held import Held

CPU = torch.device("cpu")
DTYPES = {Precision.FLOAT32: torch.float32, Precision.FLOAT16: torch.float16}


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


NARROW = partial(FullGenerator, narrow=1 / 16)  # a sixteenth of the channels: all layers, at next to none of the work


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random ones, of a narrow enhancer for 128 px."""
    torch.manual_seed(5)
    network = NARROW(128, 512, 8, 2)
    for name, parameter in network.named_parameters():
        if name.endswith(("bias", "noise.weight")):
            parameter.data.add_(torch.randn_like(parameter) * 0.2)
    path = tmp_path_factory.mktemp("enhancer") / "narrow.pth"
    torch.save(network.state_dict(), path)
    return path


def narrow_enhancer(weights: Path, dtype: torch.dtype) -> Enhancer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enhancing, "FullGenerator", NARROW)
        return Enhancer(weights, CPU, dtype, 128)


@pytest.fixture(scope="module")
def enhancer(weights: Path) -> Enhancer:
    return narrow_enhancer(weights, torch.float32)


@pytest.fixture(scope="module")
def photo() -> torch.Tensor:
    return torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize("rows", [1, 2, 7, 33, 64, 100, 127])
def test_a_picture_made_in_strips_is_the_one_made_whole(enhancer: Enhancer, photo: torch.Tensor, rows: int) -> None:
    whole = enhancer(photo)
    assert float(whole.std()) > 0.1
    assert float((enhancer(photo, rows) - whole).abs().max()) < 1e-4  # a level is 1 / 127.5


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_half_precision_strips_are_within_a_level(weights: Path, photo: torch.Tensor, dtype: torch.dtype) -> None:
    """Of the whole in the same precision: a library may add up in another order for another height."""
    half = narrow_enhancer(weights, dtype)
    assert float((half(photo, 33) - half(photo)).abs().max()) < 1 / 127.5


@pytest.mark.parametrize(
    "reach",
    [
        Reach(1),
        Reach(3, padding=1),
        Reach(4, padding=1),
        Reach(4, padding=2),
        Reach(3, stride=2),
        Reach(5, stride=3, padding=1),
        Reach(3, stride=2, transposed=True),
        Reach(4, stride=2, padding=1, transposed=True),
    ],
)
def test_a_layer_reaches_as_far_as_its_kernel_and_no_further(reach: Reach) -> None:
    """Which rows of the answer each row of the input changes, by torch itself."""
    height = 24
    rows = torch.eye(height).view(height, 1, height, 1)  # a picture for each row, in which it alone is not 0
    kernel = torch.ones(1, 1, reach.kernel, 1)
    layer = F.conv_transpose2d if reach.transposed else F.conv2d
    changed = layer(rows, kernel, stride=(reach.stride, 1), padding=(reach.padding, 0))[:, 0, :, 0] > 0
    for first, end in [(0, 1), (0, changed.shape[1]), (3, 6), (5, changed.shape[1]), (4, 5)]:
        named = range(*reach.rows(first, end))
        assert changed[:, first:end].any(1).nonzero().flatten().tolist() == [row for row in named if 0 <= row < height]


def test_the_work_can_be_stopped_between_two_strips(enhancer: Enhancer, photo: torch.Tensor) -> None:
    heard: list[float] = []

    def heed(share: float) -> None:
        heard.append(share)
        if len(heard) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        enhancer(photo, 64, heed)
    assert 0 < heard[0] < heard[1] < heard[2] < 1


def test_progress_ends_at_the_whole(enhancer: Enhancer, photo: torch.Tensor) -> None:
    heard: list[float] = []
    enhancer(photo, 64, heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def peaks(precision: Precision, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes of all tensors at once beside the weights, at full size, by height: followed, with nothing computed."""

    def shapes(path: Path) -> dict[str, torch.Tensor]:
        with checkpoint._Weightless():
            network = FullGenerator(SIDE, 512, 8, 2)
        return {name: torch.empty(each.shape, dtype=each.dtype) for name, each in network.state_dict().items()}

    monkeypatch.setattr(checkpoint, "read", shapes)
    with torch.inference_mode(False), torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True), Held() as held:
        enhancer = Enhancer(Path("none"), CPU, DTYPES[precision])
        weights, found = held.now, []
        for rows in strips.HEIGHTS:
            held.peak = held.now
            enhancer(torch.empty(1, 3, SIDE, SIDE), rows)
            found.append(held.peak - weights)
    return found


@pytest.mark.parametrize("precision", DTYPES)
def test_memory_falls_with_the_strips_as_is_foretold(precision: Precision, monkeypatch: pytest.MonkeyPatch) -> None:
    found = peaks(precision, monkeypatch)
    assert found == sorted(found, reverse=True)
    assert found[-1] < found[0] / 3
    for rows, peak in zip(strips.HEIGHTS, found, strict=True):
        assert peak <= strips.needed_bytes(rows, precision) < 1.7 * peak  # what an allocator keeps comes on top


def engine_on(device: str) -> UnetEngine:
    """One without networks, which can only be asked what it would do."""
    made = UnetEngine.__new__(UnetEngine)
    made._device, made.precision, made.lends = torch.device(device), Precision.FLOAT32, False
    return made


def asked_for(strip_rows: int | None) -> Work:
    nothing = np.zeros((1, 1, 3), np.uint8)
    return Work(torch.from_numpy(nothing), nothing, nothing, nothing, 1.0, Mode.NORMAL, saving=Saving(strip_rows))


@pytest.mark.parametrize(
    ("free_mib", "at_most", "rows"),
    [
        (8000, None, strips.WHOLE),
        (1550, None, 512),
        (1100, None, 256),
        (100, None, 64),
        (8000, 64, 64),
        (800, 512, 128),
    ],
)
def test_a_card_with_little_free_memory_works_in_strips_beforehand(
    free_mib: int, at_most: int | None, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "spare_bytes", lambda device: free_mib << 20)
    card = engine_on("cuda")
    asked = asked_for(at_most)
    assert card._rows(asked) == rows
    told = [notice.details["rows"] for notice in card._saving(asked, rows)]
    assert told == ([rows] if at_most is None and rows < strips.WHOLE else [])


def test_a_processor_works_in_strips_in_any_case_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "spare_bytes", lambda device: 0)
    processor = engine_on("cpu")
    assert processor._rows(asked_for(None)) < strips.WHOLE
    assert processor._saving(asked_for(None), processor._rows(asked_for(None))) == ()
