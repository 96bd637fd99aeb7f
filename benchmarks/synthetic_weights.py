"""A model folder of the right structure with random weights, for tests and for timing. It fuses no faces.

    python -m benchmarks.synthetic_weights FOLDER [--seed N]

Layers are scaled so that nothing saturates or explodes: what is computed with these weights depends on both photos,
and a mistake in any layer shows. Speed and memory do not depend on the values of weights; what pictures look like
does, and the numerical errors of half precision do to a degree.
"""

from __future__ import annotations

import argparse
import math
import re
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import cv2
import torch
from scipy.io import savemat  # type: ignore[import-untyped, unused-ignore]
from torch import nn

from benchmarks.shared import synthetic_face
from fusion.units import GB
from fusion.weights.catalog import RANDOM_MARK

# Of what the networks would answer unscaled. Measured, on a picture, and little moved by the seed (0.6 to 1.1, and
# 1.3 to 1.5): measuring again would take longer than all the rest.
FUSION_STD, ENHANCER_STD = 0.88, 1.4
POWER_ITERATIONS = 4

Filler = Callable[[str, torch.Tensor], tuple[float, float]]


def make(folder: Path, seed: int = 0) -> Path:
    """Write the six files, and one that says what they are, into `folder` and return it.

    About 1.7 GB of files; a few GB of memory for a moment.
    """
    for name in ("faceRecog", "3dRecon", "BFM", "faceEnhance"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    photos = noise_pictures(4, 256, torch.Generator().manual_seed(seed))
    parts = (_write_fusion, _write_identity, _write_enhancer, _write_shape)
    # Half of the work is one thread's: dice, files and fresh memory.
    with _quiet(), _quick_files(), ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(part, folder, torch.Generator().manual_seed(seed * len(parts) + number), photos)
            for number, part in enumerate(parts)
        ]
        jobs.append(pool.submit(savemat, folder / "BFM/BFM_model_front.mat", synthetic_face.face_model(seed)))
    for job in jobs:
        job.result()
    (folder / RANDOM_MARK).write_text(
        "Random weights: they fuse no faces. See benchmarks/synthetic_weights.py of Fusewise.\n"
    )
    if not cv2.imwrite(str(folder / "alpha.jpg"), synthetic_face.oval()):
        raise OSError(f"could not write {folder / 'alpha.jpg'}")
    return folder


@torch.no_grad()
def _write_identity(folder: Path, dice: torch.Generator, photos: torch.Tensor) -> None:
    torch.save(identity(dice, photos).state_dict(), folder / "faceRecog/CurricularFace_Backbone.pth")


@torch.no_grad()
def _write_shape(folder: Path, dice: torch.Generator, photos: torch.Tensor) -> None:
    torch.save({"net_recon": shape(dice, photos).state_dict()}, folder / "3dRecon/face_3d.pth")


@torch.no_grad()
def _write_enhancer(folder: Path, dice: torch.Generator, photos: torch.Tensor) -> None:
    torch.save(enhancer(dice).state_dict(), folder / "faceEnhance/GPEN-BFR-1024.pth")


@torch.no_grad()
def _write_fusion(folder: Path, dice: torch.Generator, photos: torch.Tensor) -> None:
    weights = {f"module.{name}": each for name, each in fusion(dice, photos).state_dict().items()}
    torch.save({"state_dict": weights}, folder / "pytorch_model.pt")


def noise_pictures(count: int, side: int, dice: torch.Generator) -> torch.Tensor:
    """(count, 3, side, side) in -1…1: noise with more in the lower octaves, as pictures have, of rising contrast."""
    total = torch.zeros(count, 3, side, side)
    for octave in range(int(math.log2(side)) + 1):
        noise = torch.randn(count, 3, 2**octave, 2**octave, generator=dice)
        total += nn.functional.interpolate(noise, size=(side, side), mode="bilinear") * 0.7**octave
    contrast = torch.linspace(0.2, 0.6, count).view(-1, 1, 1, 1)
    return (total / total.std((1, 2, 3), keepdim=True) * contrast).clamp(-1, 1)


