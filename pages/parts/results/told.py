"""What is said of a result where there are many: what it was made of and with, and what its check came to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from advisor.diagnosis import kept
from fusion.jobs import JobView
from fusion.settings import PRESETS, Preset, Settings
from fusion.types import State
from pages.parts.fuse import verdict_badges
from pages.parts.i18n import Words, job_text

LOOKS: Mapping[str, tuple[str, Literal["green", "red", "gray", "orange", "blue"]]] = {
    State.DONE: ("check_circle", "green"),
    State.FAILED: ("error", "red"),
    State.INTERRUPTED: ("power_off", "orange"),
    State.CANCELLED: ("stop_circle", "gray"),
    State.RUNNING: ("bolt", "blue"),
    State.QUEUED: ("hourglass_top", "gray"),
}


def lines(say: Words, view: JobView) -> list[str]:
    """The two photos, the ratio, the preset, and how like the source it is; in Markdown."""
    with_what = [say("card.ratio", ratio=view.settings.ratio)]
    preset = _preset(view.settings)
    if preset is not None:
        with_what.append(say(f"preset.{preset}"))
    found = None if view.outcome is None else view.outcome.facts.likeness
    if found is not None:
        with_what.append(say("result.likeness.short", source=found.source))
    return [f"**{job_text.photos(view) or view.id}**", f":gray[{' · '.join(with_what)}]"]


def chip(say: Words, view: JobView) -> str:
    """What the check of a result came to, or for what has none its state: a coloured word, in Markdown."""
    text, icon, colour = _chip(say, view)
    return f":{colour}-badge[:material/{icon}: {text}]"


def is_awaited(view: JobView) -> bool:
    """Whether the check of a result is about to come."""
    young = time.time() - (view.ended or 0.0) < verdict_badges.PATIENCE_SECONDS
    return view.outcome is not None and view.verdict is None and young


def _chip(say: Words, view: JobView) -> tuple[str, str, str]:
    if view.outcome is None:
        icon, colour = LOOKS[view.progress.state]
        return say(f"state.{view.progress.state}"), icon, colour
    verdict = kept(view.verdict)
    if is_awaited(view):
        return say("verdict.awaited"), "hourglass_top", "gray"
    if verdict is None or verdict.error is not None:
        return say("verdict.unknown"), "help", "gray"
    if verdict.serious:
        return verdict_badges.fault(say, view), "report", "orange"
    if verdict.passed is None:
        return say("verdict.unknown"), "help", "gray"
    if not verdict.passed:
        return say("verdict.unlike"), "person_alert", "orange"
    return say("verdict.passed"), "verified", "green"


def _preset(settings: Settings) -> Preset | None:
    """The preset that settings are of; None where they are of none."""
    return next((preset for preset in Preset if replace(settings, **PRESETS[preset]) == settings), None)
