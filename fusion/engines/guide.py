"""What an engine leaves for the second stage: where the detail of a fused face comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch

from fusion.ops import Window

# (H, W, 3) uint8, px of the output for each of its px, and (H, W) bool where it matters → the same, k times as large
Enlarge = Callable[[np.ndarray, float, np.ndarray], np.ndarray]


class Guide(Protocol):
    """Where the detail of a fused face comes from: the same picture, finer than the engine's frame can show it."""

    @property
    def coarse(self) -> torch.Tensor:
        """(H, W, 3) uint8: what `fine` answers, as the frame shows it."""
        ...

    @property
    def share(self) -> torch.Tensor:
        """(1, H, W): how far the fused picture was made of it; the rest is the target."""
        ...

    @property
    def reach(self) -> torch.Tensor:
        """(1, H, W): 0 where the target must stay as it is."""
        ...

    @property
    def moved(self) -> torch.Tensor | None:
        """(2, H, W): how far off, in px of the frame, lies the target's pixel that is seen here; None: nowhere."""
        ...

    @property
    def enlargement(self) -> float:
        """Px of the output per px of the picture that `fine` reads."""
        ...

    def enlarged(self, enlarge: Enlarge) -> Guide:
        """The same, reading an enlarged picture."""
        ...

    def fine(self, window: Window, ground: torch.Tensor) -> torch.Tensor:
        """(h, w, 3) float32 in 0…255, at the places of a window on the frame; `ground` is the target there."""
        ...
