"""What a session tries out: one setting in several values, each made small. Kept while photos and settings stay.

Each try is a job of its own, which ends in no history: once its face is cut out of the result, the job goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import streamlit as st

from fusion.errors import FusionError, Reason, frameless
from fusion.jobs import JobView
from fusion.settings import Settings
from fusion.sizing import Subject, layout
from fusion.types import ENDED, Aspect, Fill, Fit, Mode, Progress, State, Switch, Tier
from pages.parts.choosing.face_crop import FaceCrop, crop
from pages.parts.session import Desk, desk

_TIERS = (Tier.T512, Tier.T1024, Tier.T2048)  # the smallest in which the face can be judged
_FACE_PX = 110.0


class Tried(StrEnum):
    """The setting that is tried, by its name."""

    RATIO = "ratio"
    MODE = "mode"


VALUES: Mapping[Tried, tuple[float | Mode, ...]] = MappingProxyType(
    {Tried.RATIO: (0.4, 0.6, 0.8, 1.0), Tried.MODE: tuple(Mode)}
)


@dataclass(slots=True)
class Try:
    """One of them.

    Attributes:
        value: of the setting.
        job: that makes it; None once that has ended.
        id: of the same as long as there is something of it to be removed.
        likeness: to the source, as of `fusion.types.Likeness`; None where it is not known.
    """

    value: float | Mode
    job: str | None
    face: FaceCrop | None = None
    id: str = ""
    likeness: float | None = None
    error: FusionError | None = None


@dataclass(slots=True)
class Tries:
    """Those of one session.

    Attributes:
        what: is tried; None where nothing is.
        error: why there are none, or not all.
    """

    here: Desk
    what: Tried | None = None
    all: tuple[Try, ...] = ()
    error: FusionError | None = None
    _made_of: tuple[object, ...] = ()

    @property
    def is_running(self) -> bool:
        return any(each.job is not None for each in self.all)

    @property
    def shown(self) -> tuple[Try, ...]:
        """Those that are there or are being made."""
        return tuple(each for each in self.all if each.job is not None or each.face is not None)

    @property
    def progress(self) -> Progress:
        """How far all of them are."""
        running = next((each.job for each in self.all if each.job is not None), None)
        over = sum(each.job is None for each in self.all)
        now = self.here.queue.view(running).progress if running is not None else Progress(State.DONE)
        part = now.fraction if now.state == State.RUNNING else 0.0
        return replace(now, fraction=min((over + part) / max(len(self.all), 1), 1.0))

    def start(self, what: Tried, settings: Settings) -> None:
        """Make them of what lies on the desk, if nothing is missing for a fusion; returns at once."""
        if self.here.missing():
            return
        self.drop()
        asked = self.here.asked(settings)
        try:
            self._submit(what, small(asked, self.here.subject))
        except FusionError as error:
            self.drop()
            self.error = frameless(error)
        else:
            self._made_of = self._key(what, settings)

    def follow(self, settings: Settings) -> None:
        """Let them go where photos or other settings are not those any more."""
        if self.what is not None and self._key(self.what, settings) != self._made_of:
            self.drop()

    def settle(self) -> bool:
        """Take in those that have ended since; whether all have."""
        for each in self.all:
            if each.job is not None:
                self._look(each, each.job)
        if not self.is_running:
            self._clear_away()
        return not self.is_running

    def cancel(self) -> None:
        """Make no more of them; those that are there stay."""
        self._clear_away()
        if not self.shown:
            self.drop()

    def drop(self) -> None:
        """All away."""
        self._remove(self.all)
        self.what, self.all, self.error, self._made_of = None, (), None, ()

    def _submit(self, what: Tried, settings: Settings) -> None:
        consent = self.here.agreed.hand_on(self.here.queue, self.here.owner)
        self.what, self.error = what, None
        for value in VALUES[what]:
            id = self.here.submit(with_value(settings, what, value), consent, is_try=True)
            self.all = (*self.all, Try(value, id, id=id))

    def _key(self, what: Tried, settings: Settings) -> tuple[object, ...]:
        """What they are made of, but for the setting that is tried."""
        made = small(self.here.asked(settings), self.here.subject)
        return what, self.here.photos, with_value(made, what, getattr(Settings(), what))

    def _look(self, each: Try, job: str) -> None:
        try:
            view = self.here.queue.view(job)
            if view.progress.state not in ENDED:
                return
            self._take(each, view)
        except FusionError as error:  # it was deleted meanwhile
            each.error = frameless(error)
        except OSError as error:
            each.error = FusionError(Reason.RESULT_GONE, file=str(error.filename or ""))
        each.job = None
        self.error = self.error or each.error

    def _take(self, each: Try, view: JobView) -> None:
        if view.outcome is None:
            each.error = view.error
            if not view.target_sha256:  # refused: nothing of its photos stays here either
                self.here.clear()
                self.here.error = view.error
            return
        each.face = crop(view)
        found = view.outcome.facts.likeness
        each.likeness = None if found is None else found.source

    def _clear_away(self) -> None:
        """Their jobs go; what was cut out stays."""
        self._remove(self.all)
        self.all = tuple(each for each in self.all if each.face is not None or each.error is not None)

    def _remove(self, tries: Sequence[Try]) -> None:
        """Their jobs, which need not have ended."""
        ids = [each.id for each in tries if each.id]
        for each in tries:
            each.job, each.id = None, ""
        if not ids:
            return
        try:
            self.here.queue.delete(ids)
        except FusionError as error:  # whoever tidies takes them away
            self.error = self.error or frameless(error)


def with_value(settings: Settings, what: Tried, value: Any) -> Settings:
    """The same with one setting set."""
    named: dict[str, Any] = {what: value}
    return replace(settings, **named)


def small(settings: Settings, subject: Subject | None) -> Settings:
    """The same where they are fused only to be looked at: the face at the least size at which it can be judged."""
    seen = replace(
        settings,
        output=_TIERS[-1],
        aspect=Aspect.AUTO,
        fit=Fit.KEEP,
        fill=Fill.AUTO,
        two_stage=Switch.OFF,
    )
    if subject is None or subject.target_px is None:
        return replace(seen, output=_TIERS[0])
    for tier in _TIERS:
        sized = replace(seen, output=tier)
        if subject.target_px * layout.plan(subject.photo, sized, subject.face).scale >= _FACE_PX:
            return sized
    return seen


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda kept: kept.drop())
def _released_with_session(number: str) -> Tries:
    del number  # one for each
    return Tries(desk())


def tries() -> Tries:
    """This session's."""
    if "tries" not in st.session_state:
        st.session_state.tries = _released_with_session(secrets.token_hex(8))
    kept: Tries = st.session_state.tries
    return kept
