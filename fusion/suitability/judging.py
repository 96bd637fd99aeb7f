"""Two looks at faces, compared: what the target needs and the source does not show."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fusion.faces import mirror
from fusion.parsing import GlassesWorn
from fusion.settings import Settings
from fusion.suitability import light
from fusion.suitability.shown import Shown
from fusion.suitability.thresholds import THRESHOLDS
from fusion.types import FacialHair, Glasses, Role, Switch
from fusion.verdict import Cause, Suitability, Trouble, Unit, Verdict

_LACKS = (
    *(Trouble.TURNED, Trouble.HAIR, Trouble.OBJECT, Trouble.GLASSES, Trouble.DARK_LENSES),
    *(Trouble.CUT_OFF, Trouble.SHADOW, Trouble.BURNT),
)
_TAKEN_WHOLE = (Trouble.HAIR, Trouble.OBJECT)  # within the features these come along: no half fills the other there
_NEARLY_OPEN = 0.3  # a blink below it is none
_LIGHT_DIFFERS = (0.5, 1.5)  # stops between the contrasts on two faces: of one kind of light, and of another
_LIGHTENED = (0.3, 0.7)  # stops that a source's skin is darker than the target's: hardly, and too much to be lightened


def judge(target: Shown, source: Shown, settings: Settings | None = None) -> Suitability:
    """How well two faces go together. A millisecond.

    Args:
        settings: the defaults if None; glasses, beards and mirroring change what is needed.
    """
    pair = _Pair(target, source, settings or Settings())
    found = [*_pose(pair), *_lacking(pair), *_covered(pair), *_of_each(pair), *_between(pair)]
    return Suitability(tuple(sorted(_once(found), key=_how_bad, reverse=True)))


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """Two looks, and what is to be made of them."""

    target: Shown
    source: Shown
    settings: Settings

    @property
    def stays(self) -> tuple[Trouble, ...]:
        """What of the target stays on top of the fused face, but for dark lenses."""
        removed = self.settings.glasses in (Glasses.SOURCE, Glasses.NONE)
        return (Trouble.HAIR, Trouble.OBJECT, *(() if removed else (Trouble.GLASSES,)))

    @property
    def carries_glasses(self) -> bool:
        """Whether the source's glasses are fused with the face that wears them."""
        wanted, source = self.settings.glasses, self.source
        is_free = wanted == Glasses.AUTO and self.target.glasses == GlassesWorn.NONE
        return source.glasses == GlassesWorn.CLEAR and source.frame_whole and (wanted == Glasses.SOURCE or is_free)

    @property
    def lacks(self) -> tuple[Trouble, ...]:
        """What of the source hides something; glasses that come along do not."""
        return tuple(trouble for trouble in _LACKS if trouble != Trouble.GLASSES or not self.carries_glasses)

    @property
    def yaw(self) -> float:
        """Degrees between the heads, the source as it is or as a mirror shows it."""
        target, source = self.target.yaw, self.source.yaw
        apart = abs(target - source)
        return apart if self.settings.mirror == Switch.OFF else min(apart, abs(target + source))

    @property
    def needed(self) -> np.ndarray:
        """(478,): the share of the face that the target needs at each landmark: what of it is seen and not covered."""
        covered = self.target.covered(*self.stays, Trouble.DARK_LENSES, Trouble.CUT_OFF)
        needed: np.ndarray = self.target.area * (1 - covered)
        return needed

    def missing(self) -> dict[Trouble, np.ndarray]:
        """(478,) each: the share of the face that the source does not show, by what hides it.

        What one half hides and the other shows is not missing: it is filled from there, but for what hides brows, eyes,
        nose and lips, which are taken as they are. What both hide is put down to what hides the half itself.
        """
        each = {trouble: self.source.hidden[trouble] for trouble in self.lacks}
        hidden = self.source.covered(*each)
        comes_along = self.source.covered(*_TAKEN_WHOLE) * self.target.features
        missing = self.needed * np.maximum(np.minimum(hidden, hidden[mirror.pairing()]), comes_along)
        total = np.maximum(np.sum(list(each.values()), axis=0), 1e-9)
        return {trouble: missing * one / total for trouble, one in each.items()}


def _pose(pair: _Pair) -> Iterator[Cause]:
    angles = {Trouble.YAW_APART: pair.yaw, Trouble.PITCH_APART: abs(pair.target.pitch - pair.source.pitch)}
    of_limit = {trouble: angle / _most(trouble) for trouble, angle in angles.items()}
    for trouble, angle in angles.items():
        yield from _cause(trouble, angle, Unit.DEGREES)
    if math.hypot(*of_limit.values()) >= 1:  # a head that is raised and turned shows less than either alone tells
        worst = max(of_limit, key=lambda trouble: of_limit[trouble])
        yield Cause(worst, Verdict.REFUSED, round(angles[worst], 3), Unit.DEGREES)
    if pair.carries_glasses:
        yield from _cause(Trouble.GLASSES_CARRIED, pair.yaw, Unit.DEGREES, Role.SOURCE)


