"""What fits now: each size with its verdict, for the photos on the desk or for a pair like most. No Streamlit."""

from __future__ import annotations

from advisor.recommendation import Intent, Option, Pair, Verdict, recommend
from fusion.settings import Settings
from fusion.sizing import Subject
from fusion.types import Box, Size
from pages.parts.services import Machine

# A photo of 12 megapixels with a portrait in it, and a source like it.
STANDARD = Pair(
    Subject(Size(4000, 3000), Box(1500, 900, 2500, 2100), 1000.0, 900.0, Size(4000, 3000)),
    None,
    None,
)
_BEST_FIRST = (Verdict.FITS, Verdict.TIGHT, Verdict.TOO_BIG)


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
