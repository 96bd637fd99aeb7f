"""Why the border of the fused face shows. Rules; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from advisor.diagnosis.rules.base import Evidence, Rule, Seen, finding
from advisor.diagnosis.thresholds import THRESHOLDS
from advisor.diagnosis.types import Action, Cause, Finding, Symptom
from fusion.types import Mode, Role

SMOOTHING = (0.4, 0.6)  # what users of face-fusion tools are told to stay between
_MOST_SMOOTHING = 0.6
CUT_OUT = 20.0  # ΔE in a hundredth of the face's width, from which a face was cut out and pasted
# What a setting of 1 does to skin at most, by fusion.ops.finish
SATURATED = 40.0  # ΔE in a and b
BRIGHTENED = 3.0  # stops
CONTRASTED = 0.5


def _mask_hard(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.edge_width is None or result.edge_steepness is None:
        return
    narrow = THRESHOLDS["edge_width"].confidence(result.edge_width)
    steep = THRESHOLDS["edge_steepness"].confidence(result.edge_steepness)
    sure = (narrow + steep) / 2
    if result.edge_steepness >= CUT_OUT:
        sure = 1.0
    else:  # noise on the face is steep, too
        sure = min(sure, max((each.confidence for each in _grain_differs(seen)), default=1.0))
    if min(narrow, steep) >= 0.5:
        width_px = result.edge_width * (seen.face_px or 0.0)
        evidence: Evidence = {"width_px": width_px, "jump": result.edge_p95 or 0.0, "where": result.edge_where}
        mode = Mode.NORMAL if seen.settings and seen.settings.mode == Mode.BLEND else Mode.BLEND
        mend = _tone(seen) or {"mode": str(mode)}
        yield finding(Symptom.SEAM, Cause.MASK_HARD, sure, evidence, mend, "result.edge_steepness")


def _border_shows(seen: Seen) -> Iterator[Finding]:
    """An edge that is broader than a hard border's, whatever made it."""
    result = seen.result
    if result is None or result.edge_p95 is None:
        return
    confidence = THRESHOLDS["edge_jump"].confidence(result.edge_p95)
    if confidence >= 0.5:
        evidence: Evidence = {"jump": result.edge_p95, "where": result.edge_where}
        yield finding(Symptom.SEAM, Cause.BORDER_SHOWS, confidence, evidence, _tone_back(seen), "result.edge_p95")


def _tone_back(seen: Seen) -> Action | dict[str, Any]:
    """What takes an edge back: what was done to the colours, else the mode that meets the target at the border."""
    if seen.settings is None:
        return Action.FUSE_HERE
    return _tone(seen) or ({"mode": str(Mode.BLEND)} if seen.settings.mode != Mode.BLEND else Action.OTHER_SOURCE)


def _tone(seen: Seen) -> dict[str, Any]:
    """What was set of the colours, set back."""
    names = ("brightness", "contrast", "saturation")
    return {} if seen.settings is None else {name: 0.0 for name in names if getattr(seen.settings, name)}


