"""A pipeline that computes nothing, for tests of the worker: FUSEWISE_PIPELINE=tests.fake_pipeline:FakePipeline.

How a job goes is said by its ratio.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np

from fusion.errors import NoFace, WeightsMissing
from fusion.measurement import Measurement, StageCost, Workload
from fusion.photo import Photo, thumbnail
from fusion.sizing import Rect
from fusion.spec import Box, EngineName, Precision, Settings, Stage
from fusion.task import Watch

QUICK = 0.5
SLOW = 0.01  # a minute in short steps
STUCK = 0.02  # a minute in one step
NO_MEMORY = 0.03
BROKEN = 0.04
CHATTY = 0.05  # prints to the standard output
FACELESS = 0.06


class FakePipeline:
    """The methods of `fusion.pipeline.Pipeline`."""

    device_name = "cpu"

    def warm_up(self) -> None:
        """Nothing to warm."""

    def run(self, target: Photo, source: Photo, settings: Settings, watch: Watch) -> Any:
        watch(Stage.FACES, 0.2)
        _behave(settings.ratio, watch)
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
            notices=target.notices + source.notices,
            measurement=Measurement(
                workload, self.device_name, 0.1, 1000, 500, 1000, (StageCost(Stage.FUSE, 0.1),), True, {}
            ),
        )

    def preview(self, result: Any, settings: Settings, max_side: int = 512) -> np.ndarray:
        """The result, darker by the brightness asked for."""
        small = thumbnail(result.pixels, max_side)
        return np.clip(small * (1.0 + settings.brightness), 0, 255).astype(np.uint8)

    def close(self) -> None:
        """Nothing to close."""


class UnstartablePipeline(FakePipeline):
    """Dies as it warms up, with words."""

    def warm_up(self) -> None:
        raise RuntimeError("the cable is not plugged in")


class WeightlessPipeline(FakePipeline):
    """Lacks a file."""

    def warm_up(self) -> None:
        raise WeightsMissing("weights_missing", file="model.task", address="https://example.org", variable="MODEL")


def _behave(ratio: float, watch: Watch) -> None:
    if ratio == SLOW:
        for step in range(3000):
            watch(Stage.FUSE, 0.2 + 0.6 * step / 3000)
            time.sleep(0.02)
    elif ratio == STUCK:
        time.sleep(60)
    elif ratio == NO_MEMORY:
        raise MemoryError
    elif ratio == BROKEN:
        raise ValueError("a bug")
    elif ratio == FACELESS:
        raise NoFace("no_face", role="target")
    elif ratio == CHATTY:
        print("a library prints this", flush=True)
