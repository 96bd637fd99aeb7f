"""From measures to causes: which rules speak, and which of them is the likeliest. Pure.

A rule looks for one cause. Some causes bring measures with them that other rules look at: a picture that was enlarged
has a soft face too. What is brought along is said after its cause, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from advisor.diagnosis.rules import blurry, looks, no_face, seam, slow, unlike
from advisor.diagnosis.rules.base import Seen
from advisor.diagnosis.types import Cause, Diagnosis, Finding, Symptom
from advisor.quality import Measures, Run

RULES = (*no_face.RULES, *unlike.RULES, *blurry.RULES, *seam.RULES, *looks.RULES, *slow.RULES)

_SOFTENERS = (
    *(Cause.SOURCE_SMALL, Cause.ENLARGED, Cause.DOWNGRADED, Cause.SOURCE_BLURRED, Cause.TARGET_BLURRED),
    *(Cause.OVER_SMOOTHED, Cause.SOURCE_COMPRESSED, Cause.RESULT_COMPRESSED, Cause.FACE_SMALL),
    *(Cause.SMOOTHING_OUTSIDE, Cause.HEADS_APART),
)
_NOTHING_DONE = (Cause.UNCHANGED, Cause.NO_FACE, Cause.FACE_TURNED, Cause.FACE_DARK)

# A cause → those that it follows from: said of them, it says nothing new.
SILENCED_BY: Mapping[Cause, tuple[Cause, ...]] = MappingProxyType(
    {
        Cause.FACE_SOFT: (*_SOFTENERS, *_NOTHING_DONE),
        **{cause: (*_NOTHING_DONE, Cause.RESULT_COMPRESSED) for cause in (Cause.MASK_HARD, Cause.GRAIN_DIFFERS)},
        Cause.BORDER_SHOWS: (Cause.MASK_HARD, *_NOTHING_DONE),
        **{cause: _NOTHING_DONE for cause in (Cause.COLOUR_STEP, Cause.EXPOSURE_STEP, *looks.CAUSES.values())},
        **{rule.cause: (*_NOTHING_DONE, Cause.RATIO_LOW) for rule in unlike.RULES},
        Cause.OVER_SMOOTHED: (Cause.ENLARGED, Cause.RESULT_COMPRESSED, *_NOTHING_DONE),
        Cause.RESULT_COMPRESSED: (Cause.ENLARGED, *_NOTHING_DONE),
        Cause.SMOOTHING_OUTSIDE: (Cause.OVER_SMOOTHED, *_NOTHING_DONE),
    }
)
# What makes a face look wrong in more than one way
_SEEN_IN_THE_FACE = (Cause.MASK_HARD, Cause.COLOUR_STEP, Cause.EXPOSURE_STEP, Cause.FACE_SOFT)

# A cause → those that it may follow from: it is said after them.
AFTER: Mapping[Cause, tuple[Cause, ...]] = MappingProxyType(
    {
        Cause.SOURCE_BLURRED: (Cause.SOURCE_SMALL, Cause.SOURCE_COMPRESSED),
        Cause.OVER_SMOOTHED: (Cause.SOURCE_SMALL, Cause.SOURCE_BLURRED, Cause.SOURCE_COMPRESSED),
        Cause.SOURCE_SMALL: (Cause.ENLARGED, Cause.DOWNGRADED),
        Cause.GRAIN_DIFFERS: (Cause.SOURCE_COMPRESSED, Cause.SOURCE_SMALL),
        Cause.MASK_HARD: (Cause.HEADS_APART,),
        **{cause: _SEEN_IN_THE_FACE for cause in looks.CAUSES.values()},
        Cause.COLOUR_STEP: (Cause.EXPOSURE_STEP,),
    }
)


def diagnose(
    measures: Measures, run: Run | None = None, symptom: Symptom | None = None, limit_bytes: int | None = None
) -> Diagnosis:
    """What explains what was measured, the likeliest first.

    Args:
        measures: of photos and result, as far as they were given.
        run: of our own job; None for a result of any tool.
        symptom: what shall be explained; None for everything.
        limit_bytes: how large a photo's file may be here; None where that is not asked.
    """
    seen = Seen(measures, run, limit_bytes)
    rules = [rule for rule in RULES if all(seen.has(need) for need in rule.needs)]
    found = [finding for rule in rules for finding in rule.judge(seen)]
    ranked = [each for each in _ranked(_spoken(found)) if symptom is None or each.symptom == symptom]
    return Diagnosis(tuple(ranked), measures, tuple(dict.fromkeys(rule.cause for rule in rules)))


def _spoken(found: list[Finding]) -> list[Finding]:
    causes = {each.cause for each in found}
    return [each for each in found if not causes.intersection(SILENCED_BY.get(each.cause, ()))]


def _ranked(found: list[Finding]) -> list[Finding]:
    """By confidence, but none before what it may follow from."""
    sure = {each.cause: each.confidence for each in found}
    held = []
    for each in found:
        limit = min((sure[cause] for cause in AFTER.get(each.cause, ()) if cause in sure), default=1.0)
        held.append((min(each.confidence, limit), limit == 1.0, each))
    held.sort(key=lambda entry: (-entry[0], not entry[1]))
    return [replace(each, confidence=round(confidence, 3)) for confidence, _, each in held]
