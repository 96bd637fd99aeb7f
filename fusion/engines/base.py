"""What an engine is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from fusion.engines.layers import Layers
from fusion.memory import Saving
from fusion.parsing import FaceMap
from fusion.types import EngineName, FacialHair, Glasses, Mode, Stage


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A face in a photo of its own.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB, the photo, on the host.
        points: (478, 3) float64, its landmarks in px of that photo.
        key: the same for the same picture with the same face.
    """

    pixels: np.ndarray
    points: np.ndarray
    key: Hashable


@dataclass(frozen=True, slots=True)
class Work:
    """One fusion.

    Attributes:
        frame: (H, W, 3) uint8 sRGB, the room of the face in the target, on the engine's device.
        points: (478, 3) float64, the target's landmarks in px of the frame, depth third.
        source: (h, w, 3) uint8 sRGB, the source photo, on the host.
        source_points: (478, 3) float64, its landmarks in px of that photo.
        ratio: 0…1, how much of the source's identity; never 0.
        mode: how the face meets the target.
        target_key, source_key: the same for the same picture with the same face, so that an engine may remember what
            it has seen in it.
        finer: px of the output per px of the frame; above 1 a second stage follows, for which the engine leaves a
            `Guide` in its layers.
        photo_px: width of a pixel of the target photo, px of the frame; at least 1.
        glasses, facial_hair: whose the result shall have.
        maps: what is where on the target's face and on the source's, for the landmark engine.
        others: further portraits of the source's person, for an engine that learns who a person is from several.
        saving: how memory must be saved.
        heed: told of progress within a stage, a fraction 0…1 of the whole job; may raise `Cancelled`.
    """

    frame: torch.Tensor
    points: np.ndarray
    source: np.ndarray
    source_points: np.ndarray
    ratio: float
    mode: Mode
    target_key: Hashable = None
    source_key: Hashable = None
    finer: float = 1.0
    photo_px: float = 1.0
    glasses: Glasses = Glasses.AUTO
    facial_hair: FacialHair = FacialHair.AUTO
    maps: tuple[FaceMap, FaceMap] | None = None
    others: tuple[Portrait, ...] = ()
    saving: Saving = field(default_factory=Saving)
    heed: Callable[[Stage, float], None] = lambda stage, fraction: None


class Meaningless(Exception):
    """The networks answered with numbers that are none: half precision overflowed, or the weights are broken."""


class Step(Protocol):
    """Enter a stage: it is announced at a fraction 0…1 of the whole job, may raise `Cancelled`, and is measured.

    `networks`: whether torch's run inside, which know nothing of jobs.
    """

    def __call__(self, stage: Stage, fraction: float, *, networks: bool = True) -> AbstractContextManager[None]: ...


class Engine(Protocol):
    """One way to fuse."""

    @property
    def name(self) -> EngineName: ...

    def fuse(self, work: Work, step: Step) -> Layers:
        """The fused face in the target, before its finishing."""
        ...
