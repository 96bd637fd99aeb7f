"""A network that knows what each pixel of a face is: hair, skin, glasses and more; for whoever has its file.

BiSeNet (Yu et al., "Bilateral Segmentation Network for Real-time Semantic Segmentation", ECCV 2018) on a ResNet-18 (He
et al., "Deep Residual Learning for Image Recognition", CVPR 2016), trained on the 19 classes of CelebAMask-HQ. Without
its spatial path, as the weights in circulation have it: the residual network's own finest features take that place.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from fusion.errors import Reason, WeightsInvalid
from fusion.parsing import Segmenter, Segments, Silhouette
from fusion.weights import segmenter

CLASSES = ("background", "skin", "brow", "brow", "eye", "eye", "glasses", "ear", "ear", "earring", "nose", "mouth",
           "lip", "lip", "neck", "necklace", "clothes", "hair", "hat")  # fmt: skip
SIDE = 512  # px, of the pictures that it was trained on
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of red, green and blue
_EPSILON = 1e-5  # of batch normalisation
_STAGES = (1, 2, 2, 2)  # strides of the residual network's stages, of two blocks each

Folded = dict[str, tuple[torch.Tensor, torch.Tensor]]


def installed(device: torch.device) -> Silhouette | None:
    """The best network on this machine, loaded; None where there is none.

    Raises:
        WeightsMissing, WeightsInvalid: as `fusion.weights.segmenter.find`; or a file holds other weights.
    """
    model = segmenter.find()
    if model is None:
        return None
    return FaceParser(model, device) if model.suffix == segmenter.PARSER_SUFFIX else Segmenter(model)


class FaceParser:
    """See the module. May be used from several threads, one at a time.

    Raises:
        WeightsInvalid: the file holds other weights.
    """

    def __init__(self, file: Path, device: torch.device) -> None:
        self._lock = threading.Lock()
        self._device = device
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
            self._weights = _folded(state, device)
        except Exception as error:  # of whatever is in the file
            raise WeightsInvalid(
                Reason.WEIGHTS_INVALID, file=str(file), found=type(error).__name__, expected="BiSeNet's weights"
            ) from error

    @torch.inference_mode()
    def of(self, pixels: np.ndarray) -> Segments:
        """What is seen; see `Silhouette.of`."""
        seen = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device).permute(2, 0, 1).unsqueeze(0) / 255
        mean, spread = (torch.tensor(each, device=self._device).view(1, 3, 1, 1) for each in (_MEAN, _SPREAD))
        picture = functional.interpolate((seen - mean) / spread, (SIDE, SIDE), mode="bilinear", align_corners=False)
        with self._lock:
            logits = self._classes(picture)
        # it was trained to be enlarged so, corner to corner
        whole = functional.interpolate(logits, (SIDE, SIDE), mode="bilinear", align_corners=True).softmax(1)
        shares = functional.interpolate(whole, seen.shape[-2:], mode="bilinear", align_corners=False, antialias=True)
        return _segments(dict(enumerate(shares[0].cpu().numpy())))

    def _classes(self, picture: torch.Tensor) -> torch.Tensor:
        """(1, 19, SIDE / 8, SIDE / 8)."""
        fine, middle, coarse = self._residual(picture)
        least = self._layer("cp.conv_avg", coarse.mean((2, 3), keepdim=True), padding=0)
        deep = self._refined("cp.arm32", coarse) + least
        deep = self._layer("cp.conv_head32", _enlarged(deep, middle))
        context = self._layer("cp.conv_head16", _enlarged(self._refined("cp.arm16", middle) + deep, fine))
        both = self._layer("ffm.convblk", torch.cat([fine, context], dim=1), padding=0)
        weight = self._layer("ffm.conv1", both.mean((2, 3), keepdim=True), padding=0)
        both = both + both * self._plain("ffm.conv2", weight, padding=0).sigmoid()
        return self._plain("conv_out.conv_out", self._layer("conv_out.conv", both), padding=0)

    def _residual(self, picture: torch.Tensor) -> list[torch.Tensor]:
        """Features at an eighth, a sixteenth and a thirty-second of the side."""
        x = functional.max_pool2d(self._layer("cp.resnet.conv1", picture, 2, padding=3), 3, 2, 1)
        found = []
        for stage, stride in enumerate(_STAGES, 1):
            for block in range(2):
                name, step = f"cp.resnet.layer{stage}.{block}", stride if block == 0 else 1
                inner = self._plain(f"{name}.conv2", self._layer(f"{name}.conv1", x, step))
                short = f"{name}.downsample.0"
                x = functional.relu(inner + (self._plain(short, x, step, 0) if short in self._weights else x))
            found.append(x)
        return found[1:]

    def _refined(self, name: str, x: torch.Tensor) -> torch.Tensor:
        """Features, each channel by how much the whole picture speaks for it."""
        x = self._layer(f"{name}.conv", x)
        return x * self._plain(f"{name}.conv_atten", x.mean((2, 3), keepdim=True), padding=0).sigmoid()

    def _layer(self, name: str, x: torch.Tensor, stride: int = 1, padding: int = 1) -> torch.Tensor:
        return functional.relu(self._plain(name, x, stride, padding))

    def _plain(self, name: str, x: torch.Tensor, stride: int = 1, padding: int = 1) -> torch.Tensor:
        weight, bias = self._weights[name]
        return functional.conv2d(x, weight, bias, stride, padding)


def _enlarged(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, like.shape[-2:], mode="nearest")


def _folded(state: Mapping[str, torch.Tensor], device: torch.device) -> Folded:
    """Each convolution with the normalisation behind it as one: its weight and its bias.

    Raises:
        KeyError: one is not there.
    """
    found: Folded = {}
    for key, weight in state.items():
        if weight.ndim != 4:
            continue
        name = key.removesuffix(".weight")
        norm = _norm_of(name)
        if f"{norm}.running_var" not in state:
            found[name] = weight.float().to(device), torch.zeros(len(weight), device=device)
            continue
        scale, shift, mean, variance = (
            state[f"{norm}.{part}"].float() for part in ("weight", "bias", "running_mean", "running_var")
        )
        gain = scale / (variance + _EPSILON).sqrt()
        name = name.removesuffix(".conv") if norm.endswith(".bn") else name
        found[name] = (weight * gain.view(-1, 1, 1, 1)).to(device), (shift - gain * mean).to(device)
    for name in NEEDED:
        found[name]
    return found


def _norm_of(name: str) -> str:
    """What the normalisation behind a convolution is called."""
    head, _, last = name.rpartition(".")
    others = {"conv": "bn", "conv1": "bn1", "conv2": "bn2", "conv_atten": "bn_atten", "0": "1"}
    return f"{head}.{others.get(last, last)}"


NEEDED = (
    "cp.resnet.conv1", *(f"cp.resnet.layer{i}.{j}.conv{k}" for i in (1, 2, 3, 4) for j in (0, 1) for k in (1, 2)),
    *(f"cp.resnet.layer{i}.0.downsample.0" for i in (2, 3, 4)),
    *(f"cp.arm{i}.{part}" for i in (16, 32) for part in ("conv", "conv_atten")),
    "cp.conv_head16", "cp.conv_head32", "cp.conv_avg", "ffm.convblk", "ffm.conv1", "ffm.conv2",
    "conv_out.conv", "conv_out.conv_out",
)  # fmt: skip


def _segments(by_number: Mapping[int, np.ndarray]) -> Segments:
    def of(*names: str) -> np.ndarray:
        return np.stack([by_number[i] for i, name in enumerate(CLASSES) if name in names]).sum(0)

    return Segments(1 - of("background"), of("hair", "hat"), of("skin", "nose"), of("glasses"))
