"""The facts of a job that is done, for tests that need some and care for few of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fusion.facts import FaceFacts, Facts
from fusion.settings import Settings
from fusion.sizing import Rect, StageCost
from fusion.types import Box, EngineName, Size, Stage

FACE = FaceFacts(Box(10.5, 20.0, 110.0, 140.0), 100.0, 40.5, -1.5, 0.0, 2.5, 0.987)


def facts(**changes: object) -> Facts:
    """What came of a job, but for what is said otherwise."""
    made = Facts(
        output=Path("output.png"),
        size=Size(120, 90),
        engine=EngineName.LANDMARK,
        device="cpu",
        seconds=2.5,
        region=Rect(0, 5, 100, 80),
        peak_bytes=1000,
        stages=(StageCost(Stage.READ, 0.5), StageCost(Stage.FUSE, 2.0)),
        target_face=FACE,
        source_face=FACE,
        settings=Settings(engine=EngineName.LANDMARK),
        steps=(),
        notices=(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
