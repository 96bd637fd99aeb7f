"""The layers of the enhancer: StyleGAN2's (Karras et al. 2020, section 2 and appendix B), arranged for inference.

Constant factors are in the weights, and the weights that a picture's style modulates are made once per picture. Maps
are (1, C, H, W) with their channels last.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from fusion.engines.unet.networks import folding
from fusion.engines.unet.networks.strips import Needed, Reach, framed

_GAIN = math.sqrt(2)  # of the activation; leaky ReLU lets a positive factor through, so it goes into the weights
_SLOPE = 0.2
_EPSILON = 1e-8


@dataclass(frozen=True, slots=True)
class Place:
    """Where maps are computed, and in what."""

    device: torch.device
    dtype: torch.dtype

    def as_map(self, tensor: torch.Tensor) -> torch.Tensor:
        """In the precision of the maps, the channels last; the same tensor where it is so already."""
        return tensor.to(self.device, self.dtype, memory_format=torch.channels_last)

    def put(self, tensor: torch.Tensor) -> torch.Tensor:
        """A weight, to be kept: in the precision of the maps."""
        return folding.own(tensor, self.device, self.dtype)

    def precise(self, tensor: torch.Tensor) -> torch.Tensor:
        """A weight that a map's scale hangs on, to be kept: float32."""
        return folding.own(tensor, self.device, torch.float32)

    def empty(self, channels: int, height: int, width: int) -> torch.Tensor:
        shape = (1, height, width, channels)
        return torch.empty(shape, device=self.device, dtype=self.dtype).permute(0, 3, 1, 2)


