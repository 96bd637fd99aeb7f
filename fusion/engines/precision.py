"""Which floating point the unet engine computes in on a device. Measured in docs/engines.md."""

from __future__ import annotations

import torch

from fusion.notices import Notice
from fusion.types import Precision

DTYPES = {
    Precision.FLOAT32: torch.float32,
    Precision.BFLOAT16: torch.bfloat16,
    Precision.FLOAT16: torch.float16,
}
# What a processor calls its instructions for each. Without them convolutions run some ten times slower than float32.
_INSTRUCTIONS = {
    Precision.BFLOAT16: ("avx512_bf16", "amx_bf16", "bf16"),
    Precision.FLOAT16: ("avx512_fp16", "amx_fp16", "fp16"),
}
_AMPERE, _VOLTA = 8, 7  # compute capabilities from which an NVIDIA card has bfloat16, and half precision that is faster


def resolve(wish: Precision, device: torch.device) -> tuple[Precision, tuple[Notice, ...]]:
    """The precision to compute in, and what the user should know about it.

    `auto` is bfloat16 where the device has instructions for it: it has float32's range, so that nothing overflows,
    and the error stays below what eight bits per colour show. Older cards take float16, processors float32.
    """
    if wish == Precision.FLOAT32:
        return wish, ()
    if wish == Precision.AUTO:
        choices = (Precision.BFLOAT16, Precision.FLOAT16) if device.type == "cuda" else (Precision.BFLOAT16,)
        return next((choice for choice in choices if _has(choice, device)), Precision.FLOAT32), ()
    if _has(wish, device):
        return wish, ()
    return Precision.FLOAT32, (Notice("precision_unfit", {"precision": wish}),)


def _has(precision: Precision, device: torch.device) -> bool:
    if device.type == "cuda":
        generation, _ = torch.cuda.get_device_capability(device)
        return generation >= (_AMPERE if precision == Precision.BFLOAT16 else _VOLTA)
    can: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # since torch 2.10
    return any(can.get(name) for name in _INSTRUCTIONS[precision])
