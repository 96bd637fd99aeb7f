"""Why a result is blurred or distorted. Rules; pure."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.diagnosis.rules.base import Evidence, Rule, Seen, finding
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Finding, Level, Symptom
from advisor.quality import ResultQuality
from fusion.settings import Settings
from fusion.sizing import Plan, Subject, best_output
from fusion.types import EngineName, Tier

_REDUCED = 0.65
_SMOOTHING = (0.4, 0.2, 0.0)  # what it is lowered to: the first that is lower
_SHARPEN = (0.5, 0.8, 1.0)  # what it is raised to, likewise


def _source_small(seen: Seen) -> Iterator[Finding]:
    output_px, source = seen.face_px, seen.source_face
    if output_px is None or source is None or seen.result is None or seen.engine == EngineName.UNET:
        return  # unet draws the face itself, at its own size
    fused_px = output_px / _enlargement(seen)  # what was enlarged afterwards is another cause
    factor = fused_px / source.width_px
    confidence = THRESHOLDS["source_enlarged"].confidence(factor)
    if confidence >= 0.5:
        evidence: Evidence = {"source_px": source.width_px, "output_px": fused_px, "factor": factor}
        smaller = _other_size(seen, seen.result, -1)
        mend = {"output": str(smaller[0])} if smaller else Action.OTHER_SOURCE
        gauge = "-result.face_to_ring"
        yield finding(Symptom.BLURRY, Cause.SOURCE_SMALL, confidence, evidence, mend, gauge)


def _recommended(seen: Seen, shape: Settings | None) -> tuple[Tier, Plan] | None:
    """What is recommended for these photos before a run, too; None where they fill no size."""
    if seen.target is None:
        return None
    target_px, source_px = (None if face is None else face.width_px for face in (seen.target_face, seen.source_face))
    subject = Subject(seen.target.size, None, target_px, source_px)
    return best_output.best(subject, seen.engine or EngineName.LANDMARK, shape)


def _other_size(seen: Seen, result: ResultQuality, sign: int) -> tuple[Tier, Plan] | None:
    """What is recommended, if it is larger than the result (`sign` 1), or smaller (−1)."""
    found = _recommended(seen, seen.settings)
    return found if found and sign * found[1].size.pixels > sign * result.size.pixels else None


def _enlargement(seen: Seen) -> float:
    found = seen.result.enlargement if seen.result else 1.0
    return found if THRESHOLDS["enlargement"].is_past(found) else 1.0


def _enlarged(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or (seen.run is not None and seen.run.steps):
        return  # a job that went on with less says so itself
    confidence = THRESHOLDS["enlargement"].confidence(result.enlargement)
    if confidence >= 0.5:
        smaller = _other_size(seen, result, -1)
        size = smaller[1].size if smaller else result.size
        evidence: Evidence = {"factor": result.enlargement, "size": str(size), "result_width_px": result.size.width}
        output = str(smaller[0]) if smaller else [size.width, size.height]
        patch = {"output": output, "two_stage": "auto"}
        yield finding(Symptom.BLURRY, Cause.ENLARGED, confidence, evidence, patch, "result.enlargement")


def _downgraded(seen: Seen) -> Iterator[Finding]:
    if seen.run is not None and seen.run.steps:
        steps = ", ".join(f"{step.rung} {step.before} → {step.after}" for step in seen.run.steps)
        evidence: Evidence = {"steps": steps, "count": len(seen.run.steps)}
        yield finding(Symptom.BLURRY, Cause.DOWNGRADED, 0.95, evidence, Action.RELEASE_MEMORY)


def _source_blurred(seen: Seen) -> Iterator[Finding]:
    source = seen.source_face
    if source is None:
        return
    confidence = THRESHOLDS["source_blur"].confidence(source.blur)
    if confidence >= 0.5:
        evidence: Evidence = {"blur": source.blur, "sharp": THRESHOLDS["source_blur"].value, "one_way": source.one_way}
        yield finding(
            Symptom.BLURRY, Cause.SOURCE_BLURRED, confidence, evidence, Action.OTHER_SOURCE, "-result.face_to_ring"
        )


def _target_blurred(seen: Seen) -> Iterator[Finding]:
    target = seen.target_face
    if target is None:
        return
    confidence = THRESHOLDS["target_blur"].confidence(target.blur)
    if confidence >= 0.5:
        evidence: Evidence = {"blur": target.blur, "sharp": THRESHOLDS["target_blur"].value, "one_way": target.one_way}
        yield finding(Symptom.BLURRY, Cause.TARGET_BLURRED, confidence, evidence, Action.OTHER_TARGET, "result.blur")


def _face_small(seen: Seen) -> Iterator[Finding]:
    result, face_px = seen.result, seen.face_px
    if result is None or face_px is None or seen.target is None:
        return
    least = THRESHOLDS["face_small_unet" if seen.engine == EngineName.UNET else "face_small"]
    confidence = least.confidence(face_px)
    if confidence >= 0.5:
        larger = _other_size(seen, result, 1)
        mend = {"output": str(larger[0])} if larger else Action.OTHER_TARGET
        evidence: Evidence = {"face_px": face_px, "least_px": least.value}
        yield finding(Symptom.BLURRY, Cause.FACE_SMALL, confidence, evidence, mend, "-result.inter_eye_px")


def _over_smoothed(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.skin_kept is None or _is_reduced(seen):
        return
    # less than in both photos, and less than around it: one of the two alone may be so by nature
    lost = THRESHOLDS["skin_kept"].confidence(max(result.skin_kept, result.skin or 0.0))
    if lost >= 0.5:
        asked = seen.settings.skin_smoothing if seen.settings else 1.0
        evidence: Evidence = {"percent": 100 * result.skin_kept, "smoothing": asked}
        if seen.settings is None:
            del evidence["smoothing"]
        lower = next((each for each in _SMOOTHING if each < asked), None)
        mend = {"skin_smoothing": lower} if lower is not None else Action.OTHER_SOURCE
        yield finding(Symptom.BLURRY, Cause.OVER_SMOOTHED, lost, evidence, mend, "-result.skin_kept")


def _is_reduced(seen: Seen) -> bool:
    """Whether the face is so much smaller than in the photos that its texture is gone anyway."""
    photos = [face.inter_eye_px for face in (seen.target_face, seen.source_face) if face is not None]
    return seen.result is not None and bool(photos) and seen.result.inter_eye_px < _REDUCED * min(photos)


def _stretched(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None:
        return
    confidence = THRESHOLDS["stretch"].confidence(result.stretched)
    if confidence >= 0.5:
        found = _recommended(seen, None)
        patch = {"fit": "keep", "aspect": "original", "output": str(found[0]) if found else "auto"}
        evidence: Evidence = {"factor": result.stretch}
        yield finding(Symptom.BLURRY, Cause.STRETCHED, confidence, evidence, patch, "result.stretched")


def _source_compressed(seen: Seen) -> Iterator[Finding]:
    if seen.source is None:
        return
    confidence = THRESHOLDS["source_blockiness"].confidence(seen.source.blockiness)
    if confidence >= 0.5:
        evidence: Evidence = {"blockiness": seen.source.blockiness}
        yield finding(Symptom.BLURRY, Cause.SOURCE_COMPRESSED, confidence, evidence, Action.OTHER_SOURCE)


def _result_compressed(seen: Seen) -> Iterator[Finding]:
    if seen.result is None:
        return
    # the target's own blocks are in the result too, where it is as large
    own = seen.target.blockiness if seen.target and seen.target.size == seen.result.size else 1.0
    confidence = THRESHOLDS["result_blockiness"].confidence(seen.result.blockiness / max(1.0, own))
    if confidence >= 0.5:
        evidence: Evidence = {"blockiness": seen.result.blockiness, "target_blockiness": own}
        gauge = "result.blockiness"
        yield finding(Symptom.BLURRY, Cause.RESULT_COMPRESSED, confidence, evidence, Action.FUSE_HERE, gauge)


def _face_soft(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.face_to_ring is None:
        return
    features = 0.0 if result.features is None else THRESHOLDS["features_soft"].confidence(result.features)
    confidence = max(THRESHOLDS["face_soft"].confidence(result.face_to_ring), features)
    if confidence >= 0.5:
        asked = seen.settings.sharpen if seen.settings else None
        more = next((each for each in _SHARPEN if each > (asked or 0.0)), None)
        mend = {"sharpen": more} if more is not None else Action.OTHER_SOURCE
        evidence: Evidence = {"percent": 100 * min(result.face_to_ring, result.features or 1.0)}
        yield finding(Symptom.BLURRY, Cause.FACE_SOFT, confidence, evidence, mend, "-result.face_to_ring", Level.MINOR)


RULES = (
    Rule(Cause.SOURCE_SMALL, ("target.face", "source.face", "result"), _source_small),
    Rule(Cause.ENLARGED, ("result",), _enlarged),
    Rule(Cause.DOWNGRADED, ("run",), _downgraded),
    Rule(Cause.SOURCE_BLURRED, ("source.face",), _source_blurred),
    Rule(Cause.TARGET_BLURRED, ("target.face",), _target_blurred),
    Rule(Cause.FACE_SMALL, ("target.face", "result"), _face_small),
    Rule(Cause.OVER_SMOOTHED, ("result.skin_kept",), _over_smoothed),
    Rule(Cause.STRETCHED, ("target", "result"), _stretched),
    Rule(Cause.SOURCE_COMPRESSED, ("source",), _source_compressed),
    Rule(Cause.RESULT_COMPRESSED, ("result",), _result_compressed),
    Rule(Cause.FACE_SOFT, ("result.face_to_ring",), _face_soft),
)
