"""A person's own model file: real spandrel, real torch, and weights made here that enlarge as interpolation does."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fusion.upscale import Enlargers, Kind, discovery, spandrel_model
from fusion.upscale.base import EnlargerFailed, named
from fusion.upscale.spandrel_model import ModelFile
from tests.support.fixtures.torchvision import make_importable


@pytest.fixture(autouse=True)
def _torchvision() -> None:
    make_importable()


def compact(scale: int = 2, strength: float = 1.0, channels: int = 3) -> dict[str, torch.Tensor]:
    """Weights of a Compact network, which adds what it computes to its input enlarged without interpolation."""
    torch.manual_seed(0)
    kind: Any = import_module("spandrel.architectures.Compact").Compact
    net = kind(num_in_ch=channels, num_out_ch=channels, num_feat=16, num_conv=3, upscale=scale)
    weights: dict[str, torch.Tensor] = net.state_dict()
    last = max(int(key.split(".")[1]) for key in weights)
    weights[f"body.{last}.weight"] *= strength
    weights[f"body.{last}.bias"] *= 0
    return {key: value.contiguous() for key, value in weights.items()}


def span_weights() -> dict[str, torch.Tensor]:
    """Weights of spandrel's own SPAN, of no use but with the right names and shapes."""
    kind: Any = import_module("spandrel.architectures.SPAN").SPAN
    net = kind(num_in_ch=3, num_out_ch=3, feature_channels=16, upscale=2)
    return {key: value.contiguous() for key, value in net.state_dict().items()}


@pytest.fixture
def pixels() -> np.ndarray:
    """(150, 190, 3) uint8, smooth and of all colours."""
    rows, columns = np.mgrid[0:150, 0:190]
    waves = [np.sin(columns / 9), np.cos(rows / 13), np.sin((rows + columns) / 17)]
    return (np.stack(waves, axis=-1) * 70 + 120).astype(np.uint8)


def saved(path: Path, weights: dict[str, torch.Tensor]) -> Path:
    if path.suffix == ".safetensors":
        save_file(weights, path)
    else:
        torch.save({"params_ema": weights}, path)
    return path


@pytest.mark.parametrize("suffix", discovery.SUFFIXES)
@pytest.mark.parametrize("scale", [2, 4])
def test_a_file_of_each_kind_enlarges(tmp_path: Path, pixels: np.ndarray, suffix: str, scale: int) -> None:
    enlarger = ModelFile(saved(tmp_path / f"mine{suffix}", compact(scale)), "cpu")
    assert (enlarger.name, enlarger.scales) == ("mine", (scale,))
    assert named(enlarger, 3.0) == f"mine ×{scale}"
    made = enlarger.enlarge(pixels, 3.0)
    plain = np.kron(pixels, np.ones((scale, scale, 1), np.uint8))
    assert made.shape == plain.shape
    assert 0 < np.abs(made.astype(int) - plain).mean() < 8


def test_tiles_come_out_as_one_piece_does(tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path / "mine.safetensors", compact(strength=3.0))
    monkeypatch.setattr(spandrel_model, "SIDE_ON_HOST", 1024)
    whole = ModelFile(file, "cpu").enlarge(pixels, 2.0)
    monkeypatch.setattr(spandrel_model, "SIDE_ON_HOST", 80)
    in_tiles = ModelFile(file, "cpu").enlarge(pixels, 2.0)
    assert np.abs(whole.astype(int) - np.kron(pixels, np.ones((2, 2, 1), np.uint8))).mean() > 2, "it does something"
    assert np.abs(whole.astype(int) - in_tiles).max() <= 1


def test_a_margin_follows_what_the_network_sees(tmp_path: Path) -> None:
    few = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, 3) for _ in range(12)), torch.nn.Conv2d(1, 1, 5, dilation=2))
    assert spandrel_model._reach(few) == 12 + 4
    many = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, 3) for _ in range(300)))
    assert spandrel_model._reach(many) == spandrel_model.MOST_MARGIN
    assert spandrel_model._reach(torch.nn.Sequential(torch.nn.Linear(1, 1))) == spandrel_model.MOST_MARGIN


