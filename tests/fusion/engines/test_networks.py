"""Each network computes what modelscope's own class computes with the same weights."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from modelscope.models.cv.image_face_fusion.facegan.gpen_model import FullGenerator, StyledConv, ToRGB
from modelscope.models.cv.image_face_fusion.network.aad_layer import AAD_ResBlk
from modelscope.models.cv.image_face_fusion.network.aei_flow_net import AEI_Net
from modelscope.models.cv.image_face_fusion.network.bfm import ParametricFaceModel
from modelscope.models.cv.image_face_fusion.network.facerecon_model import ReconNetWrapper
from modelscope.models.cv.image_face_fusion.network.model_irse import Backbone
from scipy.io import savemat
from torch import nn

from fusion.engines.unet.networks import generator, identity, shape
from fusion.engines.unet.networks.enhancer import Enhancer
from fusion.engines.unet.networks.generator import Generator
from fusion.engines.unet.networks.identity import Identity
from fusion.engines.unet.networks.levels import Level
from fusion.engines.unet.networks.shape import Shape
from fusion.engines.unet.networks.strips import Strips
from fusion.engines.unet.networks.styled import Colour, Place, Styled
from fusion.errors import WeightsInvalid
from fusion.weights.locate import files_in

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def without_gradients() -> Iterator[None]:
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # modelscope's own classes are older than some advice of torch's
        yield


def crops(count: int, seed: int = 1) -> torch.Tensor:
    dice = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 16, 16, generator=dice)
    return F.interpolate(coarse, 256, mode="bicubic").clamp(0, 1) * 2 - 1


def loaded(build: Callable[[], nn.Module], path: Path, under: str | None = None) -> nn.Module:
    """The network that `build` makes, with the weights of a file; its own dice for these would take seconds."""
    with torch.device("meta"):
        network = build()
    state = torch.load(path, weights_only=True, mmap=True)
    state = state if under is None else state[under]
    longest = ("module.model.", "module.")
    prefix = next((p for p in longest if next(iter(state)).startswith(p)), "")
    network.load_state_dict({name.removeprefix(prefix): value for name, value in state.items()}, assign=True)
    return network.eval()


def test_the_identity_is_modelscopes(model_folder: Path) -> None:
    files = files_in(model_folder)
    theirs = loaded(lambda: Backbone([112, 112], 100, "ir"), files.identity)
    pictures = crops(2)
    wanted, _ = theirs(F.interpolate(pictures, (112, 112), mode="bilinear", align_corners=True))
    found = Identity(files.identity, CPU)(pictures)
    assert torch.allclose(found, wanted, atol=1e-5)
    assert float((found[0] * found[1]).sum()) < 0.9  # two faces are not one, or nothing was shown


def test_the_build_and_its_key_points_are_modelscopes(model_folder: Path) -> None:
    files = files_in(model_folder)
    theirs = loaded(lambda: ReconNetWrapper("resnet50", use_last_fc=False), files.shape, "net_recon")
    pictures = crops(2)
    wanted = theirs(F.interpolate(pictures * 0.5 + 0.5, size=224, mode="bilinear"))
    ours = Shape(files.shape, files.face_model, CPU)
    found = ours.coefficients(pictures)
    assert torch.allclose(found, wanted, atol=1e-4)
    model = ParametricFaceModel(bfm_folder=str(files.face_model.parent))
    model.to("cpu")
    _, _, _, points = model.compute_for_render(wanted.clone())
    points = points[:, :17] / 224
    points = torch.stack([points[..., 0], 1 - points[..., 1]], -1) * 2 - 1
    assert torch.allclose(ours.key_points(wanted), points, atol=1e-5)
    assert float((points[0] - points[1]).abs().max()) > 0.01


def test_the_generator_is_modelscopes(model_folder: Path) -> None:
    files = files_in(model_folder)
    theirs = loaded(lambda: AEI_Net(512, 17, CPU), files.generator, "state_dict")
    dice = torch.Generator().manual_seed(3)
    who = F.normalize(torch.randn(1, 512, generator=dice), dim=1)
    own = torch.rand(1, 17, 2, generator=dice) * 1.4 - 0.7
    fused = own + 0.05 * torch.randn(1, 17, 2, generator=dice)
    wanted, _, _ = theirs(crops(1), who, {"value": fused}, {"value": own})
    del theirs
    found = Generator(files.generator, CPU, torch.float32)(crops(1), who, fused, own)
    assert torch.allclose(found, wanted, atol=2e-3)
    assert float((found - wanted).abs().mean()) < 1e-4
    assert float(wanted.std()) > 0.1


@pytest.fixture(scope="module")
def small_enhancer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of the enhancer for 256 px: all that the one for 1024 has, in strips too, at a twentieth of it."""
    torch.manual_seed(5)
    network = FullGenerator(256, 512, 8, 2)
    for name, parameter in network.named_parameters():
        if name.endswith("noise.weight"):
            parameter.data.fill_(0.3)
        elif name.endswith("bias"):
            parameter.data.add_(torch.randn_like(parameter) * 0.1)
    path = tmp_path_factory.mktemp("enhancer") / "small.pth"
    torch.save(network.state_dict(), path)
    return path


