"""The story of one fusion: faces, size, fuse, blend, finish. Each stage measured, each able to stop.

The full frame is touched twice, to resize the target and to copy it; everything else happens in the region around the
face, so cost follows the face and not the frame.
"""

from __future__ import annotations

import platform
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import torch

from fusion import faces as faces_of
from fusion import layers, photo, samples, sizing
from fusion.engines.base import Work
from fusion.engines.choice import Engines
from fusion.errors import OutOfMemory
from fusion.faces import Face, FaceFinder, Search
from fusion.layers import Layers
from fusion.notices import Notice
from fusion.ops import warp
from fusion.ops.meter import Meter
from fusion.photo import Photo
from fusion.sizing import Rect
from fusion.spec import EngineName, Measurement, Role, Settings, Size, Stage, Switch, Workload

KEPT_SEARCHES = 8  # photos whose faces are remembered
KEPT_FUSIONS = 2  # fusions whose layers are remembered: a change of finishing needs no new one
YAW_LIMIT = 30.0  # degrees between the two heads; the figure that users of face fusion are told everywhere


class Finder(Protocol):
    """What the pipeline needs of a `FaceFinder`."""

    def find(self, pixels: np.ndarray) -> Search: ...

    def close(self) -> None: ...


class Watch(Protocol):
    """Told at the edges of the stages; may raise `Cancelled` to stop there."""

    def __call__(self, stage: Stage, fraction: float) -> None: ...


def unwatched(stage: Stage, fraction: float) -> None:
    """Nobody is looking."""


