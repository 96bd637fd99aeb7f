"""What a pipeline computes on."""

from __future__ import annotations

import torch

from fusion.notices import Notice
from fusion.torch_build import command, runs_on


def chosen(wish: str | None) -> tuple[torch.device, tuple[Notice, ...]]:
    """The device, and what is told with every result of it.

    Args:
        wish: "cpu" or "cuda", which is taken as it is. None: the card, where there is one that this build of torch has
            code for: on any other the first operation would fail ("no kernel image is available").
    """
    if wish is not None or not torch.cuda.is_available():
        return torch.device(wish or "cpu"), ()
    if runs_on(torch.cuda.get_arch_list(), torch.cuda.get_device_capability()):
        return torch.device("cuda"), ()
    return torch.device("cpu"), (without_code(),)


def without_code() -> Notice:
    """What is told where the processor computes because torch has no code for the card."""
    # A driver that torch has begun to work with runs the CUDA that torch is built for.
    mends = command([torch.cuda.get_device_capability()], torch.version.cuda)
    return Notice("card_without_code", {"device": torch.cuda.get_device_name(), "command": mends})
