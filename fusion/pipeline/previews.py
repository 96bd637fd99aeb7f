"""A result with another finishing, small."""

from __future__ import annotations

import numpy as np
import torch

from fusion.memory import faults
from fusion.photos import checkered
from fusion.pipeline import placement
from fusion.pipeline.result import Result
from fusion.settings import Settings


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
    return pixels if result.opaque is None else checkered(pixels, result.opaque, result.size)


def _where_it_lies(result: Result, settings: Settings, max_side: int) -> torch.Tensor | None:
    """None where torch has no code for that."""
    try:
        return placement.preview(torch.from_numpy(result.before), result.faces_placed, settings, max_side)
    except RuntimeError as error:
        if faults.classify(error) != faults.Fault.NO_CODE:
            raise
        return None
