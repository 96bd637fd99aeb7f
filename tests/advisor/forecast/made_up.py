"""Measurements made up from a line that is known, so that a fit can be compared with it."""

from __future__ import annotations

from fusion.sizing import Measurement, StageCost, Workload
from fusion.types import EngineName, Precision, Size, Stage

MIB = 1 << 20
REST = 440 * MIB
SIDES = (512, 1024, 1536, 2048, 3072, 4096)


def work(side: int, share: float = 0.1) -> Workload:
    """A landmark fusion in one stage, its room a share of the frame."""
    pixels = side * side
    return Workload(
        EngineName.LANDMARK, Precision.FLOAT32, Size(side, side), side // 4, round(share * pixels), 300, 3_000_000
    )


def measured(load: Workload, *, noise: float = 0.0, speed: float = 1.0, rest: int = REST) -> Measurement:
    """What a machine measures whose memory and time are known."""
    factor = 1 + noise
    peak = rest + (90 * MIB + 9 * load.output.pixels + 160 * load.room_px) * factor
    stages = (
        StageCost(Stage.READ, 0.03 * speed),
        StageCost(Stage.FACES, 0.35 * speed),
        StageCost(Stage.FUSE, (0.2 + 9e-7 * load.room_px) * speed * factor),
        StageCost(Stage.WRITE, 3e-8 * load.output.pixels * speed),
    )
    seconds = sum(each.seconds for each in stages)
    return Measurement(load, "cpu", seconds, round(peak), rest, round(peak), stages, True, {})
