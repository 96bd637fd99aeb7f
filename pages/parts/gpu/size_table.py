"""What fits now: each size with its verdict, for the photos on the desk or for a pair like most. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from advisor.device import compute_target, monitor
from advisor.driver import Gpu
from advisor.recommendation import Intent, Option, Pair, Verdict, recommend
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.types import Box, Size
from pages.parts.services import Live, Machine

# A photo of 12 megapixels with a portrait in it, and a source like it.
STANDARD = Pair(
    Subject(Size(4000, 3000), Box(1500, 900, 2500, 2100), 1000.0, 900.0, Size(4000, 3000)),
    None,
    None,
)
_BEST_FIRST = (Verdict.FITS, Verdict.TIGHT, Verdict.MAY_FIT, Verdict.TOO_BIG)


def sizes(pair: Pair, machine: Machine) -> tuple[Option, ...]:
    """One option for each size, the smallest first: with the engine of `auto`, in the stages that fit best."""
    advice = recommend(pair, Intent.AUTO, Settings(), frozenset(), machine.place, machine.ways, machine.coefficients)
    found: dict[Size, Option] = {}
    for option in advice.options:
        if option.workload.engine != machine.ways.engines[0]:
            continue
        before = found.get(option.size)
        if before is None or _BEST_FIRST.index(option.verdict) < _BEST_FIRST.index(before.verdict):
            found[option.size] = option
    return tuple(found.values())


def largest_on(live: Live, gpu: Gpu, options: Sequence[Option]) -> Option | None:
    """The largest that fits into what is free on one card; None where none does, or where the card is not used.

    Of a divided card likewise none: its parts have the memory.
    """
    if live.machine.place.kind != compute_target.Kind.CUDA or gpu.is_mig or gpu.is_visible is False:
        return None
    place = compute_target.place_of(replace(live.snapshot, gpus=(gpu,)), torch_cuda=True)
    now = live.now.card(monitor.key_of(gpu))
    place = replace(place, held_bytes=(now and now.ours_bytes) or 0)
    fitting = [
        option
        for option in options
        if option.forecast.peak_high_bytes <= place.budget_bytes(option.forecast.rest_bytes)
    ]
    return max(fitting, key=lambda option: option.size.width * option.size.height, default=None)