def identity(dice: torch.Generator, photos: torch.Tensor) -> nn.Module:
    """The identity network."""
    from modelscope.models.cv.image_face_fusion.network.model_irse import Backbone

    net = _filled(lambda: Backbone([112, 112], 100, "ir"), dice, _common_filler)
    _settle(net, lambda: net(nn.functional.interpolate(photos, size=112, mode="bilinear")))
    # Four photos say little of how embeddings scatter: without this, faces would lie almost opposite each other.
    last = net.get_submodule("output_layer.4")
    mean, var = last.get_buffer("running_mean"), last.get_buffer("running_var")
    mean.mul_(0.6)
    var.fill_(float(var.mean()))
    return net


def shape(dice: torch.Generator, photos: torch.Tensor) -> nn.Module:
    """The network of the 3-D coefficients: they differ between photos and stay as small as those of real faces."""
    from modelscope.models.cv.image_face_fusion.network.facerecon_model import ReconNetWrapper

    net = _filled(lambda: ReconNetWrapper("resnet50", use_last_fc=False), dice, _common_filler)
    batch = nn.functional.interpolate(photos * 0.5 + 0.5, size=224, mode="bilinear")
    _settle(net, lambda: net(batch))
    features = net.get_submodule("backbone")(batch)
    spread = float((features - features.mean(0)).pow(2).sum(1).mean().sqrt())
    level = float(features.pow(2).sum(1).mean().sqrt())
    # Identity, expression, texture, angles (radians), light, and where the face is (a face is 2 units high).
    for number, size in enumerate((2.0, 1.5, 1.5, 0.3, 0.3, 0.2, 0.3)):
        layer = net.get_submodule(f"final_layers.{number}")
        layer.get_parameter("weight").mul_(size / max(spread, level / 3))
        layer.get_parameter("bias").mul_(size)
    return net


def enhancer(dice: torch.Generator) -> nn.Module:
    """The enhancer, whose layers keep the size of numbers by themselves."""
    from modelscope.models.cv.image_face_fusion.facegan.gpen_model import FullGenerator

    net = _filled(lambda: FullGenerator(1024, 512, 8, 2), dice, _enhancer_filler)
    for name, tensor in net.state_dict().items():
        if re.search(r"to_rgb(1|s\.\d)\.(conv\.weight|bias)$", name):
            tensor.mul_(0.3 / ENHANCER_STD)
            if tensor.shape[2] > 1:  # what is added up has a positive mean: without this, so would have the picture
                halves = tensor.view(3, 2, -1)
                halves -= halves.mean(2, keepdim=True)
    return net


def fusion(dice: torch.Generator, photos: torch.Tensor) -> nn.Module:
    """The fusing network, its last block scaled so that the picture uses the middle of tanh."""
    from modelscope.models.cv.image_face_fusion.network.aei_flow_net import AEI_Net
    from modelscope.models.cv.image_face_fusion.network.dense_motion import AntiAliasInterpolation2d

    net = _filled(lambda: AEI_Net(c_id=512, num_kp=17, device=torch.device("cpu")), dice, _fusion_filler)
    motion, encoder, generator = (net.get_submodule(name) for name in ("dense_motion_network", "encoder", "generator"))
    motion.get_buffer("down.weight").copy_(AntiAliasInterpolation2d(3, 0.25).get_buffer("weight"))
    for conv in (each for each in net.modules() if hasattr(each, "weight_bar")):
        _power_iteration(conv)
    points = {"value": torch.rand(len(photos), 17, 2, generator=dice) * 1.6 - 0.8}
    moved = {"value": points["value"] + torch.randn(points["value"].shape, generator=dice) * 0.04}
    _settle(motion, lambda: motion(photos, moved, points))
    _settle(encoder, lambda: encoder(photos))
    for name, tensor in generator.state_dict().items():
        # Everything that the block adds up is linear in these (but for a small bias).
        if re.match(r"AADBlk8\.(AAD[23]\.(conv[12]|fc[12])\.|conv2\.module\.bias)", name):
            tensor.mul_(0.4 / FUSION_STD)
    return net


