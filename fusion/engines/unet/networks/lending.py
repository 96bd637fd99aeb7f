"""Where a network's weights lie: where it computes, or on the host, which lends each part to the card in its turn."""

from __future__ import annotations

from itertools import chain
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from fusion.engines.unet.networks import folding

_HOST = torch.device("cpu")


class Home:
    """Where the weights of one network lie.

    Args:
        device: where it computes.
        lends: whether they lie on the host, and are on the device only while the part that they belong to computes.
    """

    def __init__(self, device: torch.device, *, lends: bool = False) -> None:
        self._device, self._lends = device, lends

    def ready(self, part: nn.Module, dtype: torch.dtype = torch.float32) -> nn.Module:
        """A part that can be called with tensors on the device; `part` itself is changed, and belongs to it."""
        folding.ready(part, _HOST if self._lends else self._device, dtype)
        return _Lent(part, self._device) if self._lends else part

    def children_ready(self, network: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        """The same for each child of a network apart, in its place: one of them at a time is on the device."""
        for name, child in list(network.named_children()):
            setattr(network, name, self.ready(child, dtype))


class _Lent(nn.Module):
    """A part whose weights come to the device for a call, and are gone after it."""

    def __init__(self, part: nn.Module, device: torch.device) -> None:
        super().__init__()
        self._part, self._device = part, device

    def forward(self, *given: torch.Tensor) -> Any:
        held = chain(self._part.named_parameters(), self._part.named_buffers())
        return functional_call(self._part, {name: each.to(self._device) for name, each in held}, given)
