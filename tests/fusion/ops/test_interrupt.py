"""A job as its stages see it: whoever watches is asked within them too, and may stop them there."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from fusion import lazy_imports
from fusion.errors import Cancelled
from fusion.ops import interrupt
from fusion.ops.interrupt import Run, heed
from fusion.photos import Photo
from fusion.pipeline import Pipeline
from fusion.settings import Settings
from fusion.types import EngineName, Stage, Tier


class Impatient:
    """Stops a job when it is told something for the second time."""

    def __init__(self) -> None:
        self.told: list[tuple[Stage, float]] = []

    def __call__(self, stage: Stage, fraction: float) -> None:
        self.told.append((stage, fraction))
        if len(self.told) == 2:
            raise Cancelled


def test_a_stage_can_be_stopped_at_any_call_of_torch() -> None:
    watch = Impatient()
    run = Run(watch, torch.device("cpu"))
    with pytest.raises(Cancelled), run.step(Stage.ENHANCE, 0.5):
        torch.zeros(2).neg()
    assert watch.told == [(Stage.ENHANCE, 0.5)] * 2
    torch.zeros(2).neg()  # and outside of it nobody is asked


def test_what_is_computed_meanwhile_is_the_same() -> None:
    told: list[float] = []
    run = Run(lambda stage, fraction: told.append(fraction), torch.device("cpu"))
    with torch.inference_mode(), run.step(Stage.FUSE, 0.5):
        made = torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), weight=torch.ones(1, 1, 3, 3), padding=1)
    assert made[0, 0, 1, 1] == 9
    assert told == [0.5, 0.5]


def test_in_our_own_code_only_what_heeds_is_an_occasion() -> None:
    watch = Impatient()
    run = Run(watch, torch.device("cpu"))
    with run.step(Stage.FUSE, 0.5, networks=False):
        torch.zeros(2).neg()
        assert len(watch.told) == 1
        with ThreadPoolExecutor(1) as beside:
            beside.submit(heed).result()
        assert len(watch.told) == 1, "another thread's work is another's"
        with pytest.raises(Cancelled):
            heed()
    assert watch.told == [(Stage.FUSE, 0.5)] * 2
    heed()  # and outside of it nobody is asked


def test_the_landmark_engine_heeds_all_along(target: Photo, source: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupt, "_LOOK_EVERY_S", 0.0)
    told: Counter[Stage] = Counter()
    with Pipeline(device="cpu") as pipeline:
        pipeline.run(
            target,
            source,
            Settings(engine=EngineName.LANDMARK, output=Tier.T512),
            lambda stage, _: told.update([stage]),
        )
    assert told[Stage.FUSE] > 150


def test_imports_are_not_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module whose import was broken off may not be imported again."""
    (tmp_path / "computes_as_it_loads.py").write_text("import torch; made = torch.zeros(2).neg()", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    watch = Impatient()
    run = Run(watch, torch.device("cpu"))
    with run.step(Stage.LOAD, 0.4):
        lazy_imports.load("computes_as_it_loads")
    assert len(watch.told) == 1
