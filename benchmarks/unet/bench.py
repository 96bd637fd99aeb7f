"""What the unet benchmarks share: where, how often and how long to measure, and how each side is run."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.shared import common
from benchmarks.stock import Stock
from benchmarks.unet.scenes import Scene, Told
from fusion.engines import Engines
from fusion.engines.precision import resolve
from fusion.pipeline import Pipeline, Result
from fusion.settings import Settings
from fusion.types import EngineName, Precision, Tier
from fusion.weights.catalog import RANDOM_MARK
from fusion.weights.locate import files_in

LARGE = 0.45  # of the picture's side
SMALL_PX = 240.0  # below the width from which the enhancer runs


@dataclass(slots=True)
class Bench:
    """`ends` is the moment (`time.monotonic`) at which all should be done; `longest_s` what a case has taken so far."""

    folder: Path
    device: torch.device
    runs: int
    ends: float
    resume: bool
    longest_s: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    @property
    def device_name(self) -> str:
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "cpu"

    @property
    def is_card(self) -> bool:
        return self.device.type == "cuda"

    @property
    def wait(self) -> Callable[[], None]:
        """Returns when the device is done."""
        return torch.cuda.synchronize if self.is_card else (lambda: None)

    def wants(self, key: str) -> bool:
        """Whether there is time for a case, and it is not in the results already (where they are to be resumed)."""
        if self.resume and key in self._done():
            print(f"done before: {key}", flush=True)
            return False
        if time.monotonic() + self.longest_s > self.ends:
            print(f"no time left for {key}", flush=True)
            return False
        self._began = time.monotonic()
        return True

    def record(self, key: str, facts: dict[str, Any]) -> None:
        """Write down a case that `wants` has let through."""
        self.longest_s = max(self.longest_s, time.monotonic() - self._began)
        self._began = time.monotonic()
        tf32 = torch.backends.cudnn.allow_tf32 if self.is_card else None
        weights = "random" if (self.folder / RANDOM_MARK).exists() else "given"
        common.record("unet", {"key": key, "device": self.device_name, "tf32": tf32, "weights": weights, **facts})

    def _done(self) -> set[str]:
        paths = {folder / "unet.jsonl" for folder in (common.RESULTS, common.ROOT / "benchmarks" / "results")}
        texts = [path.read_text(encoding="utf-8") for path in paths if path.exists()]
        lines = [json.loads(line) for text in texts for line in text.splitlines()]
        return {line["key"] for line in lines if line["device"] == self.device_name}


class Ours:
    """Our pipeline, told where the faces are."""

    def __init__(self, bench: Bench, precision: Precision) -> None:
        self.precision = precision
        self.engines = Engines(bench.device, files=lambda: files_in(bench.folder))
        self._finder = Told()
        self._pipeline = Pipeline(finder=self._finder, device=bench.device.type, engines=self.engines)

    def run(self, scene: Scene, engine: EngineName = EngineName.UNET) -> Result:
        self._finder.learn(scene)
        return self._pipeline.run(scene.target, scene.source, settings(self.precision, engine))

    def close(self) -> None:
        self._pipeline.close()


def face_px(side: int, face: str) -> float:
    """Width of the face in a picture of `side` px."""
    return LARGE * side if face == "large" else min(side / 3, SMALL_PX)


def settings(precision: Precision, engine: EngineName = EngineName.UNET) -> Settings:
    """What the model's own code does: everything of the source, no finishing, the target's size."""
    return Settings(
        engine=engine, ratio=1.0, precision=precision, output=Tier.ORIGINAL, skin_smoothing=0.0, sharpen=0.0
    )


def distinct(wishes: Iterable[Precision], device: torch.device) -> list[Precision]:
    """The wishes that mean different things on the device: where `auto` is float32, the two are one."""
    found: dict[Precision, Precision] = {}
    for wish in wishes:
        found.setdefault(resolve(wish, device)[0], wish)
    return list(found.values())


def run_stock(stock: Stock, scene: Scene) -> np.ndarray:
    """Its picture, (H, W, 3) uint8."""
    box = scene.target_face.box
    target, source = np.array(scene.target.pixels), np.array(scene.source.pixels)  # it wants them writable
    return stock.inference(target, source, *scene.five_points(), (box.width, box.height))


def stages_of(results: list[Result]) -> dict[str, float]:
    """Median seconds of each stage."""
    seconds: dict[str, list[float]] = {}
    for result in results:
        for cost in result.measurement.stages:
            seconds.setdefault(cost.stage, []).append(cost.seconds)
    return {str(stage): round(statistics.median(each), 4) for stage, each in seconds.items()}


def psnr(one: np.ndarray, other: np.ndarray, peak: float) -> float | None:
    """Decibels; None where the two are equal."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return round(10 * float(np.log10(peak**2 / error)), 2) if error else None