def _most(trouble: Trouble) -> float:
    """Degrees from which heads are too far apart one way alone."""
    limit = THRESHOLDS[trouble, Unit.DEGREES].refused
    assert limit is not None
    return limit


def _lacking(pair: _Pair) -> Iterator[Cause]:
    missing = pair.missing()
    for part, within in ((Unit.FACE, np.ones_like(pair.target.features)), (Unit.FEATURES, pair.target.features)):
        shares = {trouble: _share(pair.target, amount, within) for trouble, amount in missing.items()}
        for trouble, share in shares.items():
            yield from _cause(trouble, share, part, Role.SOURCE)
        yield from _cause(Trouble.LITTLE_SHOWN, sum(shares.values()), part, Role.SOURCE)


def _covered(pair: _Pair) -> Iterator[Cause]:
    target = pair.target
    share = float((target.area * target.covered(*pair.stays)).sum())
    yield from _cause(Trouble.COVERED, share, Unit.FACE, Role.TARGET)
    if Trouble.GLASSES in pair.stays:
        frame = float((target.area * target.hidden[Trouble.GLASSES]).sum())
        yield from _cause(Trouble.GLASSES, frame, Unit.FACE, Role.TARGET)
    things = target.area * target.covered(Trouble.HAIR, Trouble.OBJECT)
    yield from _cause(Trouble.COVERED, _share(target, things, target.features), Unit.FEATURES, Role.TARGET)
    yield from _cause(Trouble.BURNT, target.burnt, Unit.FACE, Role.TARGET)
    shadow = float((target.area * target.hidden[Trouble.SHADOW]).sum())
    yield from _cause(Trouble.SHADOW, shadow, Unit.FACE, Role.TARGET)
    dark = _share(target, target.area * target.hidden[Trouble.DARK_LENSES], target.features)
    yield from _cause(Trouble.DARK_LENSES, dark, Unit.FEATURES, Role.TARGET)


def _of_each(pair: _Pair) -> Iterator[Cause]:
    target, source = pair.target, pair.source
    for role, one, other in ((Role.TARGET, target, source), (Role.SOURCE, source, target)):
        yield from _cause(Trouble.FEW_PX, one.width_px, Unit.PX, role)
        if other.eyes_shut < _NEARLY_OPEN:
            yield from _cause(Trouble.EYES_SHUT, one.eyes_shut, Unit.FEATURES, role)
        if pair.settings.facial_hair == FacialHair.AUTO:
            yield from _cause(Trouble.BEARD, one.beard - other.beard, Unit.FACE, role)


def _between(pair: _Pair) -> Iterator[Cause]:
    target, source = pair.target, pair.source
    yield from _cause(Trouble.MOUTHS_DIFFER, abs(target.mouth_open - source.mouth_open), Unit.FACE)
    yield from _cause(Trouble.SMILES_DIFFER, source.smile - target.smile, Unit.FEATURES)
    if target.skin is not None and source.skin is not None:
        apart = float(np.linalg.norm(np.subtract(target.skin, source.skin)))
        yield from _cause(Trouble.TONES_APART, apart * _unmatched(target, source), Unit.DELTA_E)


def _unmatched(target: Shown, source: Shown) -> float:
    """0…1: how far two skins cannot be matched.

    That is where the light is harder on one, so that what is shade there is a patch on the other; and where the
    source's skin is the darker one in the picture and against the whites of its eyes: lightened, its sheen and shade
    turn grey. Where exposure alone is to blame, the eyes are as dark, and the whole can be lightened.
    """
    harder = np.interp(abs(source.contrast - target.contrast), _LIGHT_DIFFERS, (0.0, 1.0))
    return float(max(harder, np.interp(_lightened(target, source), _LIGHTENED, (0.0, 1.0))))


def _lightened(target: Shown, source: Shown) -> float:
    """Stops by which the source's skin itself, and not its exposure, is to be lightened; 0 where that is not known."""
    if target.skin is None or source.skin is None or target.paleness is None or source.paleness is None:
        return 0.0
    return min(light.stops(source.skin[0], target.skin[0]), target.paleness - source.paleness)


def _share(target: Shown, amount: np.ndarray, within: np.ndarray) -> float:
    """Of a part of the target's face, 0…1."""
    return float(amount[within].sum()) / max(float(target.area[within].sum()), 1e-9)


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
