"""How a job will save memory where it runs, so that the forecast is of that."""

from __future__ import annotations

from dataclasses import replace

from advisor.device import Place
from advisor.device.compute_target import Kind
from advisor.forecast import savings
from advisor.forecast.model import Coefficients, rest_bytes
from fusion.memory import strips
from fusion.sizing import Workload
from fusion.types import EngineName


def as_done(work: Workload, place: Place, coefficients: Coefficients) -> Workload:
    """A workload as it is done there: the unet engine's enhancer in strips, its weights lent to the card.

    By the rule that the job goes by itself (`fusion.memory.strips`), so that what is told of it is what comes.
    """
    if place.kind != Kind.CUDA or work.engine != EngineName.UNET or not work.face_px:
        return work
    spare = place.budget_bytes(rest_bytes(work, coefficients)) - coefficients.rest_bytes
    saving = strips.foreseen(spare, work.precision)
    in_strips = savings.is_enhanced(work) and saving.strip_rows != strips.WHOLE
    return replace(work, strip_rows=saving.strip_rows or 0 if in_strips else 0, lends=saving.lends)
