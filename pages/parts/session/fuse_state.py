"""The typed door to what a page keeps of a session: its desk.

Nothing of a session is shared with another. A photo is held as the file's own bytes, a small picture of it and the
faces found; its full pixels are let go at once, so that the web process stays small. When the session ends, what it has
fused stays in the history; the desk stays where desks are kept (`pages.parts.keeping`), else the worker lets go of what
it keeps for previews.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import streamlit as st

from fusion.declared import Consent
from fusion.errors import FusionError, frameless
from fusion.jobs import Jobs, JobView
from fusion.settings import FINISHING, Settings
from fusion.types import ENDED, UNKNOWN, Foretold, Role, Stage
from pages.parts.server import visitor
from pages.parts.services import jobs, services
from pages.parts.session.agreement import Agreement
from pages.parts.session.desk_photos import DeskPhotos
from pages.parts.session.pins import Wishes, values
from pages.parts.session.previews import ResultView, view_result

PREVIEW_SECONDS = 2.0  # a preview takes 0.1 s; longer means that the worker is at another job
_REMEMBERED = (Stage.READ, Stage.FACES, Stage.LOAD)  # what a second fusion of the same photos does not do again


class Change(StrEnum):
    """What has been changed on the desk since the result was made."""

    NOTHING = "nothing"
    FINISHING = "finishing"
    FUSION = "fusion"


@dataclass(slots=True)
class Desk(DeskPhotos):
    """What one session has on its desk: its photos, and what becomes of them.

    Attributes:
        owner: whose jobs are started here.
        job: the one that runs.
        draft: a small JPEG of what that has made so far.
        failed: the one that last came to no end, and can be tried again.
        fused: the photos of the result.
        quick_until: when the page no longer waits for the job before it draws how far that is (`time.monotonic`).
        left: told that the session has ended, in place of which the worker would let go of the result.
    """

    queue: Jobs
    owner: str = ""
    job: str | None = None
    cancelling: bool = False
    draft: bytes | None = None
    quick_until: float = 0.0
    failed: str | None = None
    fused: tuple[str, ...] = ()
    result: ResultView | None = None
    error: FusionError | None = None
    previewed: tuple[Settings, bytes] | None = None
    wishes: Wishes = field(default_factory=Wishes)
    left: Callable[[], None] | None = None

    def clear(self) -> None:
        """Both photos and the result away; consent and settings stay, and the result in the history."""
        for role in Role:
            self.remove(role)
        self.forget_result()
        self.error = self.failed = self.note = None

    def missing(self) -> tuple[str, ...]:
        """Keys of what is still needed before a fusion can start."""
        needs = []
        for role, slot in zip(Role, (self.slots[Role.TARGET], self.used_source), strict=True):
            if slot.view is None:
                needs.append(f"need.{role}")
            elif slot.view.face(slot.chosen) is None:
                needs.append(f"need.{role}_face")
        if self.mapping.is_on and not needs:
            needs += self._missing_of_map()
        waits = {
            "need.consent": not self.agreed.is_given,
            "need.job": self.job is not None,
            "need.measuring": services.is_measuring(),
        }
        return (*needs, *(need for need, waiting in waits.items() if waiting))

    def _missing_of_map(self) -> tuple[str, ...]:
        if not self.mapping.places:
            return ("need.map",)
        is_usable = self.mapping.is_usable(self.slots[Role.TARGET], self.sources)
        return () if is_usable else ("need.source_face",)

    def change(self, settings: Settings) -> Change:
        """What has changed since the result: nothing, only finishing, or something that needs a new fusion."""
        if self.result is None:
            return Change.NOTHING
        made = self.result.settings
        asked = self.asked(settings)
        finished = replace(made, **{name: getattr(asked, name) for name in FINISHING})
        if finished != asked or self.photos != self.fused:
            return Change.FUSION
        return Change.NOTHING if asked == made else Change.FINISHING

    def again_s(self, settings: Settings) -> float | None:
        """Seconds that the last fusion took, without what is remembered of it; None where this one is another's work.

        A forecast is of photos that nobody has seen before.
        """
        if self.result is None or self.photos != self.fused:
            return None
        if values(self.asked(settings)) != values(self.result.settings):
            return None
        return sum(cost.seconds for cost in self.result.facts.stages if cost.stage not in _REMEMBERED)

    def start(self, settings: Settings, foretold: Foretold = UNKNOWN) -> None:
        """Submit a fusion, if nothing is missing for one; returns at once.

        Args:
            foretold: what the forecast says of it.

        Raises:
            FusionError: the queue does not take it.
        """
        if self.missing():
            return
        self.error, self.failed, self.note, self.cancelling = None, None, None, False
        self.job = self.submit(settings, self.agreed.hand_on(self.queue, self.owner), foretold=foretold)

    def submit(
        self, settings: Settings, consent: Consent | None, *, foretold: Foretold = UNKNOWN, is_try: bool = False
    ) -> str:
        """Queue a job with what lies here; its id.

        Raises:
            FusionError: the queue does not take it.
        """
        target, source = (self.slots[role] for role in Role)
        return self.queue.submit(
            target.data,
            source.data,
            settings,
            names=(target.name, source.name),
            others=[(slot.name, slot.data) for slot in self.more.slots],
            owner=self.owner,
            foretold=foretold,
            consent=consent,
            is_served=visitor.is_served(),
            is_try=is_try,
        )

    def retry(self) -> None:
        """Try once more what came to no end, with the photos and settings that it had."""
        if self.failed is None or self.job is not None:
            return
        self.job, self.failed, self.error, self.cancelling = self.failed, None, None, False
        self.queue.retry(self.job)

    def cancel(self) -> None:
        """Ask the running fusion to stop at its next stage."""
        if self.job:
            try:
                self.queue.cancel(self.job)
                self.cancelling = True
            except FusionError as error:
                self.note = frameless(error)

    def settle(self) -> bool:
        """Take the running job's end, if it has ended, and say whether it has."""
        if self.job is None:
            return True
        try:
            view = self.queue.view(self.job)
            if view.progress.state not in ENDED:
                return False
            self._take_end(view)
        except FusionError as error:  # it was deleted in the history meanwhile
            self.error = frameless(error)
        self.job, self.draft, self.cancelling = None, None, False
        return True

    def takes_draft(self) -> bool:
        """Take what the running job has made so far, and say whether that is new."""
        found = self.queue.draft(self.job) if self.job else None
        is_new = found is not None and found != self.draft
        self.draft = found or self.draft
        return is_new

    def await_quick_end(self) -> None:
        """Settle the running job if it ends soon enough; leave it running if not, or if it waits for others."""
        while self._is_at_work or not self.settle():
            if self.queue.worker().state == "starting" or time.monotonic() > self.quick_until:
                return
            time.sleep(0.01)

    @property
    def _is_at_work(self) -> bool:
        return self.job is not None and self.queue.is_at_work(self.job)

    def _take_end(self, view: JobView) -> None:
        if not view.target_sha256:  # refused: nothing of its photos stays here either
            self.clear()
        if view.outcome is None:
            self.error, self.failed = view.error, view.id if view.target_sha256 else None
            return
        self.show(view)

    def show(self, view: JobView) -> None:
        """Have the result of a job on the desk, if it has one.

        Raises:
            OSError: its files are missing or damaged.
        """
        if view.outcome is not None:
            result = view_result(view.id, view.settings, view.outcome)
            self.forget_result()
            self.result, self.fused = result, (view.target_sha256, *(photo.sha256 for photo in view.sources))

    def forget_result(self) -> None:
        """The result off the desk; it stays in the history."""
        if self.result:
            self.queue.forget(self.result.job)
        self.result = self.previewed = None

    def preview(self, settings: Settings) -> bytes:
        """The result with other finishing, as a small JPEG; asked of the worker once per change.

        Raises:
            FusionError: the worker no longer has the result, or is busy with something else.
        """
        assert self.result is not None
        if self.previewed is None or self.previewed[0] != settings:
            jpeg = self.queue.preview(self.result.job, settings, timeout_s=PREVIEW_SECONDS)
            self.previewed = (settings, jpeg)
        return self.previewed[1]

    def leave(self) -> None:
        """The session has ended: what it had started goes on, and is found in the history."""
        if self.left is None:
            self.forget_result()
        else:
            self.left()


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda kept: kept.leave())
def _released_with_session(number: str, owner: str, is_served: bool) -> Desk:
    del number  # one desk for each
    return Desk(jobs(), owner, agreed=Agreement(is_per_job=is_served))


def desk() -> Desk:
    """This session's desk."""
    if "desk" not in st.session_state:
        st.session_state.desk = _released_with_session(secrets.token_hex(8), visitor.owner(), visitor.is_served())
    kept: Desk = st.session_state.desk
    return kept
