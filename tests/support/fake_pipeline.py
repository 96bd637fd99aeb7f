"""A pipeline that computes nothing, for tests: FUSEWISE_PIPELINE=tests.support.fake_pipeline:FakePipeline.

How a job goes is said by its ratio:

QUICK, SLOW, STUCK, CHATTY: it works, at once, after a minute in short steps, after a minute in one, while it prints.
The slow one shows a draft first: the target, small.
WAITS: it works after half a second, in which it leaves the processor to others.
NO_MEMORY: the host's memory runs out whatever the settings. BROKEN: a bug. FACELESS: no face.
SHORT_BY_1, SHORT_BY_2, SHORT_BY_3: the card's memory runs out until so many rungs of the ladder have been taken.
NEVER_FITS: it runs out on every rung.
    The rungs that there are: precision, always. For `PORTRAIT_SIDE` px photos and more with `output=Tier.T2048` also
    two stages, 1024 and 512; no CPU, for that is where it pretends to be.
DEVICE_LOST: CUDA's illegal memory access, each time. DEVICE_LOST_ONCE: the first time only.
DIES: kills its own process, each time. DIES_ONCE: the first time only.
SILENT: stops its own process as SIGSTOP does, heartbeat and all, each time. SILENT_ONCE: the first time only.

"The first time" is kept in the file that FAKE_PIPELINE_MARKER names, which must not be there before. In a test's own
process `FakePipeline(errors=[...])` raises these, one a run, before it works.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from fusion.errors import NoFace, OutOfMemory, Reason, WeightsMissing
from fusion.facts import SourceFacts, Use
from fusion.memory import Footing, Saving
from fusion.notices import Notice
from fusion.photos import Photo
from fusion.photos.decode import thumbnail
from fusion.settings import Settings
from fusion.sizing import Measurement, Rect, StageCost, Subject, Workload
from fusion.types import Box, EngineName, Precision, Stage, Switch, Tier
from fusion.verdict import Suitability
from fusion.worker.run_job import Drafted, Watch

QUICK = 0.5
SLOW = 0.01  # a minute in short steps
STUCK = 0.02  # a minute in one step
NO_MEMORY = 0.03
BROKEN = 0.04
CHATTY = 0.05  # prints to the standard output
FACELESS = 0.06
WAITS = 0.07
SHORT_BY_1, SHORT_BY_2, SHORT_BY_3, NEVER_FITS = 0.11, 0.12, 0.13, 0.14
DEVICE_LOST, DEVICE_LOST_ONCE = 0.21, 0.22
DIES, DIES_ONCE = 0.31, 0.32
SILENT, SILENT_ONCE = 0.41, 0.42

PORTRAIT_SIDE = 64  # px of the smallest photo that the limits of photos let through
MARKER = "FAKE_PIPELINE_MARKER"
_RUNGS = {SHORT_BY_1: 1, SHORT_BY_2: 2, SHORT_BY_3: 3, NEVER_FITS: 99}


class FakePipeline:
    """The methods of `fusion.pipeline.Pipeline`.

    Args:
        errors: raised one a run, before any of them works.
    """

    device_name = "cpu"
    held_bytes = (None, None)

    def __init__(self, errors: Iterable[Exception] = ()) -> None:
        self._errors = list(errors)
        self.loaded: Precision | None = None

    def warm_up(self) -> None:
        """Nothing to warm."""

    def precision(self, wish: Precision) -> Precision:
        """Computes nothing in any."""
        return Precision.FLOAT32

    def run(
        self,
        target: Photo,
        source: Photo,
        settings: Settings,
        watch: Watch,
        *,
        others: Sequence[Photo] = (),
        saving: Saving | None = None,
        drafted: Drafted | None = None,
    ) -> Any:
        watch(Stage.FACES, 0.2)
        if self._errors:
            raise self._errors.pop(0)
        if drafted is not None and settings.ratio == SLOW:
            drafted(thumbnail(target.pixels, 32))
        _behave(settings, watch)
        self.loaded = Precision.FLOAT32 if settings.precision == Precision.AUTO else settings.precision
        watch(Stage.FINISH, 0.9)
        face = SimpleNamespace(
            box=Box(10, 20, 110, 140), width_px=100.0, inter_eye_px=40.0, yaw=0.0, pitch=0.0, roll=0.0, score=1.0
        )
        workload = Workload(EngineName.LANDMARK, Precision.FLOAT32, target.size, 100, 10_000, 100, 500_000)
        return SimpleNamespace(
            pixels=np.ascontiguousarray(target.pixels[:, ::-1]),
            before=target.pixels,
            engine=EngineName.LANDMARK,
            device=self.device_name,
            settings=settings,
            target_face=face,
            source_face=face,
            region=Rect(0, 0, target.size.width, target.size.height),
            notices=(*target.notices, *source.notices, *_noticed(settings, len(others))),
            steps=(),
            suitability=Suitability(),
            likeness=None,
            inspection=None,
            sources=_told(settings, source, *others),
            opaque=None,
            heads=(face.box,),
            mapped=tuple(_mapped(line.photo, face) for line in settings.map),
            measurement=Measurement(
                workload, self.device_name, 0.1, 1000, 500, 1000, (StageCost(Stage.FUSE, 0.1),), True, {}
            ),
        )

    def preview(self, result: Any, settings: Settings, max_side: int = 512) -> np.ndarray:
        """The result, darker by the brightness asked for."""
        small = thumbnail(result.pixels, max_side)
        return np.clip(small * (1.0 + settings.brightness), 0, 255).astype(np.uint8)

    def make_room(self) -> None:
        """There is room."""

    def unload(self) -> None:
        """Forget that a job has run."""
        self.loaded = None

    def on_cpu(self) -> FakePipeline:
        """It is there."""
        return self

    def footing(self, target: Photo, source: Photo, settings: Settings, others: Sequence[Photo] = ()) -> Footing:
        """A face that fills most of the target, and networks."""
        width, height = target.size.width, target.size.height
        face = Box(0.2 * width, 0.2 * height, 0.8 * width, 0.8 * height)
        precision = Precision.FLOAT32 if settings.precision == Precision.AUTO else settings.precision
        lower = Precision.BFLOAT16 if precision == Precision.FLOAT32 else None
        subject = Subject(target.size, face, 0.6 * width, 100.0, source.size)
        return Footing(EngineName.UNET, precision, lower, subject, on_card=False)

    def close(self) -> None:
        """Nothing to close."""


class UnstartablePipeline(FakePipeline):
    """Dies as it warms up, with words."""

    def warm_up(self) -> None:
        raise RuntimeError("the cable is not plugged in")


class CrampedPipeline(FakePipeline):
    """Has too little memory to warm up."""

    def warm_up(self) -> None:
        raise OutOfMemory(Reason.OUT_OF_MEMORY, device="a card")


class WeightlessPipeline(FakePipeline):
    """Lacks a file."""

    def warm_up(self) -> None:
        raise WeightsMissing(Reason.WEIGHTS_MISSING, file="model.task", address="https://example.org", variable="MODEL")


def _noticed(settings: Settings, others: int) -> list[Notice]:
    """That the best of several photos is used, which is the last, and that it is mirrored where that is asked for."""
    best = [Notice("source_best_pose", {"number": others + 1, "count": others + 1})] if others else []
    return best + ([Notice("source_mirrored_wish")] if settings.mirror == Switch.ON else [])


def _mapped(photo: int, face: Any) -> Any:
    return SimpleNamespace(
        photo=photo,
        target_face=face,
        source_face=face,
        region=Rect(0, 0, 64, 64),
        suitability=Suitability(),
        inspection=None,
        likeness=None,
    )


def _told(settings: Settings, *sources: Photo) -> tuple[SourceFacts, ...]:
    """The photo that was chosen is used, or else the last one."""
    used = len(sources) - 1 if settings.source_photo is None else settings.source_photo
    return tuple(SourceFacts(one.sha256, Use.BEST if at == used else Use.WORSE) for at, one in enumerate(sources))


def _behave(settings: Settings, watch: Watch) -> None:
    ratio = settings.ratio
    if ratio in _RUNGS:
        if _depth(settings) < _RUNGS[ratio]:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    elif ratio == DEVICE_LOST or (ratio == DEVICE_LOST_ONCE and _is_first()):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")
    elif ratio == DIES or (ratio == DIES_ONCE and _is_first()):
        os.kill(os.getpid(), signal.SIGKILL)
    elif ratio == SILENT or (ratio == SILENT_ONCE and _is_first()):
        os.kill(os.getpid(), signal.SIGSTOP)
    elif ratio == SLOW:
        for step in range(3000):
            watch(Stage.FUSE, 0.2 + 0.6 * step / 3000)
            time.sleep(0.02)
    elif ratio == WAITS:
        time.sleep(0.5)
    elif ratio == STUCK:
        time.sleep(60)
    elif ratio == NO_MEMORY:
        raise MemoryError
    elif ratio == BROKEN:
        raise ValueError("a bug")
    elif ratio == FACELESS:
        raise NoFace(Reason.NO_FACE, role="target")
    elif ratio == CHATTY:
        print("a library prints this", flush=True)


def _depth(settings: Settings) -> int:
    """How many rungs below 2048 px, one stage, float32 these settings are."""
    depth = {Tier.T1024: 1, Tier.T512: 2}.get(settings.output, 0) if isinstance(settings.output, Tier) else 0
    depth += settings.two_stage == Switch.ON
    return depth + (settings.precision in (Precision.BFLOAT16, Precision.FLOAT16))


def _is_first() -> bool:
    marker = Path(os.environ[MARKER])
    if marker.exists():
        return False
    marker.touch()
    return True