def _filled(build: Callable[[], nn.Module], dice: torch.Generator, filler: Filler) -> nn.Module:
    """The network with every weight, and every buffer that is not a measurement, filled in; ready to run."""
    with torch.device("meta"):
        net = build()  # its own initialisation, on numbers that do not exist, takes no time
    weights: dict[str, torch.Tensor] = {}
    for name, like in net.state_dict().items():
        if like.dtype == torch.long:
            weights[name] = torch.ones(like.shape, dtype=torch.long)
        elif name.endswith("kernel"):
            taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
            weights[name] = taps.outer(taps) / (16 if name.startswith("generator") else 64)  # up: four times as strong
        else:
            mean, std = filler(name, like)
            weights[name] = torch.empty(like.shape).normal_(mean, std, generator=dice)
    net.load_state_dict(weights, assign=True)
    return net.eval()


def _common_filler(name: str, like: torch.Tensor) -> tuple[float, float]:
    """Mean and standard deviation: convolutions keep the size of numbers, norms differ a little from 1 and 0."""
    if name.endswith("bias"):
        return 0.0, 0.1
    if like.ndim >= 2:
        return 0.0, math.sqrt(2 / like[0].numel())
    # Slopes; and branches that add little each: 50 full ones would carry a photo unlike those of `_settle` far away.
    return (0.25 if re.search(r"(res_layer\.[24]|input_layer\.2|bn3)\.weight", name) else 1.0), 0.05


def _fusion_filler(name: str, like: torch.Tensor) -> tuple[float, float]:
    if name == "generator.sa.gamma":
        return 0.5, 0.0
    if re.search(r"\.fc[12]\.weight|up1\.weight", name):
        return 0.0, 1.0  # what they are fed, an embedding, has length 1
    if re.search(r"AAD\d\.conv[12]\.weight|conv_h\.weight|motion_network\.mask\.weight", name):
        return 0.0, math.sqrt(1 / like[0].numel())
    return _common_filler(name, like)


def _enhancer_filler(name: str, like: torch.Tensor) -> tuple[float, float]:
    if name.endswith("modulation.bias"):
        return 1.0, 0.1
    if re.search(r"to_rgb.*modulation.weight", name):
        return 0.0, 0.1
    if name.endswith("noise.weight"):
        return 0.8, 0.1  # what brings the input's detail in
    if name.startswith("generator.style."):
        return 0.0, 100.0 if name.endswith("weight") else 5.0  # both are multiplied by 0.01 in use
    return (0.0, 0.1) if name.endswith("bias") else (0.0, 1.0)


def _settle(net: nn.Module, run: Callable[[], object]) -> None:
    """Let the norms' running statistics be those of `run`."""
    norms = [each for each in net.modules() if isinstance(each, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.train()
        norm.momentum = 1.0
    run()
    net.eval()


def _power_iteration(conv: nn.Module) -> None:
    """Set u and v of a spectral norm, so that dividing by u·Wv makes the largest singular value about 1."""
    weight = conv.get_parameter("weight_bar").flatten(1)
    u, v = conv.get_parameter("weight_u"), conv.get_parameter("weight_v")
    for _ in range(POWER_ITERATIONS):
        v.copy_(nn.functional.normalize(weight.T @ u, dim=0))
        u.copy_(nn.functional.normalize(weight @ v, dim=0))


@contextmanager
def _quiet() -> Iterator[None]:
    """The networks' own code is older than what torch now wants said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


@contextmanager
def _quick_files() -> Iterator[None]:
    """Checksums would take longer than all the rest."""
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        yield
    finally:
        torch.serialization.set_crc32_options(before)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    began = time.perf_counter()
    make(given.folder, given.seed)
    size = sum(path.stat().st_size for path in given.folder.rglob("*") if path.is_file())
    print(f"{given.folder}: {size / GB:.2f} GB in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
