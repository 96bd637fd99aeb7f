"""A model file that the person who runs Fusewise put beside the weights, loaded by spandrel and run by torch."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fusion import lazy_imports
from fusion.errors import Cancelled, Phrase, PhraseCode
from fusion.memory import budget, faults
from fusion.upscale.base import EnlargerFailed, Kind, NotThisTime, Watch, check
from fusion.upscale.tiled import Network, as_bytes, enlarged

# px on each side of a tile. Networks of a few plain convolutions see no farther (see `_reach`); of the deep ones' reach
# only the next pixels weigh enough to be seen. Models that need a picture as a whole are refused.
LEAST_MARGIN, MOST_MARGIN = 8, 32
SIDE_ON_HOST, SIDE_ON_CARD = 256, 512  # px, the largest piece: beyond it margins cost little and memory grows on
PATIENCE_S = 150.0  # a job may take 600 s, and its stages before this one have taken their share
_TRIAL = 64  # px: a piece on which each model is tried before it is used
_QUICK_S = 1.0  # a trial shorter than this is mostly torch's first-time work: the second says how long it takes
# A layer's input and output, times this, is what torch held at its peak or more: 1.5 to 6.7 times of it were measured
# for Compact, ESRGAN, SwinIR and SPAN, torch 2.13 on the processor.
_SPARE = 7.0

MISFIT = Phrase(PhraseCode.BUILDS_DIFFER)


class ModelFile:
    """Enlarges on the pipeline's device, in float32.

    Args:
        path: of a .safetensors file, or of a .pth or .pt file that holds weights alone.
        device: "cpu", "cuda" or "cuda:N".

    Raises:
        EnlargerFailed: it does not load, or is not a model that enlarges photos; `NotThisTime` where memory was short.
    """

    kind = Kind.MODEL_FILE

    def __init__(self, path: Path, device: str) -> None:
        self.name = path.stem
        model = _loaded(path, device)
        self.scales = (int(model.scale),)
        self._network, self._seconds_per_px = _tried(model, device)

    def enlarge(
        self, pixels: np.ndarray, factor: float, wanted: np.ndarray | None = None, watch: Watch = lambda fraction: None
    ) -> np.ndarray:
        """As `Enlarger.enlarge`.

        Raises:
            NotThisTime: too many px for this network on this processor.
        """
        seconds = self._seconds_per_px * (pixels.shape[0] * pixels.shape[1] if wanted is None else int(wanted.sum()))
        if seconds > PATIENCE_S:
            raise NotThisTime(Phrase(PhraseCode.TOO_SLOW, {"minutes": seconds / 60}))
        try:
            return enlarged(pixels, self._network, wanted, watch)
        finally:
            budget.give_back(self._network.device)


def _loaded(path: Path, device: str) -> Any:
    """The model as spandrel describes it, ready to run."""
    spandrel = _spandrel()
    try:
        model = spandrel.MAIN_REGISTRY.load(_weights(path)).to(torch.device(device)).eval()
    except (EnlargerFailed, Cancelled):
        raise
    except spandrel.UnsupportedModelError as error:
        raise EnlargerFailed(Phrase(PhraseCode.MODEL_UNKNOWN, {"name": path.name})) from error
    except Exception as error:  # a file may fail anywhere in the code of some forty architectures
        if faults.is_out_of_memory(error):
            raise NotThisTime(Phrase(PhraseCode.MEMORY_SHORT_TO_LOAD)) from error
        raise _unloaded(path.name, error) from error
    _refuse_unfit(spandrel, model)
    return model


def _spandrel() -> Any:
    try:
        lazy_imports.load("torchvision")  # first, so that what fails below is not its fault
    except Exception as error:  # of two builds that do not fit it raises RuntimeError, ImportError or OSError
        raise EnlargerFailed(MISFIT) from error
    try:
        return lazy_imports.load("spandrel")
    except Exception as error:
        raise _unloaded("spandrel", error) from error


def _unloaded(name: str, error: Exception) -> EnlargerFailed:
    return EnlargerFailed(Phrase(PhraseCode.NOT_LOADED, {"name": name, "why": _first_line(error)}))


def _weights(path: Path) -> dict[str, Any]:
    """The tensors of a file; no file gets to run code."""
    if path.suffix.lower() == ".safetensors":
        tensors: dict[str, Any] = lazy_imports.load("safetensors.torch").load_file(path)
        return tensors
    held = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(held, dict):
        raise EnlargerFailed(Phrase(PhraseCode.NO_WEIGHTS, {"name": path.name}))
    return held


def _refuse_unfit(spandrel: Any, model: Any) -> None:
    if not isinstance(model, spandrel.ImageModelDescriptor) or model.purpose != "SR" or model.scale < 2:
        raise EnlargerFailed(Phrase(PhraseCode.NOT_ENLARGING, {"name": model.architecture.name}))
    if (model.input_channels, model.output_channels) != (3, 3):
        raise EnlargerFailed(Phrase(PhraseCode.NOT_COLOUR))
    if model.tiling == spandrel.ModelTiling.INTERNAL:
        raise EnlargerFailed(Phrase(PhraseCode.NEEDS_WHOLE, {"name": model.architecture.name}))


def _tried(model: Any, device: str) -> tuple[Network, float]:
    """The model as what enlarges a piece, and the seconds that it takes for a px: on a card 0, for there it is quick.

    Raises:
        EnlargerFailed: it does not run, or gives something else than an enlarged picture.
    """
    ramp = np.linspace(64, 192, _TRIAL).astype(np.uint8)
    picture = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(128)), axis=-1)
    is_card = device.startswith("cuda")
    try:
        begun = time.perf_counter()
        per_px = _bytes_per_px(model.model, lambda: check(picture, as_bytes(_run(model, device, picture))))
        seconds = time.perf_counter() - begun
        if seconds < _QUICK_S and not is_card:
            begun = time.perf_counter()
            _run(model, device, picture)
            seconds = time.perf_counter() - begun
    except (EnlargerFailed, Cancelled):
        raise
    except Exception as error:
        if faults.is_out_of_memory(error):
            raise NotThisTime(Phrase(PhraseCode.MEMORY_SHORT_TO_LOAD)) from error
        raise EnlargerFailed(Phrase(PhraseCode.NOT_RUNNING, {"why": _first_line(error)})) from error
    side = SIDE_ON_CARD if is_card else SIDE_ON_HOST
    margin = _reach(model.model)
    network = Network(lambda piece: _run(model, device, piece), int(model.scale), margin, side, per_px, device)
    return network, 0.0 if is_card else seconds / _TRIAL**2 * (side / (side - 2 * margin)) ** 2


def _run(model: Any, device: str, piece: np.ndarray) -> np.ndarray:
    """A piece through the model; see `Network.run`."""
    with torch.inference_mode():
        picture = torch.from_numpy(piece).to(device).permute(2, 0, 1)[None].float().div_(255.0)
        made: np.ndarray = model(picture)[0].permute(1, 2, 0).float().cpu().numpy()
    expected = (piece.shape[0] * model.scale, piece.shape[1] * model.scale, 3)
    if made.shape != expected:
        given = {"given_width": piece.shape[1], "given_height": piece.shape[0]}
        raise EnlargerFailed(Phrase(PhraseCode.OTHER_SIZE, {"width": made.shape[1], "height": made.shape[0], **given}))
    return made


def _bytes_per_px(module: torch.nn.Module, run: Callable[[], object]) -> float:
    """From what the largest layer takes in and gives out while `run` shows the module a piece of `_TRIAL`² px.

    An estimate: where it is too low, tiles are halved.
    """
    largest = 0

    def note(layer: torch.nn.Module, taken: Any, given: Any) -> None:
        nonlocal largest
        pieces = [each for each in (*taken, given) if isinstance(each, torch.Tensor)]
        largest = max(largest, sum(each.numel() * each.element_size() for each in pieces))

    hooks = [layer.register_forward_hook(note) for layer in module.modules()]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return max(1.0, _SPARE * largest / _TRIAL**2)


def _reach(module: torch.nn.Module) -> int:
    """How far a network looks to each side, within bounds: what all its convolutions reach when laid end to end.

    Of attention, which is made of linear layers, no number says how far.
    """
    reach = 0
    for layer in module.modules():
        if isinstance(layer, torch.nn.Linear):
            return MOST_MARGIN
        if isinstance(layer, torch.nn.Conv2d):
            reach += max((size - 1) // 2 * step for size, step in zip(layer.kernel_size, layer.dilation, strict=True))
    return max(LEAST_MARGIN, min(reach, MOST_MARGIN))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