@dataclass(frozen=True, slots=True)
class Result:
    """One fused photo.

    `pixels` and `before` (the target at the output's size) are (H, W, 3) uint8 sRGB. `region` is what may differ
    between them; it is empty at ratio 0.
    """

    pixels: np.ndarray
    before: np.ndarray
    engine: EngineName
    device: str
    settings: Settings
    target_face: Face
    source_face: Face
    region: Rect
    notices: tuple[Notice, ...]
    measurement: Measurement
    layers: Layers | None

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two photos with the chosen faces."""

    target: Photo
    source: Photo
    target_face: Face
    source_face: Face


class Pipeline:
    """Owns torch's device, the face finder and the engines. One per process; `run` from one thread at a time.

    Args:
        finder: finds faces; made when not given.
        device: "cpu" or "cuda"; when None, cuda where there is one.
        engines: what fuses; made when not given.
    """

    def __init__(self, finder: Finder | None = None, device: str | None = None, engines: Engines | None = None) -> None:
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._finder = finder or FaceFinder()
        self._engines = engines or Engines(self.device)
        self._searches: OrderedDict[Hashable, Search] = OrderedDict()
        self._fusions: OrderedDict[Hashable, Layers] = OrderedDict()

    @property
    def device_name(self) -> str:
        """What a person calls the device."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the models and what is remembered."""
        self._fusions.clear()
        self._searches.clear()
        self._engines.close()
        self._finder.close()

    def warm_up(self) -> None:
        """Load what every job needs and run once, so that a person's first job is not the slow one.

        The unet engine's networks are left to the first job that wants them, which says that it loads them: they take
        seconds and gigabytes, and the landmark engine shall not wait for them.
        """
        target, source = (photo.read(data, role) for data, role in zip(samples.sample_pair(), Role, strict=True))
        self.run(target, source, Settings(engine=EngineName.LANDMARK))
        self._fusions.clear()

    def run(self, target: Photo, source: Photo, settings: Settings, watch: Watch = unwatched) -> Result:
        """Fuse the source's face into the target.

        Raises:
            NoFace: a photo has no usable face, or not the one asked for.
            OutOfMemory: the device or the host has too little memory.
            Cancelled: `watch` said so.
        """
        try:
            with torch.inference_mode():
                return self._run(target, source, settings, watch)
        except torch.OutOfMemoryError as error:
            raise OutOfMemory("out_of_memory", device=self.device_name) from error
        except MemoryError as error:
            raise OutOfMemory("out_of_memory", device="this computer") from error

    def preview(self, result: Result, settings: Settings, max_side: int = 512) -> np.ndarray:
        """The result with another finishing, (h, w, 3) uint8, at most `max_side` px on its longer side.

        Only the settings named in `fusion.spec.FINISHING` have an effect. Safe beside a running job.
        """
        with torch.inference_mode():
            before = torch.from_numpy(result.before)
            if result.layers is None:
                factor = min(1.0, max_side / max(before.shape[:2]))
                small = warp.resize(before, round(before.shape[1] * factor), round(before.shape[0] * factor))
            else:
                small = layers.preview(before.to(self.device), result.layers, settings, max_side)
            answer: np.ndarray = small.cpu().numpy()
            return answer

    def _run(self, target: Photo, source: Photo, settings: Settings, watch: Watch) -> Result:
        meter = Meter(self.device)
        name = self._engines.named(settings.engine)
        precision, remarks = self._engines.resolve(name, settings.precision)
        notices = [*target.notices, *source.notices, *_set_aside(settings), *remarks]
        watch(Stage.FACES, 0.02)
        with meter.stage(Stage.FACES):
            target_face = self._face(target, settings, Role.TARGET, notices)
            watch(Stage.FACES, 0.2)
            source_face = self._face(source, settings, Role.SOURCE, notices)
        pair = _Pair(target, source, target_face, source_face)
        watch(Stage.SIZE, 0.35)
        with meter.stage(Stage.SIZE):
            plan = sizing.plan(target.size, settings, target_face.box)
            before = warp.lay_out(torch.tensor(target.pixels, device=self.device), plan)
        settings = replace(settings, engine=name, precision=precision)
        fused = self._layers(pair, plan, before, settings, meter, watch) if settings.ratio > 0 else None
        watch(Stage.FINISH, 0.8)
        with meter.stage(Stage.FINISH):
            pixels = layers.finished(before, fused, settings) if fused else before
            out, frame = pixels.cpu().numpy(), before.cpu().numpy()
        watch(Stage.FINISH, 0.95)
        notices += fused.notices if fused else (Notice("ratio_zero"),)
        return Result(
            pixels=out,
            before=frame,
            engine=name,
            device=self.device_name,
            settings=settings,
            target_face=target_face,
            source_face=source_face,
            region=fused.reaches if fused else Rect(0, 0, 0, 0),
            notices=(*notices, *_pair_notices(pair)),
            measurement=self._measurement(meter, settings, plan.size, fused),
            layers=fused,
        )

    def _face(self, picture: Photo, settings: Settings, role: Role, notices: list[Notice]) -> Face:
        search = self._searches.get(picture.sha256)
        if search is None:
            search = self._finder.find(picture.pixels)
            _remember(self._searches, picture.sha256, search, KEPT_SEARCHES)
        choice = settings.faces.target if role == Role.TARGET else settings.faces.source
        face = faces_of.choose(search, choice, role)
        if len(search.faces) > 1:
            index = search.faces.index(face)
            notices.append(Notice("several_faces", {"role": role, "count": len(search.faces), "index": index}))
        if search.turned:
            notices.append(Notice("faces_turned", {"role": role, "count": len(search.turned)}))
        return face

    def _layers(
        self, pair: _Pair, plan: sizing.Plan, before: torch.Tensor, settings: Settings, meter: Meter, watch: Watch
    ) -> Layers:
        """The fused face, or the one that was made for the same photos and settings a moment ago."""
        of_target = (pair.target.sha256, settings.faces.target, plan)
        of_source = (pair.source.sha256, settings.faces.source)
        key = (settings.engine, settings.precision, of_target, of_source, settings.ratio, settings.mode)
        kept = self._fusions.get(key)
        if kept is not None:
            self._fusions.move_to_end(key)
            return kept

        @contextmanager
        def step(stage: Stage, fraction: float) -> Iterator[None]:
            watch(stage, fraction)
            with meter.stage(stage):
                yield

        work = Work(
            frame=before,
            points=layers.in_output(pair.target_face, plan),
            source=pair.source.pixels,
            source_points=layers.points_of(pair.source_face),
            ratio=settings.ratio,
            mode=settings.mode,
            target_key=of_target,
            source_key=of_source,
        )
        made = self._engines.fuse(settings.engine, settings.precision, work, step)
        _remember(self._fusions, key, made, KEPT_FUSIONS)
        return made

    def _measurement(self, meter: Meter, settings: Settings, size: Size, fused: Layers | None) -> Measurement:
        face_px = round(fused.face_px) if fused else 0
        versions = {"torch": torch.__version__, "python": platform.python_version()}
        workload = Workload(settings.engine, size, face_px, settings.precision)
        return Measurement(workload, self.device_name, meter.seconds, meter.peak_bytes, meter.stages, versions)


def _remember(kept: OrderedDict[Hashable, Any], key: Hashable, value: Any, limit: int) -> None:
    kept[key] = value
    while len(kept) > limit:
        kept.popitem(last=False)


def _set_aside(settings: Settings) -> list[Notice]:
    """What the user asked for and this version does not do."""
    notices = []
    if settings.two_stage == Switch.ON:
        notices.append(Notice("two_stage_ignored"))
    return notices


def _pair_notices(pair: _Pair) -> list[Notice]:
    """What the two heads' poses let expect."""
    degrees = abs(pair.target_face.yaw - pair.source_face.yaw)
    return [Notice("yaw_differs", {"degrees": degrees})] if degrees > YAW_LIMIT else []
