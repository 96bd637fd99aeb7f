"""The one answer to which output suits two photos: the largest that neither of them must be blown up for. Pure.

The advisor asks it before a run, what memory there is apart, and the diagnosis asks it for its remedies after one, so
that neither recommends what the other calls blurred.
"""

from __future__ import annotations

from dataclasses import replace

from fusion.settings import Settings
from fusion.sizing import layout, sharpness_limits
from fusion.sizing.layout import Detail, Plan
from fusion.sizing.sharpness_limits import Subject
from fusion.types import Box, EngineName, Size, Tier

NUMBERED = (Tier.T512, Tier.T1024, Tier.T2048, Tier.T4096)
NEAR = 1.1  # of a side: sizes that are nearer are the same to anybody who looks, and a photo is not resampled for that
_AS_IT_IS = 1.005  # of the photo's scale, which the rounding of a side to whole pixels may give


def outputs(photo: Size, settings: Settings, face: Box | None = None) -> list[tuple[Tier, Plan]]:
    """Each size that is worth a look once, the smallest first, called by the photo's own name, else by its number.

    None that is nearly the photo's own: it would be resampled for nothing.

    Args:
        settings: their shape counts, not their `output`.
    """
    own = layout.plan(photo, replace(settings, output=Tier.ORIGINAL), face)
    found: dict[Size, tuple[Tier, Plan]] = {own.size: (Tier.ORIGINAL, own)}
    for tier in NUMBERED:
        plan = layout.plan(photo, replace(settings, output=tier), face)
        if not NEAR**-2 <= plan.size.pixels / own.size.pixels <= NEAR**2:
            found.setdefault(plan.size, (tier, plan))
    return [named for _, named in sorted(found.items(), key=lambda each: each[0].pixels)]


def is_filled(output: Tier | Size, plan: Plan, detail: Detail | None) -> bool:
    """Whether the photos hold what an output has pixels for: nothing in it is enlarged so far that it looks soft.

    Args:
        output: what `plan` was made for; the photo's own, in another shape, may enlarge it a little.
        detail: of the face; None where the target stays as it is.
    """
    most = sharpness_limits.SHARP if output == Tier.ORIGINAL else _AS_IT_IS
    return plan.scale <= most and (detail is None or detail.ratio <= sharpness_limits.SHARP)


def best(subject: Subject, engine: EngineName, settings: Settings | None = None) -> tuple[Tier, Plan] | None:
    """The largest output that two photos fill; None where they fill none.

    Args:
        engine: not `auto`.
        settings: their shape counts; the photo's own if None.
    """
    found = outputs(subject.photo, settings or Settings(), subject.face)
    filled = [(tier, plan) for tier, plan in found if is_filled(tier, plan, face_detail(subject, plan, engine))]
    return filled[-1] if filled else None


def face_detail(subject: Subject, plan: Plan, engine: EngineName) -> Detail | None:
    """How far the face will be enlarged; None where there is no face to be fused."""
    if subject.target_px is None or subject.source_px is None:
        return None
    return layout.detail(plan, subject.target_px, subject.source_px, engine)
