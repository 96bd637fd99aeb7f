"""A result with another finishing, small; and a draft of one that is still being made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from fusion.memory import faults
from fusion.ops import interrupt
from fusion.photos import checkered, decode
from fusion.pipeline import placement
from fusion.pipeline.placement import Placed
from fusion.pipeline.result import Result
from fusion.settings import Settings
from fusion.sizing import Rect
from fusion.types import Size
from fusion.units import MIB

DRAFT_SIDE = 1024  # px at most
SLOW_TO_WRITE_BYTES = 8 * MIB  # of pixels: likeness and files take 0.2 s and more


def preview(result: Result, settings: Settings, max_side: int) -> np.ndarray:
    """The result, (h, w, 3) uint8, at most `max_side` px on its longer side.

    It is made where the result was, or by the processor where torch has no code for that card after all: then a job
    may have left it since.
    """
    with torch.inference_mode():
        made = _where_it_lies(result, settings, max_side)
        if made is None:
            faces = [placed.on_host() for placed in result.faces_placed]
            made = placement.preview(torch.from_numpy(result.before), faces, settings, max_side)
    pixels: np.ndarray = made.numpy()
    return _shown(pixels, result.opaque, result.pixels.shape)


def draft_of_stage_one(
    before: torch.Tensor, faces: Sequence[Placed | None], settings: Settings, opaque: Rect | None, run: interrupt.Run
) -> None:
    """Show what stage one has made, where stage two follows and takes most of the time.

    Args:
        before: (H, W, 3) uint8 on the host, the target at the output's size.
        faces: that have been fused, the last one on top; None where nothing was.
        opaque: as of `Result`.
    """
    placed = [face for face in faces if face is not None]
    if placed and placed[-1].guided:
        run.draft(lambda: _shown(placement.preview(before, placed, settings, DRAFT_SIDE).numpy(), opaque, before.shape))


def draft_of_all(pixels: np.ndarray, opaque: Rect | None, run: interrupt.Run) -> None:
    """Show the picture `pixels` (H, W, 3) uint8, where it is large: until its files are there takes a while."""
    if pixels.nbytes > SLOW_TO_WRITE_BYTES:
        run.draft(lambda: _shown(decode.thumbnail(pixels, DRAFT_SIDE), opaque, pixels.shape))


def _shown(pixels: np.ndarray, opaque: Rect | None, whole: Sequence[int]) -> np.ndarray:
    """As people are shown it: `pixels` of a picture with the shape `whole`."""
    return pixels if opaque is None else checkered(pixels, opaque, Size(whole[1], whole[0]))


def _where_it_lies(result: Result, settings: Settings, max_side: int) -> torch.Tensor | None:
    """None where torch has no code for that."""
    try:
        return placement.preview(torch.from_numpy(result.before), result.faces_placed, settings, max_side)
    except RuntimeError as error:
        if faults.classify(error) != faults.Fault.NO_CODE:
            raise
        return None
