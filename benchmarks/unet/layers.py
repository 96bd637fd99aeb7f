"""3×3 convolutions as the enhancer makes most of them, and other ways to make them; for `candidates`."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

# channels in, channels out, height, width, and how often in a picture: where most of its arithmetic is
SHAPES = [
    (64, 32, 64, 1024, 16),
    (128, 64, 32, 512, 16),
    (256, 128, 64, 256, 4),
    (512, 256, 64, 128, 2),
    (1024, 512, 64, 64, 1),
]

Work = Callable[[], torch.Tensor]


class Layer:
    """One of them, with weights; `count` times in a picture."""

    def __init__(self, shape: tuple[int, int, int, int, int], dtype: torch.dtype) -> None:
        inside, outside, height, width, self.count = shape
        dice = torch.Generator().manual_seed(0)
        x = torch.randn(1, inside, height, width, generator=dice).to(dtype)
        weight = (torch.randn(outside, inside, 3, 3, generator=dice) * 0.05).to(dtype)
        self.x, self.weight = (each.to(memory_format=torch.channels_last) for each in (x, weight))
        self.bias = torch.randn(outside, generator=dice).to(dtype)

    def __call__(self) -> torch.Tensor:
        return F.conv2d(self.x, self.weight, self.bias, padding=1)


def _all(layers: list[Layer], work: Callable[[Layer], torch.Tensor]) -> Work:
    def run() -> torch.Tensor:
        return torch.stack([[work(layer) for _ in range(layer.count)][-1].mean() for layer in layers])

    return run


def pointwise(
    x: torch.Tensor, weight: torch.Tensor, bias: Any, padding: Any, groups: int = 1, slope: float | None = None
) -> torch.Tensor:
    """oneDNN's convolution with bias and leaky ReLU in one; torch has it for its compiler, without a public name."""
    pads = [padding, padding] if isinstance(padding, int) else list(padding)
    activation = ("none", []) if slope is None else ("leaky_relu", [slope])
    made = torch.ops.mkldnn._convolution_pointwise(x, weight, bias, pads, [1, 1], [1, 1], groups, *activation, "")
    assert isinstance(made, torch.Tensor)
    return made


class _Packed(nn.Module):
    """A convolution whose weights are brought into oneDNN's order at the first picture, and kept so."""

    def __init__(self, given: nn.Conv2d) -> None:
        super().__init__()
        self._bias, self._weight, self._packed = given.bias, given.weight, None
        self._how = list(given.padding), list(given.stride), list(given.dilation), given.groups

    def forward(self, x: torch.Tensor) -> Any:
        if self._packed is None:
            self._packed = torch.ops.mkldnn._reorder_convolution_weight(self._weight, *self._how, list(x.shape))
        return torch.ops.mkldnn._convolution_pointwise(x, self._packed, self._bias, *self._how, "none", [], "")


def pack(network: nn.Module) -> None:
    """All convolutions through a network."""
    for name, child in network.named_children():
        if isinstance(child, nn.Conv2d) and child.groups == 1:
            setattr(network, name, _Packed(child))
        else:
            pack(child)


def _layers(dtype: torch.dtype) -> list[Layer]:
    return [Layer(shape, dtype) for shape in SHAPES]


def _blocked(layers: list[Layer]) -> Work:
    """torch.utils.mkldnn's way: maps and weights in oneDNN's own order, from layer to layer."""
    kept = {layer: (layer.x.to_mkldnn(), layer.weight.contiguous().to_mkldnn()) for layer in layers}

    def run() -> torch.Tensor:
        for layer, (x, weight) in kept.items():
            for _ in range(layer.count):
                F.conv2d(x, weight, layer.bias, padding=1)
        return torch.zeros(1)

    return run


def _prepacked(layers: list[Layer]) -> Work:
    how = [1, 1], [1, 1], [1, 1], 1
    order = torch.ops.mkldnn._reorder_convolution_weight
    kept = {layer: order(layer.weight, *how, list(layer.x.shape)) for layer in layers}
    return _all(layers, lambda layer: pointwise(layer.x, kept[layer], layer.bias, 1))


class _Winograd:
    """ncnn's, which it chooses for 3×3 by itself; its maps lie with the channels first."""

    def __init__(self, layer: Layer, folder: Path) -> None:
        import ncnn

        outside, weights = layer.weight.shape[0], layer.weight.numel()
        text = f"Convolution c 1 1 in0 out0 0={outside} 1=3 11=3 4=1 14=1 5=1 6={weights}"
        (folder / "a.param").write_text(f"7767517\n2 2\nInput in0 0 1 in0\n{text}\n")
        numbers = (each.contiguous().numpy().tobytes() for each in (layer.weight, layer.bias))
        (folder / "a.bin").write_bytes(b"".join((struct.pack("i", 0), *numbers)))
        self._net = ncnn.Net()
        self._net.opt.num_threads = torch.get_num_threads()
        self._net.load_param(str(folder / "a.param"))
        self._net.load_model(str(folder / "a.bin"))
        self._x = ncnn.Mat(layer.x[0].contiguous().numpy()).clone()

    def __call__(self) -> None:
        extractor = self._net.create_extractor()
        extractor.input("in0", self._x)
        extractor.extract("out0")


def _winograd(layers: list[Layer], *, each_picture: bool) -> Work:
    kept: dict[Layer, _Winograd] = {}

    def run() -> torch.Tensor:
        for layer in layers:
            if each_picture or layer not in kept:
                with tempfile.TemporaryDirectory() as folder:
                    kept[layer] = _Winograd(layer, Path(folder))
            for _ in range(layer.count):
                kept[layer]()
        return torch.zeros(1)

    return run


def candidates(pair: Any) -> Iterator[tuple[str, Callable[[Any, torch.dtype], Any], tuple[str, ...]]]:
    """Name, how to make both sides, and precisions, of each other way."""
    both, full = ("float32", "bfloat16"), ("float32",)

    def beside(other: Callable[[list[Layer]], Work]) -> Callable[[Any, torch.dtype], Any]:
        def make(_files: Any, dtype: torch.dtype) -> Any:
            layers = _layers(dtype)
            return pair(_all(layers, Layer.__call__), other(layers))

        return make

    yield "oneDNN's own order, maps and weights", beside(_blocked), full
    yield "weights in oneDNN's order beforehand", beside(_prepacked), both
    yield "ncnn's Winograd, weights known", beside(lambda layers: _winograd(layers, each_picture=False)), full
    anew = beside(lambda layers: _winograd(layers, each_picture=True))
    yield "ncnn's Winograd, weights of each picture's style", anew, full