def _colour_step(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.colour is None:
        return
    confidence = THRESHOLDS["colour"].confidence(result.colour - _asked_colour(seen))
    if confidence >= 0.5:
        evidence: Evidence = {"colour": result.colour, "a": result.rim_a or 0.0, "b": result.rim_b or 0.0}
        changed = bool(seen.settings and seen.settings.saturation)
        patch = {"saturation": 0.0, "mode": str(_matching(seen, changed=changed))}
        yield finding(Symptom.SEAM, Cause.COLOUR_STEP, confidence, evidence, patch, "result.colour")


def _exposure_step(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.exposure_ev is None:
        return
    confidence = THRESHOLDS["exposure"].confidence(abs(result.exposure_ev) - _asked_stops(seen))
    if confidence >= 0.5:
        settings = seen.settings
        changed = bool(settings and (settings.brightness or settings.contrast))
        patch = {"brightness": 0.0, "contrast": 0.0, "mode": str(_matching(seen, changed=changed))}
        ev = result.exposure_ev
        evidence: Evidence = {"stops": abs(ev), "lightness": "brighter" if ev > 0 else "darker"}
        yield finding(Symptom.SEAM, Cause.EXPOSURE_STEP, confidence, evidence, patch, "result.exposure")


def _asked_colour(seen: Seen) -> float:
    """ΔE that the settings ask for: what is wished is no fault."""
    return SATURATED * abs(seen.settings.saturation) if seen.settings else 0.0


def _asked_stops(seen: Seen) -> float:
    """Likewise, stops."""
    if seen.settings is None:
        return 0.0
    return BRIGHTENED * abs(seen.settings.brightness) + CONTRASTED * abs(seen.settings.contrast)


def _matching(seen: Seen, *, changed: bool) -> Mode:
    """The mode that matches colour and light: as it is where it was undone by hand, else the next stronger one."""
    if seen.settings is None:
        return Mode.NORMAL
    return seen.settings.mode if changed else Mode.OVERLAY


def _mode_unlike_light(seen: Seen) -> Iterator[Finding]:
    if seen.settings is None or seen.settings.mode != Mode.NORMAL:
        return
    for confidence, evidence in _lights_apart(seen):
        patch = {"mode": str(Mode.OVERLAY)}
        yield finding(Symptom.SEAM, Cause.MODE_UNLIKE_LIGHT, confidence, evidence, patch, "result.edge_p95")


def _light_apart(seen: Seen) -> Iterator[Finding]:
    if seen.settings is not None and seen.settings.mode == Mode.NORMAL:
        return
    for confidence, evidence in _lights_apart(seen):
        yield finding(Symptom.SEAM, Cause.LIGHT_APART, confidence, evidence, Action.OTHER_SOURCE)


def _lights_apart(seen: Seen) -> Iterator[tuple[float, Evidence]]:
    """How sure it is that the light on the two faces comes from opposite sides, and the evidence of it."""
    target, source, pair = seen.target_face, seen.source_face, seen.pair
    if target is None or source is None or pair is None or target.light * source.light >= 0:
        return
    confidence = THRESHOLDS["light"].confidence(2 * min(abs(target.light), abs(source.light)))
    if confidence >= 0.5:
        yield confidence, {"target_light": target.light, "source_light": source.light}


def _smoothing_outside(seen: Seen) -> Iterator[Finding]:
    settings, result = seen.settings, seen.result
    if settings is None or result is None or result.skin_kept is None:
        return
    nearest = min(max(settings.skin_smoothing, SMOOTHING[0]), SMOOTHING[1])
    confidence = THRESHOLDS["smoothing"].confidence(abs(settings.skin_smoothing - nearest))
    # with the setting known, a little of what it does is enough
    if settings.skin_smoothing > nearest:
        differs = THRESHOLDS["skin_less"].is_past(min(result.skin_kept, result.skin or 1.0))
    else:
        differs = THRESHOLDS["skin_rough"].is_past(result.roughness)
    if confidence >= 0.5 and differs:
        evidence: Evidence = {"smoothing": settings.skin_smoothing, "percent": 100 * result.skin_kept}
        gauge = "-result.skin_kept" if settings.skin_smoothing > nearest else "result.grain"
        patch = {"skin_smoothing": nearest}
        yield finding(Symptom.SEAM, Cause.SMOOTHING_OUTSIDE, confidence, evidence, patch, gauge)


def _heads_apart(seen: Seen) -> Iterator[Finding]:
    if seen.pair is None:
        return
    degrees = max(abs(seen.pair.yaw), abs(seen.pair.pitch))
    confidence = THRESHOLDS["yaw"].confidence(degrees)
    if confidence >= 0.5:
        evidence: Evidence = {"degrees": degrees, "limit": THRESHOLDS["yaw"].value}
        yield finding(Symptom.SEAM, Cause.HEADS_APART, confidence, evidence, Action.OTHER_SOURCE)


def _covered(seen: Seen) -> Iterator[Finding]:
    roles = ((Role.TARGET, seen.target_face, Action.OTHER_TARGET), (Role.SOURCE, seen.source_face, Action.OTHER_SOURCE))
    for role, face, action in roles:
        if face is None:
            continue
        share = max(face.covered, face.covered_border)
        confidence = THRESHOLDS["covered"].confidence(share)
        if confidence >= 0.5:
            evidence: Evidence = {"percent": 100 * share, "role": str(role)}
            yield finding(Symptom.SEAM, Cause.COVERED, confidence, evidence, action)


def _grain_differs(seen: Seen) -> Iterator[Finding]:
    result = seen.result
    if result is None or result.roughness is None or result.grain is None:
        return
    confidence = max(THRESHOLDS["grain"].confidence(result.roughness), _source_noisy(seen))
    if confidence >= 0.5:
        smooth = seen.settings is None or seen.settings.skin_smoothing < _MOST_SMOOTHING
        mend = {"skin_smoothing": _MOST_SMOOTHING} if smooth else Action.OTHER_SOURCE
        evidence: Evidence = {"factor": max(result.roughness, result.grain), "grain": result.grain}
        if seen.source_face is not None:
            evidence["source_noise"] = seen.source_face.noise
        yield finding(Symptom.SEAM, Cause.GRAIN_DIFFERS, confidence, evidence, mend, "result.grain")


def _source_noisy(seen: Seen) -> float:
    """How sure it is that the source brought noise along that the target does not have."""
    result, source, pair = seen.result, seen.source_face, seen.pair
    if result is None or source is None or pair is None or (result.grain or 0.0) < 1:
        return 0.0
    noisier = THRESHOLDS["noise_ratio"].confidence(pair.noise_ratio)
    return min(noisier, THRESHOLDS["source_noise"].confidence(source.noise))


RULES = (
    Rule(Cause.MASK_HARD, ("result.edge_steepness",), _mask_hard),
    Rule(Cause.BORDER_SHOWS, ("result.edge_p95",), _border_shows),
    Rule(Cause.COLOUR_STEP, ("result.colour",), _colour_step),
    Rule(Cause.EXPOSURE_STEP, ("result.exposure_ev",), _exposure_step),
    Rule(Cause.MODE_UNLIKE_LIGHT, ("run", "pair"), _mode_unlike_light),
    Rule(Cause.LIGHT_APART, ("pair",), _light_apart),
    Rule(Cause.SMOOTHING_OUTSIDE, ("run", "result.skin_kept"), _smoothing_outside),
    Rule(Cause.HEADS_APART, ("pair",), _heads_apart),
    Rule(Cause.COVERED, ("target.face", "source.face"), _covered),
    Rule(Cause.GRAIN_DIFFERS, ("result.grain",), _grain_differs),
)
