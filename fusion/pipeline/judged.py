"""The verdict on a pair, before it is fused."""

from __future__ import annotations

from fusion.pipeline.looks import Looks
from fusion.pipeline.stage_one import Pair
from fusion.settings import Settings
from fusion.suitability import Shown, Suitability, judge


def judged(pair: Pair, looks: Looks[Shown], settings: Settings) -> Suitability | None:
    """How well the two faces go together; None at ratio 0, where nothing is fused.

    Raises:
        PairRefused: they make no picture, and are not to be fused anyway.
    """
    if settings.ratio == 0:
        return None
    found = judge(looks.of(pair.target, pair.target_face), looks.of(pair.source, pair.source_face), settings)
    refusal = None if settings.anyway else found.refusal
    if refusal is not None:
        raise refusal
    return found
