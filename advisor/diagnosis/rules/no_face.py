"""Why no face was found, nothing changed, or another person is to be seen. Rules; pure."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.diagnosis.rules.base import Evidence, Rule, Seen, finding, photos
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Finding, Level, Symptom
from advisor.quality import PhotoQuality
from fusion.face_setting import LARGEST, WhichFace
from fusion.types import Role

_RATIO = 0.7  # what it is raised to: the setting's own default


def _no_face(seen: Seen) -> Iterator[Finding]:
    for role, photo, action in photos(seen):
        if photo.face is None and not photo.turned and not photo.faces_px and not _is_dark(photo):
            evidence: Evidence = {"role": role, "luminance": photo.luminance, "width_px": photo.size.width}
            yield finding(Symptom.NO_FACE, Cause.NO_FACE, 0.9, evidence, action, level=Level.SERIOUS)


def _face_tiny(seen: Seen) -> Iterator[Finding]:
    for role, photo, action in photos(seen):
        width_px = photo.face.width_px if photo.face else max(photo.faces_px, default=None)
        if width_px is None:
            continue
        confidence = THRESHOLDS["face_tiny"].confidence(width_px)
        if confidence >= 0.5:
            evidence: Evidence = {"role": role, "face_px": width_px}
            yield finding(Symptom.NO_FACE, Cause.FACE_TINY, confidence, evidence, action)


def _face_turned(seen: Seen) -> Iterator[Finding]:
    for role, photo, action in photos(seen):
        if photo.face is None and photo.turned:
            evidence: Evidence = {"role": role, "count": photo.turned}
            yield finding(Symptom.NO_FACE, Cause.FACE_TURNED, 0.95, evidence, action, level=Level.SERIOUS)


def _face_dark(seen: Seen) -> Iterator[Finding]:
    for role, photo, action in photos(seen):
        if photo.face is None and not photo.turned and _is_dark(photo):
            confidence = THRESHOLDS["dark"].confidence(photo.luminance)
            evidence: Evidence = {"role": role, "luminance": photo.luminance}
            yield finding(Symptom.NO_FACE, Cause.FACE_DARK, confidence, evidence, action, level=Level.SERIOUS)


def _is_dark(photo: PhotoQuality) -> bool:
    return THRESHOLDS["dark"].is_past(photo.luminance)


def _ratio_low(seen: Seen) -> Iterator[Finding]:
    if seen.settings is None:
        return
    confidence = THRESHOLDS["ratio"].confidence(seen.settings.ratio)
    if confidence >= 0.5:
        evidence: Evidence = {"ratio": seen.settings.ratio}
        yield finding(Symptom.NO_FACE, Cause.RATIO_LOW, confidence, evidence, {"ratio": _RATIO}, "-result.change")


def _unchanged(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.change is None:
        return
    if seen.settings is not None and THRESHOLDS["ratio"].is_past(seen.settings.ratio):
        return  # nothing else was asked for
    confidence = THRESHOLDS["change"].confidence(result.change)
    if confidence >= 0.5:
        evidence: Evidence = {"change": result.change}
        action = Action.FUSE_HERE if seen.run is None else Action.RETRY
        yield finding(
            Symptom.NO_FACE, Cause.UNCHANGED, confidence, evidence, action, "-result.change", level=Level.SERIOUS
        )


def _other_face(seen: Seen) -> Iterator[Finding]:
    """Only where a face was left to the program: whoever chose one knows of the others."""
    for role, photo, _ in photos(seen):
        if len(photo.faces_px) < 2 or _asked(seen, role) != LARGEST:
            continue
        evidence: Evidence = {"role": role, "count": len(photo.faces_px), "second_px": photo.faces_px[1]}
        # sure where the second is as large as the first, in doubt where it is in the background
        confidence = 0.5 + 0.25 * photo.faces_px[1] / max(photo.faces_px[0], 1e-6)
        yield finding(Symptom.NO_FACE, Cause.OTHER_FACE, confidence, evidence, Action.CHOOSE_FACE, level=Level.MINOR)


def _asked(seen: Seen, role: str) -> WhichFace:
    if seen.settings is None:
        return LARGEST
    return seen.settings.faces.target if role == str(Role.TARGET) else seen.settings.faces.source


RULES = (
    Rule(Cause.NO_FACE, (), _no_face),
    Rule(Cause.FACE_TINY, (), _face_tiny),
    Rule(Cause.FACE_TURNED, (), _face_turned),
    Rule(Cause.FACE_DARK, (), _face_dark),
    Rule(Cause.RATIO_LOW, ("run",), _ratio_low),
    Rule(Cause.UNCHANGED, ("result.change",), _unchanged),
    Rule(Cause.OTHER_FACE, (), _other_face),
)
