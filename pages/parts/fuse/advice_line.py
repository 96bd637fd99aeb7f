"""What will be fused in one plain sentence: its size, whether it fits, how long it takes, how the face will look."""

from __future__ import annotations

from advisor.recommendation import Option, Verdict
from api.machine_state import Machine
from fusion.types import Size
from fusion.units import GIB
from pages.parts.components import figures
from pages.parts.fuse import engine_offer
from pages.parts.fuse.guidance import Guide
from pages.parts.i18n import Words

_IN_MINUTES_FROM_S = 90.0


def line(say: Words, now: Guide) -> str:
    """The sentence, in Markdown."""
    option, place = now.effective, now.machine.place
    size, gib = f"**{spaced(option.size)}**", f"{place.total_bytes / GIB:.0f}"
    if engine_offer.lacks(option.settings):
        return say("advice.line.no_weights", size=size)
    if not option.verdict.fits:
        need, free = figures.need_and_free(option, place)
        return say(f"advice.line.{place.kind}.{option.verdict}", size=size, need=need, free=free)
    face, seconds = say(f"advice.face.{figures.looks(option)}"), expected_s(now)
    if seconds is None:
        return say(f"advice.line.{place.kind}.untimed", size=size, gib=gib, face=face)
    kind = f"{place.kind}.tight" if option.verdict == Verdict.TIGHT else str(place.kind)
    return say(f"advice.line.{kind}", size=size, gib=gib, face=face, time=_time(say, seconds))


def where(say: Words, machine: Machine) -> str:
    """For which machine of a cluster this is said; empty where all are alike and it is this one."""
    if machine.node is None and not machine.others_differ:
        return ""
    name = machine.node or say("advice.where.here")
    gib = f"{machine.place.total_bytes / GIB:.0f}"
    said = say("advice.where", node=name, device=machine.place.name, gib=gib)
    return say.together(said, say("advice.where.differ")) if machine.others_differ else said


def soft(say: Words, option: Option, photo: Size) -> str:
    """Why it will not be sharp; empty where it will."""
    looks = figures.looks(option)
    if looks in ("sharp", "none"):
        return ""
    if looks in ("enlarged", "none_enlarged"):
        return say("advice.soft.photo", photo=spaced(photo))
    assert option.detail_ratio is not None
    native_px = option.workload.face_px / option.detail_ratio
    return say(f"advice.soft.{option.workload.engine}", native_px=native_px, ratio=option.detail_ratio)


def expected_s(now: Guide) -> float | None:
    """How long it takes, with what must be loaded for it; None where nobody knows."""
    forecast, is_loaded = now.effective.forecast, now.machine.loaded == now.effective.workload.precision
    return None if forecast.seconds is None else forecast.seconds + (0.0 if is_loaded else forecast.load_seconds)


def spaced(size: Size) -> str:
    """A size as people write it, which no line is broken in."""
    return f"{size.width}\u00a0×\u00a0{size.height}"


def _time(say: Words, seconds: float) -> str:
    if seconds < 0.95:
        return say("advice.time.moment")
    if seconds < _IN_MINUTES_FROM_S:
        return say("advice.time.seconds", count=round(seconds))
    return say("advice.time.minutes", count=round(seconds / 60))
