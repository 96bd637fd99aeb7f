"""Coefficients, places and pairs made by hand, so that tests of advice depend on nothing that was measured."""

from __future__ import annotations

from itertools import product

from advisor.device import Place, Ways
from advisor.device.compute_target import Kind
from advisor.driver.gpu import Process
from advisor.driver.reasons import Reason
from advisor.forecast import Coefficients, Source
from advisor.forecast.model import Line, Regime, Step
from advisor.recommendation import Pair
from advisor.recommendation.pair import Look
from fusion.sizing import Subject
from fusion.types import Box, EngineName, Precision, Size, Stage

MIB, GIB = 1 << 20, 1 << 30
PHOTO, SOURCE = Size(4000, 3000), Size(3000, 2000)
REST = 300 * MIB
ENGINES = (EngineName.UNET, EngineName.LANDMARK)
HALVES = frozenset({Precision.FLOAT32, Precision.BFLOAT16})
BOTH = Ways(ENGINES, Precision.BFLOAT16, "span", HALVES)
LANDMARK = Ways((EngineName.LANDMARK,), Precision.FLOAT32, "lanczos", frozenset({Precision.FLOAT32}))
# bytes, of one, and per pixel of the output, the room, the photos, and of what is enlarged
_MEMORY = {
    (EngineName.LANDMARK, False): (0.0, 20.0, 80.0, 4.0, 0.0),
    (EngineName.LANDMARK, True): (90e6, 20.0, 2.0, 4.0, 10.0),
    (EngineName.UNET, False): (500e6, 20.0, 60.0, 4.0, 0.0),
    (EngineName.UNET, True): (590e6, 20.0, 2.0, 4.0, 10.0),
}


def coefficients(
    *, source: Source = Source.HERE, two_stage_s: float = 1e-6, one_stage_s: float = 1e-6, timed: bool = True
) -> Coefficients:
    """Memory by `_MEMORY`; seconds per pixel of the output."""
    precisions, kinds = (Precision.FLOAT32, Precision.BFLOAT16), ("plain", "large", "enhanced")
    memory = {
        Regime(engine, precision, two, kind): Line(values, 0.9, 1.1, source, 20)
        for ((engine, two), values), precision, kind in product(_MEMORY.items(), precisions, kinds)
    }
    each = {"one": one_stage_s, "two": two_stage_s}
    seconds = {
        Step(engine, precision, Stage.WRITE, kind): Line((0.1, each[kind]), 0.9, 1.1, source, 20)
        for engine, precision, kind in product(ENGINES, precisions, each)
    }
    loaded = {Precision.FLOAT32: 900 * MIB, Precision.BFLOAT16: 450 * MIB}
    spread = {engine: (0.9, 1.2) for engine in ENGINES} if timed else {}
    return Coefficients(REST, loaded, memory, seconds, spread)


def place(free_gib: float, *, holders: tuple[Process, ...] = (), why: Reason | None = None) -> Place:
    """A processor with so much memory free, of which none is left alone."""
    return Place(Kind.CPU, "cpu", None, 64 * GIB, round(free_gib * GIB), 0, 0, holders=holders, why=why)


def look(photo: Size, width_px: float, *, yaw: float = 0.0, light: float = 0.0, covered: float = 0.0) -> Look:
    """A face as it is mostly: seen from the front, evenly lit, bare."""
    return Look(photo, 1_000_000, width_px, width_px * 0.45, yaw, 0.0, light, covered)


def pair(
    photo: Size = PHOTO,
    target_px: float = 1000.0,
    source_px: float = 900.0,
    *,
    target: Look | None = None,
    source: Look | None = None,
) -> Pair:
    """A target whose face is in the middle, and a source."""
    x, y = photo.width / 2, photo.height / 2
    face = Box(x - target_px / 2, y - target_px * 0.6, x + target_px / 2, y + target_px * 0.6)
    subject = Subject(photo, face, target_px, source_px, SOURCE)
    return Pair(subject, target or look(photo, target_px), source or look(SOURCE, source_px))
