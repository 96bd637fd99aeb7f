"""Detail for a face at 1024 px: modelscope's GPEN (Yang et al. 2021), a StyleGAN2 decoder fed by an encoder.

The same function as modelscope's `FullGenerator`. Its maps are made in strips of rows, whose height the caller chooses
(`fusion.engines.unet.networks.strips`): a processor is faster so, and a card needs a fraction of the memory. The
largest are never there whole; the one at 512 px is made as the one at 1024 px asks for its rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from modelscope.models.cv.image_face_fusion.facegan.gpen_model import FullGenerator

from fusion.engines.unet.networks import checkpoint
from fusion.engines.unet.networks.levels import Level, Stream
from fusion.engines.unet.networks.strips import Heed, Strips
from fusion.engines.unet.networks.styled import Colour, Dense, Halving, Look, Place, Styled

SIDE = 1024
_STYLE = 512  # length of the style
_LAYERS = 8  # of the network that makes it


class Enhancer:
    """The style is worked out in float32, the maps in `dtype`, the colours are summed in float32.

    Args:
        path: the checkpoint.
        device: where to compute.
        dtype: of the maps.
        side: px of the pictures that the checkpoint is for; the model's is 1024.

    Raises:
        WeightsInvalid: see `fusion.engines.unet.networks.checkpoint`.
    """

    def __init__(self, path: Path, device: torch.device, dtype: torch.dtype, side: int = SIDE) -> None:
        network: Any = checkpoint.filled(lambda: FullGenerator(side, _STYLE, _LAYERS, 2), checkpoint.read(path), path)
        place = Place(device, dtype)
        self._place = place
        steps = [getattr(network, name)[0] for name in network.names]
        self._look = Look(steps[0], place)
        self._halvings = [Halving(step, place) for step in steps[1:]]
        self._last = Dense(network.final_linear[0], place)
        decoder = network.generator
        self._styling = [Dense(layer, place) for layer in list(decoder.style)[1:]]
        self._start = place.put(decoder.input.input)
        self._first, self._first_colour = Styled(decoder.conv1, place), Colour(decoder.to_rgb1, place)
        layers = zip(decoder.convs[::2], decoder.convs[1::2], decoder.to_rgbs, strict=True)
        self._levels = [Level(Styled(up, place), Styled(same, place), Colour(colour, place), place)
                        for up, same, colour in layers]  # fmt: skip

    def __call__(self, image: torch.Tensor, rows: int | None = None, heed: Heed = lambda share: None) -> torch.Tensor:
        """(1, 3, side, side) float32 in about -1…1 → the same, with detail.

        Args:
            rows: of a map that are made at once; all of them if None.
            heed: told after each strip which share is done; what it raises stops the work.
        """
        image = self._place.as_map(image)
        side = image.shape[2]
        strips = Strips(side if rows is None else rows, self._pixels(side), heed)
        features = [self._halved(image, strips)]
        for halving in self._halvings[1:]:
            features.append(halving(features[-1]))
        style = self._styled(features[-1])
        x = self._first(self._start, self._first.weight(style), features.pop())
        colours = self._first_colour(x, self._first_colour.weight(style))
        for level in self._levels[:-2]:
            x, colours = level(x, colours, features.pop(), style, strips)
        stream = Stream(self._levels[-2], x, colours, features.pop(), style)
        return self._levels[-1].last(stream, lambda first, end: self._look(image[:, :, first:end]), style, strips)

    def _pixels(self, side: int) -> int:
        """Of all maps that are made in strips: the first that is halved, each level's, but that which is streamed."""
        levels = [side >> back for back in range(len(self._levels))]
        return (side // 2) ** 2 + sum(each * each for each in (levels[0], *levels[2:]))

    def _halved(self, image: torch.Tensor, strips: Strips) -> torch.Tensor:
        """The features at half the size; those at full size are made a strip at a time and forgotten."""
        step, side = self._halvings[0], image.shape[2]
        out = self._place.empty(step.channels, side // 2, side // 2)
        for first, end in strips.of(side // 2):
            needed = step.needed(first, end, side)
            out[:, :, first:end] = step.strip(self._look(image[:, :, needed.first : needed.end]), needed)
        return out

    def _styled(self, features: torch.Tensor) -> torch.Tensor:
        """The style (1, 512) float32 of the smallest features."""
        style = self._last(features.float().contiguous().view(1, -1))
        style = style * torch.rsqrt(style.square().mean(1, keepdim=True) + 1e-8)
        for layer in self._styling:
            style = layer(style)
        return style
