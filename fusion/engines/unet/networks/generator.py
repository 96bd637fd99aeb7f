"""The fused face at 256 px: modelscope's AEI-Net, a U-Net of the target's attributes and a generator they steer.

Li et al. 2020, "FaceShifter", sections 3.1 and 3.2 (the adaptive attentional denormalisation, AAD).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from modelscope.models.cv.image_face_fusion.network.aad_layer import AAD_ResBlk
from modelscope.models.cv.image_face_fusion.network.aei_flow_net import AEI_Net
from torch import nn

from fusion.engines.unet.networks import checkpoint, folding, matrix
from fusion.engines.unet.networks.flow import Flow
from fusion.engines.unet.networks.identity import LENGTH
from fusion.engines.unet.networks.lending import Home
from fusion.engines.unet.networks.shape import KEY_POINTS

_SMALL = 3  # blocks whose maps are 2, 4 and 8 px wide
_SMALL_STEPS = ("conv5", "conv6", "conv7", "deconv1", "deconv2")  # of the encoder, from 16 px to 2 px and back to 8
Layer = TypeVar("Layer", nn.Conv2d, nn.Linear)
_EPSILON = 1e-5
# Of the hidden maps, which have more channels than all else: 128 of them at 256 px are above the C library's limit (32
# MiB) for memory that it keeps, and would be paid for in page faults every time.
_PROCESSORS_ROWS = 64


class Generator:
    """The encoder and the generator compute in `dtype`; the flow and every mean over channels in float32.

    `lends`: whether the weights lie on the host (`fusion.engines.unet.networks.lending`).

    Raises:
        WeightsInvalid: see `fusion.engines.unet.networks.checkpoint`.
    """

    def __init__(self, path: Path, device: torch.device, dtype: torch.dtype, *, lends: bool = False) -> None:
        home = Home(device, lends=lends)
        state = checkpoint.read(path, "state_dict")
        network: Any = checkpoint.filled(lambda: AEI_Net(LENGTH, KEY_POINTS, torch.device("cpu")), state, path)
        self._dtype = dtype
        self._flow = Flow(network.dense_motion_network, home)
        self._encoder = network.encoder
        self._first = network.generator.up1
        self._attention = network.generator.sa
        for name in ("theta", "phi", "g", "o"):
            setattr(self._attention, name, folding.plain(getattr(self._attention, name)))
        self._blocks = []
        for number in range(1, 9):  # one after the other, so that only one block is held twice
            block = Block(getattr(network.generator, f"AADBlk{number}"))
            if device.type == "cpu" and number <= _SMALL:
                matrix.small_maps(block)
            self._blocks.append(home.ready(block, dtype))
            delattr(network.generator, f"AADBlk{number}")
        folding.batch_norms(self._encoder)
        if device.type == "cpu":
            for name in _SMALL_STEPS:
                matrix.small_maps(getattr(self._encoder, name))
            self._first = matrix.small_maps(self._first)
        home.children_ready(self._encoder, dtype)
        self._first, self._attention = (home.ready(part, dtype) for part in (self._first, self._attention))

    def __call__(
        self, crop: torch.Tensor, identity: torch.Tensor, fused: torch.Tensor, own: torch.Tensor
    ) -> torch.Tensor:
        """The fused crop, (1, 3, 256, 256) float32 in -1…1.

        Args:
            crop: the target, likewise.
            identity: (1, 512) float32, who shall be seen.
            fused, own: (1, 17, 2) float32, key points of the fused and of the target's build.
        """
        moved = self._moved(crop, fused, own)
        attributes = self._attributes(moved.to(self._dtype, memory_format=torch.channels_last))
        identity = identity.to(self._dtype)
        x = self._first(identity.view(1, -1, 1, 1))
        for number, (block, attribute) in enumerate(zip(self._blocks, attributes, strict=True)):
            x = block(x, attribute, identity)
            if number < len(self._blocks) - 1:
                x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            if number == 3:
                x = self._attention(x)
        return torch.tanh(x.float())

    def _moved(self, crop: torch.Tensor, fused: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """The target bent to the fused build."""
        field = self._flow(crop, fused, own)
        field = F.interpolate(field, size=crop.shape[-2:], mode="bilinear", align_corners=False)
        return F.grid_sample(crop, field.permute(0, 2, 3, 1), align_corners=False)

    def _attributes(self, crop: torch.Tensor) -> list[torch.Tensor]:
        """What the target is apart from who it is, from 2 px to 256 px."""
        down = [crop]
        for number in range(1, 8):
            down.append(getattr(self._encoder, f"conv{number}")(down[-1]))
        up = [down[7]]
        for number in range(1, 7):
            up.append(getattr(self._encoder, f"deconv{number}")(up[-1], down[7 - number]))
        return [*up, F.interpolate(up[-1], scale_factor=2, mode="bilinear", align_corners=True)]


class Block(nn.Module):
    """One residual block of the generator; the same function as modelscope's `AAD_ResBlk`."""

    def __init__(self, block: AAD_ResBlk) -> None:
        super().__init__()
        given: Any = block
        self.first, self.second = Steering(given.AAD1), Steering(given.AAD2)
        self.convolution1, self.convolution2 = folding.plain(given.conv1), folding.plain(given.conv2)
        self.beside = Steering(given.AAD3) if given.learned_shortcut else None
        self.convolution3 = folding.plain(given.conv3) if given.learned_shortcut else None

    def forward(self, x: torch.Tensor, attribute: torch.Tensor, identity: torch.Tensor) -> torch.Tensor:
        padded = F.pad(attribute, (1, 1, 1, 1), mode="reflect")
        normal = _normal(x)
        out = F.leaky_relu_(self.first(normal, padded, identity), 0.2)
        out = self.convolution1(F.pad(out, (1, 1, 1, 1), mode="reflect"))
        out = F.leaky_relu_(self.second(_normal(out), padded, identity), 0.2)
        out = self.convolution2(F.pad(out, (1, 1, 1, 1), mode="reflect"))
        if self.beside is not None and self.convolution3 is not None:
            x = self.convolution3(self.beside(normal, padded, identity))
        return out.add_(x)


