"""What a fusion will look like, before it runs: the size, how far the face is enlarged for it, what would help. Pure.

A face holds no more detail than the pixels it comes from: its own photo's with the landmark engine, those that the
model draws with unet. What is enlarged beyond them is soft, however many pixels the output has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from fusion import sizing
from fusion.sizing import Detail, Plan, Rect
from fusion.spec import Box, EngineName, Settings, Size, Switch, Tier

SHARP = 1.2  # enlargement up to which softness does not show; automatic sharpening begins there too
SLIGHTLY_SOFT = 2.0  # likewise up to which it shows only from near
ENLARGED = 1.05  # below it a sentence that rounds to one decimal would say 1.0×
MIN_SIDE = 64  # px; the shortest output side that settings accept

_BY_NUMBER = (Tier.T4096, Tier.T2048, Tier.T1024, Tier.T512)


class Verdict(StrEnum):
    """How the face will look."""

    SHARP = "sharp"
    SLIGHTLY_SOFT = "slightly_soft"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Subject:
    """What two photos bring: their sizes, and the chosen faces; None where there is none yet.

    `photo`: the target's size. `face`: the box of its face's landmarks. `target_px`, `source_px`: the faces' widths
    (`geometry.face_width`), each in px of its own photo. `source`: the size of the source's photo.
    """

    photo: Size
    face: Box | None = None
    target_px: float | None = None
    source_px: float | None = None
    source: Size | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What will come out.

    Attributes:
        plan: the geometry; `plan.size` is the size.
        asked: the size that was asked for, where `keep` makes another one of it.
        engine: which one will draw the face; never `auto`.
        detail: how far the face is enlarged; None without two faces, and where the target stays as it is.
        smaller: the largest smaller output at which the face is sharp; None where it is sharp already, or nowhere.
        two_stage_helps: a second stage would do something and is not going to run.
    """

    plan: Plan
    asked: Size | None
    engine: EngineName
    detail: Detail | None
    smaller: Tier | Size | None
    two_stage_helps: bool

    @property
    def verdict(self) -> Verdict | None:
        """How the face will look, where that can be told."""
        return None if self.detail is None else verdict(self.detail.ratio)

    @property
    def is_enlarged(self) -> bool:
        """Whether the face is, by more than rounding."""
        return self.detail is not None and self.detail.ratio >= ENLARGED

    @property
    def is_target_soft(self) -> bool:
        """Whether what is not the face is enlarged so far that it shows."""
        return self.plan.scale > SHARP


def verdict(ratio: float) -> Verdict:
    """How something looks that is enlarged by `ratio`."""
    if ratio <= SHARP:
        return Verdict.SHARP
    return Verdict.SLIGHTLY_SOFT if ratio <= SLIGHTLY_SOFT else Verdict.SOFT


def outlook(subject: Subject, settings: Settings, engine: EngineName) -> Outlook:
    """What `settings` will make of two photos with `engine`, which is not `auto`."""
    plan = sizing.plan(subject.photo, settings, subject.face)
    asked = sizing.asked_size(subject.photo, settings)
    detail = _detail(subject, settings, engine)
    is_soft = detail is not None and detail.ratio > SHARP
    return Outlook(
        plan=plan,
        asked=asked if asked != plan.size else None,
        engine=engine,
        detail=detail,
        smaller=_smaller(subject, settings, engine) if is_soft else None,
        two_stage_helps=is_soft and subject.face is not None and _two_stage_helps(plan, subject.face, settings),
    )


def _detail(subject: Subject, settings: Settings, engine: EngineName) -> Detail | None:
    if subject.target_px is None or subject.source_px is None or settings.ratio == 0:
        return None
    plan = sizing.plan(subject.photo, settings, subject.face)
    return sizing.detail(plan, subject.target_px, subject.source_px, engine)


def _smaller(subject: Subject, settings: Settings, engine: EngineName) -> Tier | Size | None:
    """The largest numbered tier, or for a custom size the size of its shape with that tier's budget."""
    present = sizing.plan(subject.photo, settings, subject.face).size.pixels
    for tier in _BY_NUMBER:
        output: Tier | Size = tier
        if isinstance(settings.output, Size):
            output = sizing.of_budget(settings.output, int(tier) ** 2)
            if min(output.width, output.height) < MIN_SIDE:
                continue
        changed = replace(settings, output=output)
        detail = _detail(subject, changed, engine)
        size = sizing.plan(subject.photo, changed, subject.face).size
        if size.pixels < present and detail is not None and detail.ratio <= SHARP:
            return output
    return None


def _two_stage_helps(plan: Plan, face: Box, settings: Settings) -> bool:
    """The engines look at more than the face with this margin, so where this says yes they agree."""
    margin_x, margin_y = face.width * sizing.FACE_MARGIN, face.height * sizing.FACE_MARGIN
    left, top = plan.to_output(face.left - margin_x, face.top - margin_y)
    right, bottom = plan.to_output(face.right + margin_x, face.bottom + margin_y)
    left, top = max(left, 0.0), max(top, 0.0)
    right, bottom = min(right, plan.size.width), min(bottom, plan.size.height)
    room = Rect(int(left), int(top), max(0, int(right - left)), max(0, int(bottom - top)))
    would = sizing.needs_two_stages(plan.size, room, Switch.ON)
    return would and not sizing.needs_two_stages(plan.size, room, settings.two_stage)
