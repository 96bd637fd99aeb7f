"""A job in words: when it was, what it made, what was given up on the way, where it waits. No Streamlit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from api.spoken.translator import Words
from fusion.face_setting import ALL, LARGEST, BySize, Mapped, WhichFace
from fusion.facts import Facts
from fusion.jobs import Batch, JobView
from fusion.memory import Step
from fusion.notices import Notice
from fusion.settings import CHOICES, Settings
from fusion.types import Box, State

_NAME_LENGTH = 40
_GROUPS = {"two_stage": "switch", "mirror": "switch"}  # settings whose values are spoken under another name
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~:$&-])")


def when(say: Words, at: float, zone: str | None, now: float) -> str:
    """The day and the minute, as a person in that zone would say it.

    Args:
        at, now: seconds since the epoch.
        zone: as "Europe/Berlin", from the browser; this machine's own where it is unknown.
    """
    there = _zone(zone)
    moment, today = (datetime.fromtimestamp(seconds, there) for seconds in (at, now))
    minute = clock(at, zone)
    if moment.date() == today.date():
        return say("when.today", time=minute)
    if moment.date() == (today - timedelta(days=1)).date():
        return say("when.yesterday", time=minute)
    return f"{moment:%Y-%m-%d %H:%M}"


def day(say: Words, at: float, zone: str | None, now: float) -> str:
    """The day alone; arguments as of `when`."""
    there = _zone(zone)
    then, today = (datetime.fromtimestamp(seconds, there).date() for seconds in (at, now))
    near = {today: "when.day.today", today - timedelta(days=1): "when.day.yesterday"}
    return say(near[then]) if then in near else f"{then:%Y-%m-%d}"


def batch(say: Words, found: Batch) -> str:
    """What a batch is called, safe to be shown; one of an older version, or of a command, by the name that it has."""
    name = plain(found.name)
    if not found.way:
        return name
    return say(f"batch.name.{found.way}{'.one' if found.total == 1 else ''}", name=name, count=found.total)


def clock(at: float, zone: str | None) -> str:
    """The minute alone; as of `when`."""
    return f"{datetime.fromtimestamp(at, _zone(zone)):%H:%M}"


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # a browser may say anything
        return None


def size(say: Words, view: JobView) -> str:
    """The size that came out; where nothing did, the one that was asked for."""
    if view.outcome is not None:
        return str(view.outcome.facts.size)
    return value(say, "output", view.settings)


def engine(say: Words, view: JobView) -> str:
    """The engine that ran; where nothing came out, the one that was asked for."""
    return say.value("engine", view.settings.engine if view.outcome is None else view.outcome.facts.engine)


def made(say: Words, view: JobView) -> str:
    """Size, engine and seconds, as far as there are any."""
    parts = [size(say, view), engine(say, view)]
    if view.outcome is not None:
        parts.append(say("result.seconds", seconds=view.outcome.facts.seconds))
    if view.outcome is not None and view.outcome.facts.likeness is not None:
        parts.append(say("result.likeness.short", source=view.outcome.facts.likeness.source))
    return " · ".join(parts)


def photos(view: JobView) -> str:
    """The names of both photos, safe to be shown, and how many more the source has; empty where they are unknown."""
    named = " + ".join(plain(name) for name in (view.target_name, view.source_name) if name)
    return f"{named} +{len(view.others)}" if named and view.others else named


def plain(text: str) -> str:
    """A text of somebody's, such as a file's name, so that nothing in it means anything to Markdown."""
    return _MARKDOWN.sub(r"\\\1", text)


def short(name: str) -> str:
    """The name of an uploaded file without its folders; a long one loses its middle."""
    base = re.split(r"[/\\]", name)[-1]
    base = "".join(letter for letter in base if letter.isprintable()).strip()
    if len(base) <= _NAME_LENGTH:
        return base
    return f"{base[: _NAME_LENGTH - 13]}…{base[-12:]}"


def steps(say: Words, taken: Iterable[Step]) -> list[str]:
    """What was given up since memory ran out, a sentence each."""
    return [step(say, each) for each in taken]


def step(say: Words, taken: Step) -> str:
    """The same of one."""
    return say.notice(Notice(f"stepped_{taken.rung}", {"before": taken.before, "after": taken.after}))


def place_in_line(say: Words, ahead: int) -> str:
    """How many jobs come before one that waits."""
    return say("queue.next" if ahead == 0 else "queue.one" if ahead == 1 else "queue.many", count=ahead)


def value(say: Words, name: str, settings: Settings) -> str:
    """What a setting is set to."""
    found = getattr(settings, name)
    if name == "faces":
        return " · ".join(_face(say, face) for face in (found.target, found.source))
    if name == "map":
        return " · ".join(_mapped(say, line) for line in found) or say("map.one")
    if name in CHOICES or name == "output":
        return say.value(_GROUPS.get(name, name), str(found))
    if found is None:
        return say("switch.auto")
    if isinstance(found, bool):
        return say("switch.on" if found else "switch.off")
    if name == "source_photo":
        return say("faces.number", number=found + 1)
    return f"{found:+.2f}" if name in ("brightness", "contrast", "saturation") else f"{found:.2f}"


def _mapped(say: Words, line: Mapped) -> str:
    face = say("map.all") if line.face == ALL else _face(say, line.face)
    return say("map.line", face=face, number=line.photo + 1)


def mapped(say: Words, facts: Facts) -> list[str]:
    """Whose face came where in a picture of several people, and how alike each is; nothing where one was fused."""
    lines = []
    for face in facts.mapped:
        line = _mapped(say, Mapped(face.target_face.box, face.photo))
        alike = [] if face.likeness is None else [say("result.likeness.short", source=face.likeness.source)]
        lines.append(" · ".join([line, *alike]))
    return lines


def looked_at(say: Words, facts: Facts) -> str:
    """Which of several faces of a picture was looked at; "" where one was fused."""
    told = facts.told_face
    if told is None or len(facts.mapped) < 2:
        return ""
    face = _mapped(say, Mapped(told.target_face.box, told.photo))
    return say("diagnosis.of_several", face=face, count=len(facts.mapped))


def _face(say: Words, face: WhichFace) -> str:
    if isinstance(face, Box):
        x, y = face.centre
        return say("faces.at", x=x, y=y)
    if isinstance(face, BySize):
        return say("faces.by_size", number=face.rank + 1)
    return say("faces.largest") if face == LARGEST else say("faces.number", number=int(face) + 1)


def days(say: Words, kept: int | None) -> str:
    """How long something is kept."""
    return say("keep.forever") if kept is None else say("keep.day" if kept == 1 else "keep.days", days=kept)


def settings(say: Words, chosen: Settings) -> list[tuple[str, str]]:
    """Every setting by its name, and what it is set to."""
    return [(say(f"settings.{each.name}"), value(say, each.name, chosen)) for each in fields(chosen)]


def differences(say: Words, one: JobView, other: JobView) -> list[tuple[str, str, str]]:
    """What sets two jobs apart: what it is, of the one, of the other. Photos by their names."""
    rows = [
        (say(f"settings.{each.name}"), value(say, each.name, one.settings), value(say, each.name, other.settings))
        for each in fields(Settings)
        if getattr(one.settings, each.name) != getattr(other.settings, each.name)
    ]
    for role in ("source", "target"):
        if getattr(one, f"{role}_sha256") != getattr(other, f"{role}_sha256"):
            mine, theirs = (getattr(view, f"{role}_name") or say("history.unnamed") for view in (one, other))
            rows.insert(0, (say(f"{role}.title"), plain(mine), plain(theirs)))
    rows += [(say(f"history.{what}"), *sides) for what, sides in _came_out(say, one, other) if len(set(sides)) > 1]
    return rows


def _came_out(say: Words, one: JobView, other: JobView) -> list[tuple[str, tuple[str, str]]]:
    told = {"size": size, "engine": engine, "seconds": _seconds, "likeness": _likeness, "given_up": _given_up}
    return [(what, (of(say, one), of(say, other))) for what, of in told.items()]


def _seconds(say: Words, view: JobView) -> str:
    return "–" if view.outcome is None else say("result.seconds", seconds=view.outcome.facts.seconds)


def _likeness(say: Words, view: JobView) -> str:
    found = None if view.outcome is None else view.outcome.facts.likeness
    return "–" if found is None else f"{found.source:.2f}"


def _given_up(say: Words, view: JobView) -> str:
    return say.together(*steps(say, view.steps)) or "–"


def how_far(say: Words, view: JobView, is_starting: bool, ahead: int) -> str:
    """Where a job is that has not ended.

    Args:
        is_starting: the worker is.
        ahead: how many jobs come before it.
    """
    now = view.progress
    if now.state != State.RUNNING or now.stage is None:
        if ahead:
            return place_in_line(say, ahead)
        return say("stage.warming" if is_starting else "stage.queued")
    percent, stage = 100 * now.fraction, say(f"stage.{now.stage}")
    if now.seconds_left is not None and now.seconds_left >= 1:
        return say("run.progress_left", stage=stage, percent=percent, seconds=now.seconds_left)
    return say("run.progress", stage=stage, percent=percent)
