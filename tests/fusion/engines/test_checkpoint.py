"""Checkpoints are read without running what is in them, and refused when they are for another network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fusion.engines.unet.networks import checkpoint
from fusion.errors import WeightsInvalid


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def saved(path: Path, content: Any, **how: Any) -> Path:
    torch.save(content, path, **how)
    return path


@pytest.mark.parametrize("prefix", ["", "module.", "module.model."])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_network_gets_its_own_weights_back(tmp_path: Path, prefix: str, zipped: bool) -> None:
    made = small().eval()
    state = {prefix + name: value for name, value in made.state_dict().items()}
    path = saved(tmp_path / "a.pth", {"inside": state}, _use_new_zipfile_serialization=zipped)
    found = checkpoint.filled(small, checkpoint.read(path, "inside"), path)
    picture = torch.rand(1, 3, 8, 8)
    assert torch.equal(found(picture), made(picture))
    assert not found.training
    assert not any(parameter.requires_grad for parameter in found.parameters())


def test_weights_from_before_batches_were_counted_are_taken(tmp_path: Path) -> None:
    state = {name: value for name, value in small().state_dict().items() if "num_batches" not in name}
    path = saved(tmp_path / "old.pth", state)
    checkpoint.filled(small, checkpoint.read(path), path)


def refused(path: Path, under: str | None = None) -> str:
    with pytest.raises(WeightsInvalid) as caught:
        checkpoint.filled(small, checkpoint.read(path, under), path)
    assert caught.value.remedy
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    state = {name: value for name, value in small().state_dict().items() if name != "0.bias"}
    assert "0.bias" in refused(saved(tmp_path / "a.pth", state))


def test_another_shape_is_named(tmp_path: Path) -> None:
    state = {**small().state_dict(), "0.weight": torch.zeros(4, 3, 5, 5)}
    assert "4×3×5×5 instead of 4×3×3×3" in refused(saved(tmp_path / "a.pth", state))


def test_a_missing_entry_is_named(tmp_path: Path) -> None:
    assert "net_recon" in refused(saved(tmp_path / "a.pth", {"other": {}}), "net_recon")


def test_what_is_no_tensor_is_refused(tmp_path: Path) -> None:
    assert "named tensors" in refused(saved(tmp_path / "a.pth", {"epoch": 3}))


@pytest.mark.parametrize("content", [b"", b"not a checkpoint at all", b"PK\x03\x04 cut short"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    refused(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.pth", small().state_dict())
    path.write_bytes(path.read_bytes()[:-200])
    refused(path)


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (Path(self.place),)  # type: ignore[return-value]

    def __init__(self, place: str) -> None:
        self.place = place


def test_code_in_a_checkpoint_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "it ran"
    refused(saved(tmp_path / "a.pth", {"weight": Trap(str(mark))}))
    assert not mark.exists()
