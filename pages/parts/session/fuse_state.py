"""The typed door to what a page keeps of a session: its desk.

Nothing of a session is shared with another. A photo is held as the file's own bytes, a small picture of it and the
faces found; its full pixels are let go at once, so that the web process stays small. When the session ends, what it has
fused stays in the history; only the worker lets go of what it keeps for previews.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import streamlit as st

from advisor.recommendation import Pair
from fusion.errors import FusionError, frameless
from fusion.face_setting import FaceChoice
from fusion.jobs import Jobs, JobView
from fusion.photos import samples
from fusion.settings import FINISHING, Settings
from fusion.sizing import Subject
from fusion.storage import Priority
from fusion.types import ENDED, Role
from pages.parts.server import visitor
from pages.parts.services import calibration, jobs, upkeep
from pages.parts.session.photo_slot import Slot, filled, pair_of, subject_of
from pages.parts.session.pins import Wishes
from pages.parts.session.previews import ResultView, view_result
from pages.parts.session.source_shelf import SourceShelf

PREVIEW_SECONDS = 2.0  # a preview takes 0.1 s; longer means that the worker is at another job


class Change(StrEnum):
    """What has been changed on the desk since the result was made."""

    NOTHING = "nothing"
    FINISHING = "finishing"
    FUSION = "fusion"


@dataclass(slots=True)
class Desk:
    """What one session has on its desk.

    Attributes:
        owner: whose jobs are started here.
        job: the one that runs.
        failed: the one that last came to no end, and can be tried again.
        note: what there is to know about what was put here from the history.
        fused: the photos of the result.
        more: further photos of the source's person.
    """

    queue: Jobs
    owner: str = ""
    slots: dict[Role, Slot] = field(default_factory=lambda: {role: Slot() for role in Role})
    more: SourceShelf = field(default_factory=SourceShelf)
    consent: bool = False
    job: str | None = None
    cancelling: bool = False
    failed: str | None = None
    fused: tuple[str, ...] = ()
    result: ResultView | None = None
    error: FusionError | None = None
    note: FusionError | None = None
    previewed: tuple[Settings, bytes] | None = None
    wishes: Wishes = field(default_factory=Wishes)

    def take(self, role: Role, data: bytes, name: str = "") -> None:
        """Put a photo in its place; a photo that is refused leaves its reason there. The other one stays."""
        self.slots[role] = filled(role, data, name, self.slots[role].turn + 1)
        self.note = None
        if role == Role.SOURCE:
            self.more = SourceShelf(turn=self.more.turn + 1)
        upkeep().soon()

    def take_sources(self, photos: Iterable[tuple[str, bytes]]) -> None:
        """Photos of one person, each by its file's name: the first into its place if that is free, the others beside.

        What is refused is noted.
        """
        for name, data in photos:
            if self.slots[Role.SOURCE].view is None:
                self.take(Role.SOURCE, data, name)
            elif (error := self.more.add(data, name)) is not None:
                self.note = frameless(error)
        upkeep().soon()

    def remove_source(self, place: int) -> None:
        """Take one of several source photos away; the next moves up to the first place."""
        if place > 0 or not self.more.slots:
            self.more.remove(place) if place > 0 else self.remove(Role.SOURCE)
            return
        self.slots[Role.SOURCE] = self.more.slots[0]
        self.more.remove(1)

    def take_samples(self) -> None:
        """The sample pair in both places."""
        for role, data, name in zip(Role, samples.sample_pair(), samples.names(), strict=True):
            self.take(role, data, name)

    def swap(self) -> None:
        """Target and source change places."""
        target, source = self.slots[Role.TARGET], self.slots[Role.SOURCE]
        self.slots = {Role.TARGET: source, Role.SOURCE: target}
        target.turn = source.turn = max(target.turn, source.turn) + 1

    def remove(self, role: Role) -> None:
        """An empty place for another photo; further ones of a source go too."""
        self.slots[role] = Slot(turn=self.slots[role].turn + 1)
        if role == Role.SOURCE:
            self.more = SourceShelf(turn=self.more.turn + 1)
        upkeep().soon()

    def choose(self, role: Role, index: int) -> None:
        """One of several faces, counted from left to right."""
        self.slots[role].choose(index)

    def clear(self) -> None:
        """Both photos and the result away; consent and settings stay, and the result in the history."""
        for role in Role:
            self.remove(role)
        self.forget_result()
        self.error = self.failed = self.note = None

    def take_consent(self, consent: bool) -> None:
        """These are photos of people who agreed to it, or it is not known any more; a callback."""
        self.consent = consent

    @property
    def faces(self) -> FaceChoice:
        """The chosen faces."""
        return FaceChoice(self.slots[Role.TARGET].chosen, self.slots[Role.SOURCE].chosen)

    @property
    def sources(self) -> tuple[Slot, ...]:
        """All source photos; none where the first place is empty."""
        return self.more.all(self.slots[Role.SOURCE])

    @property
    def used_source(self) -> Slot:
        """The source photo that was chosen, or that suits best."""
        return self.more.used(*self.slots.values())

    @property
    def subject(self) -> Subject | None:
        """What the photos bring; None without a target."""
        return subject_of(self.slots[Role.TARGET], self.used_source)

    @property
    def pair(self) -> Pair | None:
        """The same, with what advice must know of the chosen faces."""
        return pair_of(self.slots[Role.TARGET], self.used_source)

    def missing(self) -> tuple[str, ...]:
        """Keys of what is still needed before a fusion can start."""
        needs = []
        for role, slot in zip(Role, (self.slots[Role.TARGET], self.used_source), strict=True):
            if slot.view is None:
                needs.append(f"need.{role}")
            elif slot.view.face(slot.chosen) is None:
                needs.append(f"need.{role}_face")
        waits = {
            "need.consent": not self.consent,
            "need.job": self.job is not None,
            "need.measuring": calibration().view().is_running,
        }
        return (*needs, *(need for need, waiting in waits.items() if waiting))

    @property
    def photos(self) -> tuple[str, ...]:
        """Which photos lie here, by their sha256."""
        slots = (*self.slots.values(), *self.more.slots)
        return tuple(slot.view.sha256 if slot.view else "" for slot in slots)

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

    def asked(self, settings: Settings) -> Settings:
        """With what is chosen on the photos."""
        return replace(settings, faces=self.faces, source_photo=self.more.picked)

    def start(self, settings: Settings, expected_s: float | None = None) -> None:
        """Submit a fusion, if nothing is missing for one; returns at once.

        Args:
            expected_s: what the forecast says that it takes.

        Raises:
            FusionError: the queue does not take it.
        """
        if self.missing():
            return
        self.error, self.failed, self.note, self.cancelling = None, None, None, False
        target, source = (self.slots[role] for role in Role)
        self.job = self.queue.submit(
            target.data,
            source.data,
            settings,
            names=(target.name, source.name),
            others=[(slot.name, slot.data) for slot in self.more.slots],
            owner=self.owner,
            priority=Priority.NOW,
            expected_s=expected_s,
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
        self.job, self.cancelling = None, False
        return True

    def await_quick_end(self, seconds: float) -> None:
        """Settle the running job if it ends within `seconds`; leave it running if not, or if it waits for others."""
        until = time.monotonic() + seconds
        while not self.settle() and self.queue.worker().state != "starting" and time.monotonic() < until:
            time.sleep(0.01)

    def _take_end(self, view: JobView) -> None:
        if view.outcome is None:
            self.error, self.failed = view.error, view.id
            return
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
        self.forget_result()


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda kept: kept.leave())
def _released_with_session(number: str, owner: str) -> Desk:
    del number  # one desk for each
    return Desk(jobs(), owner)


def desk() -> Desk:
    """This session's desk."""
    if "desk" not in st.session_state:
        st.session_state.desk = _released_with_session(secrets.token_hex(8), visitor.owner())
    kept: Desk = st.session_state.desk
    return kept
