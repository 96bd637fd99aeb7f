"""Convolutions of small maps with large kernels as products of matrices.

At up to 10 px a side, with a thousand channels, a processor's convolution spends its time on bringing the weights into
the order that it likes, anew for every picture. A product reads them once, as they lie.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

_LARGE = 1 << 20  # weights from which a kernel is large


def small_maps(network: nn.Module) -> nn.Module:
    """`network`, or the same function as a product; for convolutions all through it, on the CPU.

    Only where its maps are small: that is the caller's to know.
    """
    if isinstance(network, nn.Conv2d) and network.weight.numel() >= _LARGE:
        return Product(network)
    if isinstance(network, nn.ConvTranspose2d) and network.weight.numel() >= _LARGE:
        return TransposedProduct(network)
    for name, child in network.named_children():
        setattr(network, name, small_maps(child))
    return network


Pair = tuple[int, int]


class _ByMatrix(nn.Module):
    """The weights of a convolution without dilation and groups, one row for each of the kernel's first dimension.

    Pixels are the rows of what they are multiplied with: as columns, of which there are few, products of float32 take
    up to five times as long.
    """

    def __init__(self, given: nn.Conv2d | nn.ConvTranspose2d) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding = _pair(given.kernel_size), _pair(given.stride), _pair(given.padding)
        self.weight = nn.Parameter(given.weight.reshape(len(given.weight), -1), requires_grad=False)
        self.bias = given.bias


def _pair(sides: tuple[int, ...] | str) -> Pair:
    """Down, across."""
    assert not isinstance(sides, str)
    down, across = sides
    return down, across


class Product(_ByMatrix):
    """A `Conv2d`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = (
            (side + 2 * pad - kernel) // stride + 1
            for side, kernel, stride, pad in zip(x.shape[2:], self.kernel, self.stride, self.padding, strict=True)
        )
        columns = F.unfold(x.contiguous(), self.kernel, padding=self.padding, stride=self.stride)
        out = F.linear(columns[0].T, self.weight, self.bias)
        return out.view(1, height, width, -1).permute(0, 3, 1, 2)


class TransposedProduct(_ByMatrix):
    """A `ConvTranspose2d` without output padding."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = (
            (side - 1) * stride - 2 * pad + kernel
            for side, kernel, stride, pad in zip(x.shape[2:], self.kernel, self.stride, self.padding, strict=True)
        )
        made = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1]) @ self.weight
        out = F.fold(made.T.unsqueeze(0), (height, width), self.kernel, padding=self.padding, stride=self.stride)
        return out if self.bias is None else out.add_(self.bias[:, None, None])
