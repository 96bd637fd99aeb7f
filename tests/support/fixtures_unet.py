"""What tests of the unet engine share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fusion.types import Stage


class Steps:
    """An engine's stages, in the order in which it entered them."""

    def __init__(self) -> None:
        self.entered: list[Stage] = []

    @contextmanager
    def __call__(self, stage: Stage, fraction: float) -> Iterator[None]:
        self.entered.append(stage)
        yield
