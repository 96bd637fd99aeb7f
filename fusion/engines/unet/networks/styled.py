"""The layers of the enhancer: StyleGAN2's (Karras et al. 2020, section 2 and appendix B), arranged for inference.

Constant factors are in the weights, and the weights that a picture's style modulates are made once per picture. Maps
are (1, C, H, W) with their channels last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from fusion.engines.unet.networks import folding

_GAIN = math.sqrt(2)  # of the activation; leaky ReLU lets a positive factor through, so it goes into the weights
_SLOPE = 0.2
_EPSILON = 1e-8
_STRIP = 64  # rows: so much of the largest maps stays in a processor's cache, and below the C library's limit (32 MiB)
# for memory that it keeps; above, every map is paid for in page faults


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

    def strips(self, height: int) -> Iterator[tuple[int, int]]:
        """From which row to which a map of `height` is made; a GPU makes it all at once."""
        step = _STRIP if self.device.type == "cpu" else height
        return ((row, min(row + step, height)) for row in range(0, height, step))


def _active(x: torch.Tensor) -> torch.Tensor:
    return F.leaky_relu_(x, _SLOPE)


def _for_each(kernel: torch.Tensor, channels: int) -> torch.Tensor:
    """(channels, 1, k, k): one filter for every channel apart, turned, as a cross-correlation wants it."""
    return kernel.flip(0, 1).expand(channels, 1, *kernel.shape).contiguous()


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

    REACH = 2  # rows beyond the first and the last that the blur looks at

    def __init__(self, step: Any, place: Place) -> None:
        blur, convolution, activation = step
        self._blur = place.put(_for_each(blur.kernel, convolution.weight.shape[1]))
        self._weight = place.put(folding.scaled(convolution.weight, convolution.scale * _GAIN))
        self._bias = place.put(activation.bias * _GAIN)
        self.channels = convolution.weight.shape[0]

    def __call__(self, x: torch.Tensor, above: int = REACH, below: int = REACH) -> torch.Tensor:
        """`above` and `below`: how many of the rows that the blur looks at do not exist, and count as 0."""
        if above != below:
            x = F.pad(x, (0, 0, above, below))
            above = 0
        blurred = F.conv2d(x, self._blur, padding=(above, self.REACH), groups=x.shape[1])
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
        return self.beside(self.kept(x, weight, 1), features)

    def kept(self, x: torch.Tensor, weight: torch.Tensor, rows: int) -> torch.Tensor:
        """Convolution at the same size; `rows` of zeros above and below."""
        return F.conv2d(x, weight, self._bias, padding=(rows, 1))

    def doubled(
        self, x: Callable[[int, int], torch.Tensor], weight: torch.Tensor, side: int, rows: tuple[int, int]
    ) -> torch.Tensor:
        """Some rows of the map of `side` px, twice the size of that whose rows `x` gives.

        Transposed convolution, then a blur of 4 px. Row t of the first takes the rows of `x` from (t - 2) / 2 to t / 2;
        row r of the second takes t from r - 1 to r + 2.
        """
        first, end = rows
        low, high = max(first - 1, 0), min(end + 2, side + 1)
        start, stop = max(low - 1, 0) // 2, min((high - 1) // 2, side // 2 - 1) + 1
        spread = F.conv_transpose2d(x(start, stop), weight, stride=2)[:, :, low - 2 * start : high - 2 * start]
        above, below = low - (first - 1), end + 2 - high
        if above or below:
            spread = F.pad(spread, (0, 0, above, below))
        assert self._blur is not None
        return F.conv2d(spread, self._blur, self._bias, padding=(0, 1), groups=self.channels)

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
