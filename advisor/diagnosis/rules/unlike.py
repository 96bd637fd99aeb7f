"""Why a result does not look like its source. One finding, of the first reason that there is. Rules; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from advisor.diagnosis.rules.base import Evidence, Judge, Rule, Seen, finding
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Finding, Level, Symptom
from fusion.types import SAME_PERSON, EngineName, Switch

FULL_RATIO = 1.0
MIXED = 0.5  # the ratio up to which a face of both people was asked for
NEARER = 10.0  # degrees that a mirror must bring the heads together
_GAUGE = "-result.like_source"

Reason = tuple[Cause, Evidence, Action | Mapping[str, Any]]


def _ratio(seen: Seen) -> Reason | None:
    if seen.settings is None or seen.settings.ratio >= FULL_RATIO:
        return None
    return Cause.UNLIKE_RATIO, {"ratio": seen.settings.ratio}, {"ratio": FULL_RATIO}


def _mirror(seen: Seen) -> Reason | None:
    ours, theirs = seen.target_face, seen.source_face
    if seen.settings is None or seen.settings.mirror != Switch.OFF or ours is None or theirs is None:
        return None
    degrees, mirrored = abs(theirs.yaw - ours.yaw), abs(-theirs.yaw - ours.yaw)
    if degrees - mirrored < NEARER:
        return None
    return Cause.UNLIKE_MIRROR, {"degrees": degrees, "mirrored": mirrored}, {"mirror": str(Switch.ON)}


def _pose(seen: Seen) -> Reason | None:
    if seen.pair is None:
        return None
    degrees = max(abs(seen.pair.yaw), abs(seen.pair.pitch))
    if not THRESHOLDS["unlike_yaw"].is_past(degrees):
        return None
    return Cause.UNLIKE_POSE, {"degrees": degrees}, Action.OTHER_SOURCE


def _soft(seen: Seen) -> Reason | None:
    face = seen.source_face
    if face is None:
        return None
    is_small = THRESHOLDS["face_small"].is_past(face.width_px)
    if not is_small and not THRESHOLDS["source_blur"].is_past(face.blur):
        return None
    return Cause.UNLIKE_SOFT, {"source_px": face.width_px, "blur": face.blur}, Action.OTHER_SOURCE


def _engine(seen: Seen) -> Reason | None:
    if seen.engine != EngineName.UNET:
        return None
    return Cause.UNLIKE_ENGINE, {}, {"engine": str(EngineName.LANDMARK)}


def _no_reason(seen: Seen) -> Reason:
    return Cause.UNLIKE_SOURCE, {}, Action.OTHER_SOURCE


def _unlike(seen: Seen) -> Finding | None:
    result = seen.result
    if result is None or result.like_source is None or result.like_target is None:
        return None
    confidence = THRESHOLDS["like_source"].confidence(result.like_source)
    if confidence < 0.5:
        return None
    cause, why, mend = _ratio(seen) or _mirror(seen) or _pose(seen) or _soft(seen) or _engine(seen) or _no_reason(seen)
    evidence: Evidence = {"cosine": result.like_source, "to_target": result.like_target, "least": SAME_PERSON, **why}
    is_mixed = seen.settings is not None and seen.settings.ratio <= MIXED
    level = Level.MINOR if is_mixed else Level.SERIOUS
    return finding(Symptom.NO_FACE, cause, confidence, evidence, mend, _GAUGE, level)


def _judge(cause: Cause) -> Judge:
    def judge(seen: Seen) -> Iterator[Finding]:
        found = _unlike(seen)
        if found is not None and found.cause == cause:
            yield found

    return judge


RULES = tuple(
    Rule(cause, ("result.like_source",), _judge(cause))
    for cause in (
        *(Cause.UNLIKE_RATIO, Cause.UNLIKE_MIRROR, Cause.UNLIKE_POSE, Cause.UNLIKE_SOFT),
        *(Cause.UNLIKE_ENGINE, Cause.UNLIKE_SOURCE),
    )
)