def test_the_enhancer_is_modelscopes(small_enhancer: Path) -> None:
    theirs = loaded(lambda: FullGenerator(256, 512, 8, 2), small_enhancer)
    wanted, _ = theirs(crops(1))
    found = Enhancer(small_enhancer, CPU, torch.float32, 256)(crops(1), rows=64)
    assert torch.allclose(found, wanted, atol=1e-4)
    assert float(wanted.std()) > 0.1


def doubling(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """The map and the colours of one doubling of the enhancer, from 64 px to 128 px."""
    torch.manual_seed(4)
    layers = (StyledConv(32, 8, 3, 512, upsample=True), StyledConv(16, 8, 3, 512), ToRGB(16, 512))
    place = Place(CPU, dtype)
    level = Level(Styled(layers[0], place), Styled(layers[1], place), Colour(layers[2], place), place)
    x, features = place.put(torch.randn(1, 32, 64, 64)), place.put(torch.randn(1, 8, 128, 128))
    return level(x, torch.randn(1, 3, 64, 64), features, torch.randn(1, 512), Strips(64))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_the_enhancer_in_half_precision_is_close(dtype: torch.dtype) -> None:
    exact, rough = doubling(torch.float32), doubling(dtype)
    assert (rough[0].dtype, rough[1].dtype) == (dtype, torch.float32)
    for ours, wanted in zip(rough, exact, strict=True):
        assert 0 < float((ours.float() - wanted).abs().mean() / wanted.std()) < 0.01


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("sides", [(64, 64), (64, 3)])
def test_a_block_of_the_generator_in_half_precision_is_close(dtype: torch.dtype, sides: tuple[int, int]) -> None:
    torch.manual_seed(2)
    theirs = AAD_ResBlk(*sides, 32, 512).eval()
    x, attribute = torch.randn(1, sides[0], 32, 32), torch.randn(1, 32, 32, 32)
    who = F.normalize(torch.randn(1, 512), dim=1)
    wanted = theirs(x, attribute, who)
    ours = generator.Block(theirs).to(dtype)
    found = ours(x.to(dtype), attribute.to(dtype), who.to(dtype))
    assert found.dtype == dtype
    assert 0 < float((found.float() - wanted).abs().mean() / wanted.std()) < 0.03


def test_identities_are_mixed_along_the_sphere() -> None:
    own, other = F.normalize(torch.randn(2, 1, 512, generator=torch.Generator().manual_seed(0)), dim=2)
    assert torch.equal(identity.between(own, other, 0.0), own)
    assert torch.equal(identity.between(own, other, 1.0), other)
    angles = []
    for ratio in (0.25, 0.5, 0.75):
        mixed = identity.between(own, other, ratio)
        assert float(mixed.norm()) == pytest.approx(1, abs=1e-5)
        angles.append(float(torch.arccos((own * mixed).sum())))
    whole = float(torch.arccos((own * other).sum()))
    assert angles == pytest.approx([whole / 4, whole / 2, 3 * whole / 4], abs=1e-4)


def test_identities_that_are_nearly_one_or_opposite_are_mixed_too() -> None:
    own = F.normalize(torch.ones(1, 512), dim=1)
    assert float(identity.between(own, own.clone(), 0.5).sub(own).abs().max()) < 1e-6
    mixed = identity.between(own, -own, 0.3)
    assert float(mixed.norm()) == pytest.approx(1, abs=1e-5)


def test_builds_are_mixed_up_to_the_middle_and_the_rest_stays_the_targets() -> None:
    own, other = torch.zeros(1, 257), torch.ones(1, 257)
    assert torch.equal(shape.between(own, other, 0.0), own)
    whole = shape.between(own, other, 1.0)
    assert whole[0, :80].tolist() == [0.5] * 80
    assert whole[0, 80:].tolist() == [0.0] * 177
    assert own.sum() == 0


def face_model(path: Path, **changed: np.ndarray) -> Path:
    dice = np.random.default_rng(0)
    parts = {
        "meanshape": dice.normal(size=(1, 300)),
        "idBase": dice.normal(size=(300, 80)),
        "exBase": dice.normal(size=(300, 64)),
        "keypoints": np.arange(1, 69)[None],
    }
    savemat(path, {name: part for name, part in (parts | changed).items() if part is not None})
    return path


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"exBase": None}, "lacks exBase"),
        ({"idBase": np.zeros((297, 80))}, "do not fit"),
        ({"keypoints": np.arange(90, 158)[None]}, "not points of the model"),
        ({"keypoints": np.arange(1, 9)[None]}, "not points of the model"),
    ],
)
def test_a_face_model_that_cannot_be_right_is_refused(tmp_path: Path, changed: dict[str, np.ndarray], why: str) -> None:
    with pytest.raises(WeightsInvalid, match=why):
        shape._face_model(face_model(tmp_path / "model.mat", **changed))


def test_a_face_model_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.mat"
    path.write_bytes(b"not a matrix" * 50)
    with pytest.raises(WeightsInvalid, match=r"model\.mat"):
        shape._face_model(path)


def test_only_the_key_points_of_the_face_model_are_kept(tmp_path: Path) -> None:
    mean, build, expression = shape._face_model(face_model(tmp_path / "model.mat"))
    assert (mean.shape, build.shape, expression.shape) == ((51,), (80, 51), (64, 51))
    assert math.isfinite(float(mean.sum()))