def test_a_picture_that_would_take_too_long_is_left_to_the_next(
    tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    discovery.folder().mkdir()
    saved(discovery.folder() / "mine.safetensors", compact())
    enlargers = Enlargers()
    enlargers.best()
    monkeypatch.setattr(spandrel_model, "PATIENCE_S", 0.0)
    made = enlargers.enlarge(pixels, 2.0)
    assert made.name == "SPAN ×2"
    assert "minutes" in str(made.notices[0])
    monkeypatch.undo()
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    assert enlargers.enlarge(pixels, 2.0).name == "mine ×2", "the next may be quick enough"


def test_torch_short_of_memory_goes_on_in_smaller_tiles(
    tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    enlarger = ModelFile(saved(tmp_path / "mine.safetensors", compact()), "cpu")
    whole = enlarger.enlarge(pixels, 2.0)
    run = spandrel_model._run

    def short(model: Any, device: str, piece: np.ndarray) -> np.ndarray:
        if piece.shape[1] > 150:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return run(model, device, piece)

    monkeypatch.setattr(spandrel_model, "_run", short)
    assert np.abs(enlarger.enlarge(pixels, 2.0).astype(int) - whole).max() <= 1


class Harm:
    """What runs when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("echo harm",)


def harmful(path: Path) -> None:
    torch.save({"params": Harm()}, path)


def torchscript(path: Path) -> None:
    torch.save(torch.nn.Linear(1, 1), path)  # a whole module, pickled; needs code as TorchScript does


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "no model": ("x.safetensors", lambda path: saved(path, {"a": torch.zeros(2)}), "no model that spandrel knows"),
    "text": ("x.safetensors", lambda path: path.write_text("hello"), "does not load"),
    "cut short": ("x.pth", lambda path: path.write_bytes(saved(path, compact()).read_bytes()[:5000]), "does not load"),
    "code": ("x.pth", harmful, "does not load"),
    "a module": ("x.pt", torchscript, "does not load"),
    "a list": ("x.pth", lambda path: torch.save([1, 2], path), "holds no weights"),
    "same size": ("x.safetensors", lambda path: saved(path, compact(scale=1)), "not for enlarging photos"),
    "grey": ("x.safetensors", lambda path: saved(path, compact(channels=1)), "not for colour photos"),
    "untrained": ("x.safetensors", lambda path: saved(path, span_weights()), "it gave"),
    "not a number": ("x.safetensors", lambda path: saved(path, compact(strength=np.nan)), "without meaning"),
}


@pytest.mark.parametrize(("name", "write", "why"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_of_no_use_says_why(
    tmp_path: Path, name: str, write: Callable[[Path], object], why: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / name)
    with pytest.raises(EnlargerFailed) as caught:
        ModelFile(tmp_path / name, "cpu")
    assert why in str(caught.value.why)
    assert "harm" not in capfd.readouterr().out


def test_the_file_is_found_loaded_and_used(tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    discovery.folder().mkdir()
    saved(discovery.folder() / "mine.safetensors", compact())
    made = Enlargers().enlarge(pixels, 2.0)
    assert (made.name, made.scale, made.notices) == ("mine ×2", 2, ())


def test_a_damaged_file_leaves_span_and_a_notice(
    tmp_path: Path, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSEWISE_WEIGHTS", str(tmp_path))
    discovery.folder().mkdir()
    (discovery.folder() / "mine.safetensors").write_bytes(b"nothing")
    made = Enlargers().enlarge(pixels, 2.0)
    assert made.name == "SPAN ×2"
    (notice,) = made.notices
    assert notice.code == "enlarger_failed"
    assert (notice.details["name"], notice.details["used"]) == ("mine", "SPAN")


def test_a_torchvision_of_another_build_is_named_with_its_remedy(tmp_path: Path) -> None:
    """As people have it whose torch and torchvision came from two indexes."""
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision/__init__.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')", encoding="utf-8"
    )
    weights = tmp_path / "super-resolution"
    weights.mkdir()
    saved(weights / "mine.safetensors", compact())
    script = """
        from fusion.upscale.registry import Enlargers
        enlarger, notices = Enlargers().best()
        print(enlarger.kind, notices[0])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "FUSEWISE_WEIGHTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    kind, said = done.stdout.strip().split(" ", 1)
    assert kind == Kind.SPAN
    assert str(spandrel_model.MISFIT) in said


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
def test_a_card_gives_the_same_picture(tmp_path: Path, pixels: np.ndarray) -> None:
    file = saved(tmp_path / "mine.safetensors", compact())
    on_card, on_host = (ModelFile(file, device).enlarge(pixels, 2.0).astype(int) for device in ("cuda", "cpu"))
    assert np.abs(on_card - on_host).max() <= 1
