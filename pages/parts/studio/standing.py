"""How a result stands to what lies on the desk: of it, of it but for the finishing, or of something before."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from fusion.errors import FusionError
from fusion.jobs import JobView
from fusion.settings import Settings
from pages.parts.i18n import Words, job_text
from pages.parts.session import Desk, fuse_state


class Age(StrEnum):
    """What has become of a result since it was made."""

    CURRENT = "current"
    PREVIEWED = "previewed"  # only its finishing is another
    SETTINGS = "settings"  # something else is set that needs a fusion
    PHOTOS = "photos"  # other photos lie here
    FAILED = "failed"  # a fusion since then came to no result
    RUNNING = "running"  # one is under way


OLD = frozenset({Age.PHOTOS, Age.FAILED, Age.RUNNING})


@dataclass(frozen=True, slots=True)
class Standing:
    """A result on the desk.

    Attributes:
        view: its job; None where that is gone.
    """

    age: Age
    view: JobView | None

    @property
    def is_old(self) -> bool:
        """Whether it must not be taken for what lies here."""
        return self.age in OLD

    def time(self, say: Words) -> str:
        """The day and the minute in which it was made; "" where its job is gone."""
        at = self._made
        return "" if at is None else job_text.when(say, at, st.context.timezone, time.time())

    @property
    def clock(self) -> str:
        """The minute alone."""
        at = self._made
        return "" if at is None else job_text.clock(at, st.context.timezone)

    @property
    def _made(self) -> float | None:
        return None if self.view is None else self.view.ended or self.view.made

    def name(self, say: Words) -> str:
        """What is written over an old one: of which photos, of when, and why it is old; "" over one that is not."""
        if not self.is_old:
            return ""
        view = self.view
        files = [] if view is None else [view.target_name, view.source_name]
        photos = " + ".join(job_text.short(file) for file in files if file) or "–"
        return say("result.old", photos=photos, time=self.time(say), why=say(f"result.old.{self.age}"))


def standing(here: Desk, settings: Settings) -> Standing | None:
    """Of the result that lies on the desk; None without one.

    Args:
        settings: as the widgets have them.
    """
    if here.result is None:
        return None
    try:
        view = here.queue.view(here.result.job)
    except FusionError:  # it was deleted in the history meanwhile
        view = None
    return Standing(_age(here, settings), view)


def _age(here: Desk, settings: Settings) -> Age:
    if here.job is not None:
        return Age.RUNNING
    if here.photos != here.fused:
        return Age.PHOTOS
    if here.error is not None:
        return Age.FAILED
    ages = {fuse_state.Change.FUSION: Age.SETTINGS, fuse_state.Change.FINISHING: Age.PREVIEWED}
    return ages.get(here.change(settings), Age.CURRENT)
