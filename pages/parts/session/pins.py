"""What a session wants: what the picture is for, and what a person has set in place of the advice. No Streamlit.

What nobody has set by hand stays automatic in its widget, which says what that comes to.

The browser sends the values of all widgets with whatever it asks for, also for a part of the page that looks by itself,
and for a moment still those that the page has just replaced. Such values are nobody's choice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields, replace
from typing import Any

from advisor.recommendation import Intent
from fusion.settings import Settings
from fusion.types import Size

ADVISED = ("output", "aspect", "fit", "two_stage", "engine", "precision")  # what the advisor sets, unless it is pinned
LATE_SECONDS = 1.5  # so long after the page has replaced a value it may still be sent; nobody sets it again so soon


@dataclass(slots=True)
class Wishes:
    """Of one session.

    Attributes:
        pinned: names of the advised settings that a person has set.
        shown: what the page last put into the widgets, with what is not pinned left automatic.
        advised: what automatic comes to, setting by setting; None where there are no two faces yet.
        size: of the output that automatic gives.
        wanted: what the page shall put into the widgets in its next run.
        is_ours: that run was asked for by the page itself, not by a change in the browser.
    """

    intent: Intent = Intent.AUTO
    pinned: frozenset[str] = frozenset()
    shown: Settings = field(default_factory=Settings)
    advised: Settings | None = None
    size: Size | None = None
    wanted: Settings | None = None
    is_ours: bool = False
    _replaced: set[tuple[str, Any]] = field(default_factory=set)
    _replaced_at: float = 0.0
    _is_just_set: bool = False

    def hear(self, sent: Settings) -> Settings:
        """What the widgets mean that say `sent`, in a run of the whole page; pins what a person has set."""
        meant = self._meant(sent)
        if self.wanted is not None:
            meant = replace(meant, **values(self.wanted))
        elif not self.is_ours:
            self.pinned = pinned_by(meant, self.shown, self.pinned)
        self.is_ours, self.wanted = False, None
        return meant

    def check(self, sent: Settings) -> None:
        """Told what the widgets say by a part that looks by itself, at first in the run in which the page set them.

        Once the browser has sent all that is shown, nothing old comes any more.
        """
        if not self._is_just_set and sent == self.shown:
            self._replaced.clear()
        self._is_just_set = False

    def meaning(self, said: Settings) -> Settings:
        """What the widgets stand for that say `said`: with the advice in place of what is automatic.

        What has been changed since the advice was given leaves the rest automatic: it would not go with it.
        """
        if self.advised is None or values(said) != values(self.shown):
            return said
        return replace(said, **{name: getattr(self.advised, name) for name in ADVISED if name not in self.pinned})

    def _meant(self, sent: Settings) -> Settings:
        """`sent`, but for what the page has replaced since, or what cannot be a person's choice."""
        mine, shown = _all(sent), _all(self.shown)
        if sent == self.shown and not self._is_just_set:
            self._replaced.clear()
        is_late = time.monotonic() - self._replaced_at < LATE_SECONDS
        old = {name for name in mine if is_late and (name, mine[name]) in self._replaced}
        return replace(sent, **{name: shown[name] for name in (*old, *(ADVISED if self.is_ours else ()))})

    def show(self, settings: Settings, before: Settings) -> None:
        """The page puts `settings` into the widgets, where `before` was."""
        mine, theirs = _all(settings), _all(before)
        self.shown = settings
        changed = {(name, theirs[name]) for name in mine if mine[name] != theirs[name]}
        if changed:
            self._replaced |= changed
            self._replaced_at = time.monotonic()
            self._is_just_set = True
        self._replaced -= set(mine.items())


def pinned_by(settings: Settings, shown: Settings, pinned: frozenset[str]) -> frozenset[str]:
    """What is pinned once somebody has made `settings` of what was shown; what is set to its default is left to us."""
    mine, theirs, nothing = values(settings), values(shown), values(Settings())
    changed = {name for name in ADVISED if mine[name] != theirs[name]}
    return (pinned - changed) | {name for name in changed if mine[name] != nothing[name]}


def left(settings: Settings, pinned: frozenset[str]) -> Settings:
    """The settings with what is not pinned left automatic."""
    return replace(settings, **{name: each for name, each in values(Settings()).items() if name not in pinned})


def said(settings: Settings) -> frozenset[str]:
    """Names of the advised settings that a file leaves to nobody."""
    return pinned_by(settings, Settings(), frozenset())


def values(settings: Settings) -> dict[str, Any]:
    """The advised settings by their names."""
    return {name: getattr(settings, name) for name in ADVISED}


def _all(settings: Settings) -> dict[str, Any]:
    """All settings by their names."""
    return {each.name: getattr(settings, each.name) for each in fields(settings)}
