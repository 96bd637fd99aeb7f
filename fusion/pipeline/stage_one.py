"""Stage one: the face's room cut from the target, fused at a size that memory knows, and remembered."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch

from fusion.engines import Engines, Portrait, Work, layers, slices
from fusion.faces import Face, geometry
from fusion.memory import Saving
from fusion.newest import Newest
from fusion.notices import Notice
from fusion.ops import color, constants, warp
from fusion.parsing import FaceMap, Maps
from fusion.photos import Photo
from fusion.pipeline.placement import Placed
from fusion.settings import Settings
from fusion.sizing import ENLARGE_FROM, Plan, Subject, layout
from fusion.types import EngineName, Size, Stage, Switch
from fusion.upscale import Enlargers, Kind

KEPT_FUSIONS = 2  # fusions that are remembered: a change of finishing needs no new one

# Settings that change the fused face of the same photos in the same place. What finishes it is none of them.
_SHAPING = ("engine", "precision", "ratio", "mode", "glasses", "facial_hair", "mirror")


class Run(Protocol):
    """One job as stage one sees it."""

    def step(self, stage: Stage, fraction: float, *, networks: bool = True) -> AbstractContextManager[None]:
        """Enter a stage: announced at a fraction of the job, measured; may raise `Cancelled`."""
        ...

    def watch(self, stage: Stage, fraction: float) -> None:
        """Announce progress within a stage; may raise `Cancelled`."""
        ...

    @property
    def saving(self) -> Saving:
        """How memory must be saved."""
        ...


@dataclass(frozen=True, slots=True)
class Pair:
    """The two photos with the chosen faces, the source as an engine is to see it, and what goes with it.

    Attributes:
        source_key: the same for the same source photo with the same face, seen in the same way.
        others: further portraits of the source's person.
    """

    target: Photo
    source: Photo
    target_face: Face
    source_face: Face
    source_key: Hashable = None
    others: tuple[Portrait, ...] = ()

    @property
    def subject(self) -> Subject:
        """Their sizes alone."""
        target, source = self.target_face, self.source_face
        target_px, source_px = (geometry.face_width(layers.points_of(face)) for face in (target, source))
        return Subject(self.target.size, target.box, target_px, source_px, self.source.size)


class Fuser:
    """Owns the engines and the enlargers, and remembers the last fusions.

    Args:
        device: where to compute.
        engines: what fuses.
        maps: tells what is where on a face.
    """

    def __init__(self, device: torch.device, engines: Engines, maps: Maps) -> None:
        self.engines = engines
        self._device = device
        self._enlargers = Enlargers(str(device))
        self._kept = Newest[Hashable, Placed](KEPT_FUSIONS)
        self._maps = maps

    def forget(self) -> None:
        """Remember no fusion and no faces any more."""
        self._kept.clear()
        self.engines.forget()
        constants.forget()

    def close(self) -> None:
        """Free the networks and what is remembered."""
        self.forget()
        self.engines.close()
        self._enlargers.close()

    def fuse(self, pair: Pair, plan: Plan, before: torch.Tensor, settings: Settings, run: Run) -> Placed:
        """The fused face, or the one that was made for the same photos and settings a moment ago.

        Args:
            before: (H, W, 3) uint8 on the host, the target as `plan` lays it out.
            settings: with an engine and a precision that are not `auto`.
        """
        points = layers.in_output(pair.target_face, plan)
        room = self.engines.room(settings.engine, points, plan.size)
        staged = layout.needs_two_stages(plan.size, room, settings.two_stage, settings.engine)
        working = layout.working(room, plan.size) if staged else layout.Working(room, Size(room.width, room.height))
        of_target = (pair.target.sha256, settings.faces.target, plan, settings.fill, working)
        of_source = (pair.source_key, *(other.key for other in pair.others))
        key = (of_target, of_source, *(getattr(settings, name) for name in _SHAPING))

        def make() -> Placed:
            frame = self._frame(before, working)
            work = Work(
                frame=frame,
                points=_on(working, points),
                source=pair.source.pixels,
                source_points=layers.points_of(pair.source_face),
                ratio=settings.ratio,
                mode=settings.mode,
                finer=1 / working.scale,
                photo_px=max(1.0, plan.scale * working.scale),
                target_key=of_target,
                source_key=pair.source_key,
                glasses=settings.glasses,
                facial_hair=settings.facial_hair,
                maps=self._parsed(pair) if settings.engine == EngineName.LANDMARK else None,
                others=pair.others,
                saving=run.saving,
                heed=run.watch,
            )
            made = self.engines.fuse(settings.engine, settings.precision, work, run.step)
            made = replace(made, palette=color.palette_of(frame))
            return self._enlarged(Placed(working, frame, made, made.enlargement, max(1.0, plan.scale)), run)

        kept = self._kept.of(key, make)
        needless = settings.two_stage == Switch.ON and not kept.guided
        return replace(kept, notices=(*kept.notices, Notice("two_stage_needless"))) if needless else kept

    def _parsed(self, pair: Pair) -> tuple[FaceMap, FaceMap]:
        return self._maps.of(pair.target, pair.target_face), self._maps.of(pair.source, pair.source_face)

    def _frame(self, before: torch.Tensor, working: layout.Working) -> torch.Tensor:
        """(h, w, 3) uint8 on the device: the room at its working size."""
        cut = before[slices(working.room)].contiguous()
        return warp.resize(cut, working.size.width, working.size.height).to(self._device)

    def _enlarged(self, placed: Placed, run: Run) -> Placed:
        """With what the second stage reads enlarged by a network, where its own pixels do not reach."""
        guide = placed.layers.guide
        if guide is None:
            return placed
        size = {"width": placed.working.size.width, "height": placed.working.size.height}
        if guide.enlargement <= ENLARGE_FROM:
            return replace(placed, notices=(Notice("two_stage_native", size),))
        softness = guide.enlargement
        kind = ""
        told: list[Notice] = []

        def enlarge(pixels: np.ndarray, factor: float, wanted: np.ndarray) -> np.ndarray:
            nonlocal softness, kind
            answer = self._enlargers.enlarge(
                pixels, factor, wanted, lambda share: run.watch(Stage.ENLARGE, 0.76 + 0.08 * share)
            )
            kind = str(answer.kind)
            if answer.kind != Kind.LANCZOS:  # which interpolates, and leaves a face as soft as it was
                softness /= answer.scale
            told.extend((Notice("two_stage", {**size, "enlarger": answer.name}), *answer.notices))
            return answer.pixels

        with run.step(Stage.ENLARGE, 0.76):
            larger = guide.enlarged(enlarge)
        layers_ = replace(placed.layers, guide=larger)
        return replace(placed, layers=layers_, softness=max(1.0, softness), notices=tuple(told), enlarger=kind)


def _on(working: layout.Working, points: np.ndarray) -> np.ndarray:
    """(478, 3) px of the output → px of the frame."""
    across, down = working.per_axis
    shift = np.array([working.room.left, working.room.top, 0.0])
    return (points - shift) * np.array([across, down, working.scale])
