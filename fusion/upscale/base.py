"""What an enlarger is, and what is asked of its answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Protocol

import cv2
import numpy as np

from fusion.errors import Phrase, PhraseCode

Watch = Callable[[float], None]  # is told how much is done, 0…1, and may raise `Cancelled`

SPARE = 1.1  # enlarging the rest of the way by so much is not worth a network of the next scale
_CLOSE_DB = 20.0  # an enlargement that is farther from its picture when reduced again is another picture
_FLAT = 0.5  # levels: a tile whose values differ less is constant
_LIVELY = 4.0  # and is a failure where the picture differs by more


class Kind(StrEnum):
    """The ways to enlarge, best first."""

    MODEL_FILE = "model_file"
    SPAN = "span"
    LANCZOS = "lanczos"


class EnlargerFailed(Exception):
    """An enlarger could not be loaded, or its answer cannot be the enlarged picture.

    Args:
        why: for a notice.
    """

    def __init__(self, why: Phrase) -> None:
        self.why = why
        super().__init__(str(why))


class NotThisTime(EnlargerFailed):
    """An enlarger cannot take on this picture; a smaller one, or the same on another day, it may."""


class Enlarger(Protocol):
    """One way to enlarge pictures."""

    @property
    def kind(self) -> Kind: ...

    @property
    def name(self) -> str:
        """What people call it: "SPAN", "Lanczos", the name of a model file without its suffix."""
        ...

    @property
    def scales(self) -> tuple[int, ...]:
        """By what it can enlarge, ascending."""
        ...

    def enlarge(
        self, pixels: np.ndarray, factor: float, wanted: np.ndarray | None = None, watch: Watch = lambda fraction: None
    ) -> np.ndarray:
        """Enlarge by the scale k = `scale_for(factor, scales)`.

        Args:
            pixels: (H, W, 3) uint8 sRGB.
            factor: how many px each px is to become, above 1.
            wanted: (H, W) bool, where the answer matters; elsewhere it may be plain interpolation. None: everywhere.
            watch: told after each tile.

        Returns:
            (H·k, W·k, 3) uint8 sRGB; what was at (x, y) is at (k·x, k·y), pixel edges being at whole numbers.

        Raises:
            EnlargerFailed: the answer cannot be right.
            OutOfMemory: the smallest tile did not fit.
            Cancelled: by `watch`.
        """
        ...


def scale_for(factor: float, scales: Iterable[int]) -> int:
    """The least of the scales that comes within 10 % of the factor, else the largest."""
    ordered = sorted(scales)
    return next((scale for scale in ordered if scale * SPARE >= factor), ordered[-1])


def named(enlarger: Enlarger, factor: float) -> str:
    """What a result says of an enlargement: "SPAN ×2", or "Lanczos", whose scale tells nothing."""
    scale = scale_for(factor, enlarger.scales)
    return enlarger.name if enlarger.kind == Kind.LANCZOS else f"{enlarger.name} ×{scale}"


def check(pixels: np.ndarray, enlarged: np.ndarray) -> None:
    """Refuse an answer that is not the picture, enlarged.

    Args:
        pixels: (h, w, 3) uint8.
        enlarged: (h·k, w·k, 3) uint8.

    Raises:
        EnlargerFailed: it is constant where the picture is not, or far from it.
    """
    height, width = pixels.shape[:2]
    reduced = cv2.resize(enlarged, (width, height), interpolation=cv2.INTER_AREA)
    if _spread(reduced) < _FLAT and _spread(pixels) > _LIVELY:
        raise EnlargerFailed(Phrase(PhraseCode.ONE_COLOUR))
    error = float(np.mean(np.square(reduced.astype(np.float32) - pixels)))
    if 10.0 * math.log10(255.0**2 / max(error, 1e-9)) < _CLOSE_DB:
        raise EnlargerFailed(Phrase(PhraseCode.OTHER_PICTURE))


def _spread(pixels: np.ndarray) -> float:
    return float(cv2.meanStdDev(pixels)[1].max())
