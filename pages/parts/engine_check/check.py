"""One check of the unet engine: a job of the queue that is in no history, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from fusion.errors import FusionError, Reason, frameless
from fusion.jobs import JobView
from fusion.photos import samples
from fusion.settings import Settings
from fusion.types import ENDED, EngineName, Progress, Tier
from fusion.weights import checked, locate
from pages.parts.server import rights, visitor
from pages.parts.services import jobs

# The whole of the source's person, in the smallest size: what shall come out is a likeness.
SETTINGS = Settings(engine=EngineName.UNET, output=Tier.T512, ratio=1.0)


@dataclass(slots=True)
class Check:
    """That of a session.

    Attributes:
        job: that runs.
        error: why the last one came to nothing.
        is_asked: whether there has been one.
    """

    job: str | None = None
    error: FusionError | None = None
    is_asked: bool = False

    def start(self) -> None:
        """Fuse the sample pair; a callback.

        Raises:
            NotAllowed: it is not the administrator who asks.
        """
        rights.need()
        if self.job is not None:
            return
        self.is_asked, self.error = True, None
        try:
            owner, is_served = visitor.owner(), visitor.is_served()
            pair = samples.sample_pair()
            self.job = jobs().submit(
                *pair, SETTINGS, names=samples.names(), owner=owner, is_served=is_served, is_try=True
            )
        except FusionError as error:
            self.error = frameless(error)

    def progress(self) -> Progress | None:
        """How far it is; None where it has ended, which is taken in."""
        if self.job is None:
            return None
        try:
            view = jobs().view(self.job)
            if view.progress.state not in ENDED:
                return view.progress
            self._take(view)
            jobs().delete([view.id])
        except FusionError as error:
            self.error = frameless(error)
        self.job = None
        return None

    def _take(self, view: JobView) -> None:
        if view.outcome is None:
            self.error = view.error
            return
        facts = view.outcome.facts
        likeness = None if facts.likeness is None else facts.likeness.source
        folder = locate.status().folder
        try:
            checked.keep(folder, checked.Checked(likeness, facts.seconds))
        except OSError as error:
            self.error = FusionError(Reason.DATA_UNUSABLE, folder=str(folder), why=error.strerror or "")


def check() -> Check:
    """This session's."""
    kept: Check = st.session_state.setdefault("engine_check", Check())
    return kept