def _active(x: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu_(x, _SLOPE)


def _for_each(kernel: torch.Tensor, channels: int) -> torch.Tensor:
    """(channels, 1, k, k): one filter for every channel apart, turned, as a cross-correlation wants it."""
    return kernel.flip(0, 1).expand(channels, 1, *kernel.shape).contiguous()


def _height_of(blur: Any) -> tuple[int, int, int]:
    """Kernel, stride and padding of a blur, in rows; it pads as much below as above."""
    assert blur.pad[0] == blur.pad[1]
    return blur.kernel.shape[0], 1, blur.pad[0]


class Dense:
    """A fully connected layer in float32."""

    def __init__(self, layer: Any, place: Place) -> None:
        gain = _GAIN if layer.activation else 1.0
        self._activated = bool(layer.activation)
        self._weight = place.precise(layer.weight * (layer.scale * gain))
        self._bias = place.precise(layer.bias * (layer.lr_mul * gain))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        out = F.linear(x, self._weight, self._bias)
        return _active(out) if self._activated else out


class Look:
    """The encoder's first layer: colours to features, pixel by pixel."""

    def __init__(self, step: Any, place: Place) -> None:
        convolution, activation = step
        self._weight = place.put(folding.scaled(convolution.weight, convolution.scale * _GAIN))
        self._bias = place.put(activation.bias * _GAIN)

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        return _active(F.conv2d(image, self._weight, self._bias))


class Halving:
    """An encoder's step: blur, convolution with stride 2."""

    def __init__(self, step: Any, place: Place) -> None:
        blur, convolution, activation = step
        self._blur = place.put(_for_each(blur.kernel, convolution.weight.shape[1]))
        self._weight = place.put(folding.scaled(convolution.weight, convolution.scale * _GAIN))
        self._bias = place.put(activation.bias * _GAIN)
        self._blurs = Reach(*_height_of(blur))
        self._halves = Reach(convolution.weight.shape[2], stride=2)
        self.channels = convolution.weight.shape[0]

    def needed(self, first: int, end: int, height: int) -> Needed:
        """What of a map of `height` rows its own rows `first` to `end` hang on."""
        return self._blurs.within(*self._halves.rows(first, end), height)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(1, C, H, W) → (1, C', H / 2, W / 2)."""
        return self.strip(x, self.needed(0, x.shape[2] // 2, x.shape[2]))

    def strip(self, x: torch.Tensor, needed: Needed) -> torch.Tensor:
        """Some rows, of those that are needed for them."""
        x, rows = framed(x, needed)
        blurred = F.conv2d(x, self._blur, padding=(rows, self._blurs.padding), groups=x.shape[1])
        return _active(F.conv2d(blurred, self._weight, self._bias, stride=2))


class Styled:
    """A convolution modulated by the style, beside features of the encoder; doubles the sides if the network's does."""

    def __init__(self, layer: Any, place: Place) -> None:
        convolution = layer.conv
        kernel = convolution.weight[0]
        self.channels = kernel.shape[0]
        self._place = place
        self._modulation = Dense(convolution.modulation, place)
        lengths = torch.linalg.vector_norm(kernel, dim=(2, 3)) * convolution.scale
        self._squares = place.precise(lengths.square())
        self._doubles = bool(convolution.upsample)
        self._kernel = place.put(folding.scaled(kernel.transpose(0, 1) if self._doubles else kernel, convolution.scale))
        self._blur = place.put(_for_each(convolution.blur.kernel, self.channels)) if self._doubles else None
        rows = kernel.shape[2]
        self._reach = Reach(rows, stride=2, transposed=True) if self._doubles else Reach(rows, padding=rows // 2)
        self._blurs = Reach(*_height_of(convolution.blur)) if self._doubles else None
        bias = place.put(layer.activate.bias * _GAIN)
        self._bias, self._side_bias = bias[: self.channels], bias[self.channels :].view(1, -1, 1, 1)
        self._side = float(layer.noise.weight) * _GAIN

    def weight(self, style: torch.Tensor) -> torch.Tensor:
        """The kernel under this style, each output's brought back to unit length."""
        scale = self._modulation(style)[0]
        length = torch.rsqrt(self._squares @ scale.square() + _EPSILON) * _GAIN
        factor = scale[:, None] * length if self._doubles else length[:, None] * scale
        return self._place.as_map(self._kernel * factor[..., None, None])

    def __call__(self, x: torch.Tensor, weight: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """At the same size: (1, C, H, W) → (1, 2C, H, W), with `features` (1, C, H, W) in its second half."""
        return self.beside(self.kept(x, weight, self.needed(0, x.shape[2], x.shape[2])), features)

    def needed(self, first: int, end: int, height: int) -> Needed:
        """What of a map of `height` rows a convolution at the same size hangs on for its rows `first` to `end`."""
        return self._reach.within(first, end, height)

    def kept(self, x: torch.Tensor, weight: torch.Tensor, needed: Needed) -> torch.Tensor:
        """Convolution at the same size, of the rows that are needed."""
        x, rows = framed(x, needed)
        return F.conv2d(x, weight, self._bias, padding=(rows, self._reach.padding))

    def doubled(
        self, x: Callable[[int, int], torch.Tensor], weight: torch.Tensor, side: int, rows: tuple[int, int]
    ) -> torch.Tensor:
        """Some rows of the map of `side` px, twice the size of that whose rows `x` gives.

        A transposed convolution, one row and column larger than the map, then a blur.
        """
        assert self._blur is not None
        assert self._blurs is not None
        needed = self._blurs.within(*rows, side + 1)
        source = self._reach.within(needed.first, needed.end, side // 2)
        begin = source.first * self._reach.stride  # the row of the larger map that the first of `source` begins at
        spread = F.conv_transpose2d(x(source.first, source.end), weight, stride=self._reach.stride)
        spread, zeros = framed(spread[:, :, needed.first - begin : needed.end - begin], needed)
        across = self._blurs.padding
        return F.conv2d(spread, self._blur, self._bias, padding=(zeros, across), groups=self.channels)

    def beside(self, made: torch.Tensor, features: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Both halves, activated; into `out` (1, 2C, H, W) where it is given."""
        if out is None:
            out = self._place.empty(2 * self.channels, made.shape[2], made.shape[3])
        out[:, : self.channels].copy_(made)
        torch.add(self._side_bias, features, alpha=self._side, out=out[:, self.channels :])
        return _active(out)


class Colour:
    """Features to colours, added to those of the level before."""

    def __init__(self, layer: Any, place: Place) -> None:
        convolution = layer.conv
        self._place = place
        self._modulation = Dense(convolution.modulation, place)
        self._kernel = place.put(folding.scaled(convolution.weight[0], convolution.scale))
        self._bias = place.put(layer.bias.view(-1))
        enlarging = getattr(layer, "upsample", None)
        self._blur = None if enlarging is None else place.precise(enlarging.kernel.expand(3, 1, 4, 4).contiguous())

    def weight(self, style: torch.Tensor) -> torch.Tensor:
        """The kernel under this style."""
        return self._place.as_map(self._kernel * self._modulation(style)[0].view(1, -1, 1, 1))

    def __call__(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """(1, 3, H, W) float32."""
        return F.conv2d(x, weight, self._bias).float()

    def enlarged(self, colours: torch.Tensor) -> torch.Tensor:
        """(1, 3, H, W) → (1, 3, 2H, 2W): zeros between, then the filter."""
        assert self._blur is not None
        return F.conv_transpose2d(colours, self._blur, stride=2, padding=1, groups=3)
