"""Two looks at faces, compared: what the target needs and the source does not show."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fusion.faces import mirror
from fusion.parsing import GlassesWorn
from fusion.settings import Settings
from fusion.suitability.shown import Shown
from fusion.suitability.thresholds import THRESHOLDS
from fusion.types import Role
from fusion.verdict import Cause, Suitability, Trouble, Unit, Verdict

_LACKS = (
    *(Trouble.TURNED, Trouble.HAIR, Trouble.OBJECT, Trouble.GLASSES, Trouble.DARK_LENSES),
    *(Trouble.CUT_OFF, Trouble.SHADOW, Trouble.BURNT),
)
_COVERS = (Trouble.HAIR, Trouble.OBJECT, Trouble.GLASSES)  # of the target: they stay, on top of the face
_NEARLY_OPEN = 0.3  # a blink below it is none


def judge(target: Shown, source: Shown, settings: Settings | None = None) -> Suitability:
    """How well two faces go together. A millisecond.

    Args:
        settings: that change what is needed; the defaults if None.
    """
    del settings
    found = [
        *_pose(target, source),
        *_lacking(target, source),
        *_covered(target),
        *_of_each(target, source),
        *_between(target, source),
    ]
    return Suitability(tuple(sorted(_once(found), key=_how_bad, reverse=True)))


def needed(target: Shown) -> np.ndarray:
    """(478,): the share of the face that the target needs at each landmark: what of it is seen and not covered."""
    needed: np.ndarray = target.area * (1 - target.covered(*_COVERS, Trouble.DARK_LENSES, Trouble.CUT_OFF))
    return needed


def lacking(target: Shown, source: Shown) -> dict[Trouble, np.ndarray]:
    """(478,) each: the share of the face that the source lacks, by what hides it.

    What one half hides and the other shows is not lacking: it is filled from there. What both hide is put down to
    what hides the half itself.
    """
    each = {trouble: source.hidden[trouble] for trouble in _LACKS if not _comes_along(trouble, target, source)}
    hidden = source.covered(*each)
    missing = needed(target) * np.minimum(hidden, hidden[mirror.pairing()])
    total = np.maximum(np.sum(list(each.values()), axis=0), 1e-9)
    return {trouble: missing * one / total for trouble, one in each.items()}


def _comes_along(trouble: Trouble, target: Shown, source: Shown) -> bool:
    """Whether the source's glasses are fused with the face that wears them, and so hide nothing."""
    return trouble == Trouble.GLASSES and source.frame_whole and target.glasses == GlassesWorn.NONE


def _pose(target: Shown, source: Shown) -> Iterator[Cause]:
    yaw = min(abs(target.yaw - source.yaw), abs(target.yaw + source.yaw))
    yield from _cause(Trouble.YAW_APART, yaw, Unit.DEGREES)
    yield from _cause(Trouble.PITCH_APART, abs(target.pitch - source.pitch), Unit.DEGREES)


def _lacking(target: Shown, source: Shown) -> Iterator[Cause]:
    lacks = lacking(target, source)
    for part, within in ((Unit.FACE, np.ones_like(target.features)), (Unit.FEATURES, target.features)):
        whole = max(float(target.area[within].sum()), 1e-9)
        shares = {trouble: float(amount[within].sum()) / whole for trouble, amount in lacks.items()}
        for trouble, share in shares.items():
            yield from _cause(trouble, share, part, Role.SOURCE)
        yield from _cause(Trouble.LITTLE_SHOWN, sum(shares.values()), part, Role.SOURCE)


def _covered(target: Shown) -> Iterator[Cause]:
    share = float((target.area * target.covered(*_COVERS)).sum())
    yield from _cause(Trouble.COVERED, share, Unit.FACE, Role.TARGET)
    behind = (target.area * target.hidden[Trouble.DARK_LENSES])[target.features].sum()
    dark = float(behind) / max(float(target.area[target.features].sum()), 1e-9)
    yield from _cause(Trouble.DARK_LENSES, dark, Unit.FEATURES, Role.TARGET)


def _of_each(target: Shown, source: Shown) -> Iterator[Cause]:
    for role, one, other in ((Role.TARGET, target, source), (Role.SOURCE, source, target)):
        yield from _cause(Trouble.FEW_PX, one.width_px, Unit.PX, role)
        if other.eyes_shut < _NEARLY_OPEN:
            yield from _cause(Trouble.EYES_SHUT, one.eyes_shut, Unit.FEATURES, role)
        yield from _cause(Trouble.BEARD, one.beard - other.beard, Unit.FACE, role)


def _between(target: Shown, source: Shown) -> Iterator[Cause]:
    yield from _cause(Trouble.MOUTHS_DIFFER, abs(target.mouth_open - source.mouth_open), Unit.FACE)
    if target.skin is not None and source.skin is not None:
        apart = float(np.linalg.norm(np.subtract(target.skin, source.skin)))
        yield from _cause(Trouble.TONES_APART, apart * max(target.hardness, source.hardness), Unit.DELTA_E)


def _cause(trouble: Trouble, value: float, unit: Unit, role: Role | None = None) -> Iterator[Cause]:
    threshold = THRESHOLDS.get((trouble, unit))
    verdict = Verdict.GOOD if threshold is None else threshold.verdict(value)
    if verdict != Verdict.GOOD:
        yield Cause(trouble, verdict, round(value, 3), unit, role)


def _how_bad(cause: Cause) -> tuple[int, float]:
    """The worst last; of equals the one that is furthest past where it is fair."""
    threshold = THRESHOLDS[cause.trouble, cause.unit]
    begins = threshold.fair or threshold.poor or 1.0
    past = begins / max(cause.value, 1e-9) if threshold.is_less else cause.value / begins
    return cause.verdict.rank, past


def _once(causes: list[Cause]) -> list[Cause]:
    """Of the face and of the features only what is worse; all together only where no single one says as much."""
    best: dict[tuple[Trouble, Role | None], Cause] = {}
    for cause in causes:
        key = cause.trouble, cause.role
        if key not in best or _how_bad(cause) > _how_bad(best[key]):
            best[key] = cause
    lacks = [each.verdict.rank for each in best.values() if each.role == Role.SOURCE and each.trouble in _LACKS]
    whole = best.get((Trouble.LITTLE_SHOWN, Role.SOURCE))
    if whole is not None and lacks and max(lacks) >= whole.verdict.rank:
        del best[Trouble.LITTLE_SHOWN, Role.SOURCE]
    return list(best.values())
