"""A network of the face parser's shape with a handful of channels and weights of chance."""

from __future__ import annotations

from pathlib import Path

import torch

CLASSES, MANY = 19, 4


def state(seed: int = 0) -> dict[str, torch.Tensor]:
    """The weights, under the names of the file that is in circulation."""
    chance = torch.Generator().manual_seed(seed)
    found: dict[str, torch.Tensor] = {}

    def conv(name: str, out: int, into: int, size: int, norm: str | None) -> None:
        found[f"{name}.weight"] = torch.randn(out, into, size, size, generator=chance) * 0.5
        if norm is None:
            return
        for part in ("weight", "running_var"):
            found[f"{norm}.{part}"] = torch.rand(out, generator=chance) + 0.5
        for part in ("bias", "running_mean"):
            found[f"{norm}.{part}"] = torch.randn(out, generator=chance) * 0.1

    def block(name: str, out: int, into: int, size: int) -> None:
        conv(f"{name}.conv", out, into, size, f"{name}.bn")

    conv("cp.resnet.conv1", MANY, 3, 7, "cp.resnet.bn1")
    for layer in (1, 2, 3, 4):
        for each in (0, 1):
            name = f"cp.resnet.layer{layer}.{each}"
            for number in (1, 2):
                conv(f"{name}.conv{number}", MANY, MANY, 3, f"{name}.bn{number}")
        if layer > 1:
            name = f"cp.resnet.layer{layer}.0.downsample"
            conv(f"{name}.0", MANY, MANY, 1, f"{name}.1")
    for name in ("cp.arm16", "cp.arm32"):
        block(f"{name}.conv", MANY, MANY, 3)
        conv(f"{name}.conv_atten", MANY, MANY, 1, f"{name}.bn_atten")
    for name, size in (("cp.conv_head16", 3), ("cp.conv_head32", 3), ("cp.conv_avg", 1)):
        block(name, MANY, MANY, size)
    block("ffm.convblk", MANY, 2 * MANY, 1)
    conv("ffm.conv1", MANY, MANY, 1, None)
    conv("ffm.conv2", MANY, MANY, 1, None)
    block("conv_out.conv", MANY, MANY, 3)
    conv("conv_out.conv_out", CLASSES, MANY, 1, None)
    return found


def saved(path: Path, seed: int = 0) -> Path:
    torch.save(state(seed), path)
    return path
