"""The engines that this machine has, loaded when they are first needed and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from fusion import lazy_imports
from fusion.engines.base import Engine, Meaningless, Step, Work
from fusion.engines.landmark import engine as landmark
from fusion.engines.landmark.engine import LandmarkEngine
from fusion.engines.layers import Layers
from fusion.engines.precision import resolve
from fusion.errors import WeightsMissing
from fusion.memory import Saving, budget, strips
from fusion.notices import Notice
from fusion.sizing import Rect
from fusion.types import EngineName, Precision, Size, Stage
from fusion.weights import locate

if TYPE_CHECKING:
    from fusion.engines.unet.engine import UnetEngine


class Engines:
    """One per process.

    Args:
        device: where they compute.
        files: finds the unet model's files, or raises `WeightsMissing` or `WeightsInvalid`.
    """

    def __init__(self, device: torch.device, files: Callable[[], locate.UnetFiles] = locate.unet_files) -> None:
        self._device = device
        self._files = files
        self._landmark: Engine = LandmarkEngine()
        self._unet: UnetEngine | None = None
        self._meaningless: set[Precision] = set()

    def named(self, wish: EngineName) -> EngineName:
        """The engine that a wish means: `auto` is unet where its files are, else landmark.

        Raises:
            WeightsMissing, WeightsInvalid: unet was asked for by name and its files are not there, or not whole.
        """
        if wish == EngineName.LANDMARK:
            return wish
        try:
            self._files()
        except WeightsMissing:
            if wish == EngineName.UNET:
                raise
            return EngineName.LANDMARK
        return EngineName.UNET

    def resolve(self, name: EngineName, wish: Precision) -> tuple[Precision, tuple[Notice, ...]]:
        """The precision in which an engine will compute, and what the user should know about it."""
        if name == EngineName.LANDMARK:
            ignored = wish not in (Precision.AUTO, Precision.FLOAT32)
            return Precision.FLOAT32, (Notice("precision_ignored"),) if ignored else ()
        found, notices = resolve(wish, self._device)
        if found in self._meaningless:
            return Precision.FLOAT32, (*notices, Notice("precision_raised", {"precision": found}))
        return found, notices

    def lower(self, name: EngineName, precision: Precision) -> Precision | None:
        """A precision that takes half the memory and that the device computes in as well; None where there is none."""
        if name == EngineName.LANDMARK or precision != Precision.FLOAT32:
            return None
        found, _ = resolve(Precision.AUTO, self._device)
        return None if found == Precision.FLOAT32 or found in self._meaningless else found

    def room(self, name: EngineName, points: np.ndarray, frame: Size) -> Rect:
        """What of a frame an engine looks at or changes for a face. `points`: (478, 3) px of it."""
        if name == EngineName.LANDMARK:
            return landmark.room(points, frame)
        lazy_imports.load("fusion.engines.unet.engine")
        from fusion.engines.unet import engine as unet  # late, as in `_loaded`

        return unet.room(points, frame)

    def fuse(self, name: EngineName, precision: Precision, work: Work, step: Step) -> Layers:
        """Fuse with an engine in a precision that `resolve` gave.

        Where half precision overflows the fusion runs again in float32, and the layers say so.

        Raises:
            WeightsMissing, WeightsInvalid: the unet model's files are not there, or not what they should be.
        """
        if name == EngineName.LANDMARK:
            return self._landmark.fuse(work, step)
        try:
            return self._loaded(precision, work.saving, step).fuse(work, step)
        except Meaningless as error:
            if precision == Precision.FLOAT32:
                raise self._loaded(precision, work.saving, step).broken() from error
        self._meaningless.add(precision)
        made = self._loaded(Precision.FLOAT32, work.saving, step).fuse(work, step)
        return replace(made, notices=(*made.notices, Notice("precision_raised", {"precision": precision})))

    def forget(self) -> None:
        """Remember no faces any more; the networks stay."""
        if self._unet is not None:
            self._unet.forget()

    @property
    def loaded(self) -> Precision | None:
        """What the unet engine's networks are loaded in; None if they are not. From any thread."""
        unet = self._unet
        return None if unet is None else unet.precision

    @property
    def strip_rows(self) -> int:
        """How many rows of a map the enhancer makes at once, or did when it failed; 0 while it is not at work."""
        return 0 if self._unet is None else self._unet.strip_rows

    @property
    def lends(self) -> bool:
        """Whether the unet engine's weights lie on the host and are lent to the card."""
        return self._unet is not None and self._unet.lends

    def make_room(self, wish: EngineName, precision: Precision) -> None:
        """Give back networks that lie there in another precision than a job will use them in.

        It asks for its own only once its faces are found, and would be measured with those of the last job.

        Raises:
            WeightsMissing, WeightsInvalid: as `named`.
        """
        if self._unet is None or (name := self.named(wish)) != EngineName.UNET:
            return
        if self._unet.precision != self.resolve(name, precision)[0]:
            self._unet = None
            budget.give_back(self._device.type)

    def close(self) -> None:
        """Forget the networks, so that their memory is free."""
        self._unet = None

    def _loaded(self, precision: Precision, saving: Saving, step: Step) -> UnetEngine:
        if self._unet is None or self._unet.precision != precision or self._lies_wrong(self._unet, saving):
            self._unet = None  # before the next one is made: both at once may not fit
            lends = self._device.type != "cpu" and (saving.lends or not self._has_room(precision))
            with step(Stage.LOAD, 0.4):
                lazy_imports.load("fusion.engines.unet.engine")
                from fusion.engines.unet.engine import UnetEngine  # late: modelscope's modules are not for every job

                self._unet = UnetEngine(self._files(), self._device, precision, lends=lends)
        return self._unet

    def _lies_wrong(self, loaded: UnetEngine, saving: Saving) -> bool:
        """Whether weights that are loaded must leave the card, or are lent to it without need."""
        if self._device.type == "cpu":
            return False
        if loaded.lends:
            return not saving.lends and self._has_room(loaded.precision)
        return saving.lends

    def _has_room(self, precision: Precision) -> bool:
        """Whether the card has room for all networks at once."""
        budget.give_back(self._device.type)
        return strips.has_room(budget.spare_bytes(str(self._device)), precision)
