"""What a layer multiplies by and never changes, multiplied into its weights once."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn


def plain(convolution: Any) -> nn.Module:
    """The convolution inside modelscope's `SpectralNorm`, its weight divided by the norm that the checkpoint holds.

    The wrapper does so anew for every picture (Miyato et al. 2018, section 2.1); in inference nothing of it changes.
    """
    inner = convolution.module
    weight = inner.weight_bar
    rows = weight.view(weight.shape[0], -1)
    sigma = inner.weight_u.dot(rows.mv(inner.weight_v))
    for name in ("weight_u", "weight_v", "weight_bar"):
        del inner._parameters[name]
    inner.weight = nn.Parameter(weight / sigma, requires_grad=False)
    assert isinstance(inner, nn.Module)
    return inner


def batch_norms(network: nn.Module) -> None:
    """Put every batch normalisation that follows a convolution into that convolution, all through `network`.

    What `torch.nn.utils.fusion` does, without its copies of every weight.
    """
    for parent in list(network.modules()):
        for (_, first), (name, second) in pairwise(list(parent.named_children())):
            if not isinstance(first, nn.Conv2d | nn.ConvTranspose2d) or not isinstance(second, nn.BatchNorm2d):
                continue
            if first.out_channels == second.num_features:
                _fold(first, second)
                setattr(parent, name, nn.Identity())


def _fold(convolution: nn.Conv2d | nn.ConvTranspose2d, norm: nn.BatchNorm2d) -> None:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    factor = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    shape = (1, -1, 1, 1) if isinstance(convolution, nn.ConvTranspose2d) else (-1, 1, 1, 1)
    mean = norm.running_mean if convolution.bias is None else norm.running_mean - convolution.bias
    convolution.weight = nn.Parameter(convolution.weight * factor.view(shape), requires_grad=False)
    convolution.bias = nn.Parameter(norm.bias - mean * factor, requires_grad=False)


def scaled(weight: torch.Tensor, factor: float) -> torch.Tensor:
    """A kernel (O, I, h, w) times a factor, in memory of its own with the channels last: one way through it."""
    return torch.mul(weight, factor, out=torch.empty_like(weight, memory_format=torch.channels_last))


def own(tensor: torch.Tensor, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """The tensor where and in what it is computed with; convolutions are fastest with their channels last.

    In memory of its own: one tensor that still lies in a mapped checkpoint would keep the whole file in memory.
    """
    layout = torch.channels_last if tensor.dim() == 4 else torch.contiguous_format
    given = tensor.detach()
    moved = given.to(device, dtype if given.is_floating_point() else given.dtype, memory_format=layout)
    return moved if moved.untyped_storage().resizable() else moved.clone()  # a mapped file's memory is not


def ready(network: nn.Module, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
    """`own`, for every parameter and buffer of a network."""
    for part in network.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                part._parameters[name] = nn.Parameter(own(parameter, device, dtype), requires_grad=False)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = own(buffer, device, dtype)