class Steering(nn.Module):
    """A normalised feature map coloured by the attributes here, by the identity there: an `AADLayer`."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.shared = layer.mlp_shared[1]
        self.attribute = _side_by_side(layer.conv1, layer.conv2)
        self.identity = _side_by_side(layer.fc1, layer.fc2)
        self.where = layer.conv_h

    def forward(self, normal: torch.Tensor, padded: torch.Tensor, identity: torch.Tensor) -> torch.Tensor:
        """`normal` (1, C, H, W), `padded` the attributes with a border of 1 px, `identity` (1, 512)."""
        by = self.identity(identity)[..., None, None]
        height = normal.shape[2]
        if normal.device.type != "cpu" or height <= _PROCESSORS_ROWS:
            return self._rows(normal, padded, by, 0, height)
        out = torch.empty_like(normal, memory_format=torch.channels_last)
        for first in range(0, height, _PROCESSORS_ROWS):
            end = min(first + _PROCESSORS_ROWS, height)
            out[:, :, first:end] = self._rows(normal, padded, by, first, end)
        return out

    def _rows(self, normal: torch.Tensor, padded: torch.Tensor, by: torch.Tensor, first: int, end: int) -> torch.Tensor:
        """Rows `first` to `end` of the answer."""
        height = normal.shape[2]
        low, high = max(first - 1, 0), min(end + 1, height)  # what the second convolutions look at
        border = (1, 1, int(first == 0), int(end == height))
        hidden = F.pad(F.relu_(self.shared(padded[:, :, low : high + 2])), border, mode="reflect")
        scale, shift = self.attribute(hidden).chunk(2, 1)
        by_scale, by_shift = by.chunk(2, 1)
        where = torch.sigmoid(self.where(F.pad(normal[:, :, low:high], border, mode="reflect")))
        there = normal[:, :, first:end]
        return torch.lerp(shift, by_shift, where).addcmul_(torch.lerp(scale, by_scale, where), there)


def _normal(x: torch.Tensor) -> torch.Tensor:
    """Each pixel less its mean over its standard deviation, over the channels; summed in float32.

    The standard deviation is that of a sample (over C - 1); a layer norm's is over C, hence the factor.
    """
    channels = x.shape[1]
    share = (channels - 1) / channels
    last = F.layer_norm(x.permute(0, 2, 3, 1), (channels,), eps=_EPSILON * share)
    return last.permute(0, 3, 1, 2).mul_(math.sqrt(share))


def _side_by_side(first: Layer, second: Layer) -> Layer:
    """Two layers with one input as one layer with both outputs."""
    assert first.bias is not None
    assert second.bias is not None
    first.weight = nn.Parameter(torch.cat([first.weight, second.weight]), requires_grad=False)
    first.bias = nn.Parameter(torch.cat([first.bias, second.bias]), requires_grad=False)
    return first
