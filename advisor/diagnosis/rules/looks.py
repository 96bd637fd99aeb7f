"""What looks wrong in the result's face, whatever made it. One cause a kind. Rules; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from advisor.diagnosis.rules.base import Evidence, Judge, Rule, Seen, finding
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Level, Symptom
from fusion.types import Mode

CAUSES: Mapping[str, Cause] = {
    "patch": Cause.LOOKS_PATCHED,
    "asymmetry": Cause.LOOKS_UNEVEN,
    "eyes": Cause.LOOKS_BLACK_EYED,
    "edge": Cause.LOOKS_CUT,
    "ghost": Cause.LOOKS_GHOSTLY,
    "smear": Cause.LOOKS_SMEARED,
    "ashen": Cause.LOOKS_ASHEN,
}
_GAUGE = "result.worst_look"
_TONE = ("brightness", "contrast", "saturation")


def _mend(seen: Seen, cause: Cause) -> Action | Mapping[str, Any]:
    """Settings first, where they may have made it; another photo of the source where they have not."""
    settings = seen.settings
    if settings is None:
        return Action.FUSE_HERE
    changed = {name: 0.0 for name in _TONE if getattr(settings, name)}
    if cause in (Cause.LOOKS_CUT, Cause.LOOKS_PATCHED) and changed:
        return changed
    if cause == Cause.LOOKS_CUT and settings.mode != Mode.BLEND:
        return {"mode": str(Mode.BLEND)}
    return Action.OTHER_SOURCE


def _wished(seen: Seen) -> bool:
    """Whether a lighter or darker face was asked for: what is wished is no fault."""
    return seen.settings is not None and bool(seen.settings.brightness or seen.settings.contrast)


def _judge(kind: str, cause: Cause) -> Judge:
    def judge(seen: Seen) -> Iterator[Any]:
        if cause == Cause.LOOKS_ASHEN and _wished(seen):
            return
        for look in (seen.result and seen.result.looks) or ():
            confidence = THRESHOLDS["look"].confidence(look.amount)
            if look.kind == kind and confidence >= 0.5:
                evidence: Evidence = {"amount": look.amount, "where": look.where}
                mend = _mend(seen, cause)
                yield finding(Symptom.SEAM, cause, confidence, evidence, mend, _GAUGE, Level.SERIOUS)

    return judge


RULES = tuple(Rule(cause, ("result.looks",), _judge(kind, cause)) for kind, cause in CAUSES.items())
