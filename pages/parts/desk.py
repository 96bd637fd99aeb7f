"""The typed door to what a page keeps of a session: its desk.

Nothing of a session is shared with another. A photo is held as the file's own bytes, a small picture of it and the
faces found; its full pixels are let go at once, so that the web process stays small. When the session ends, its jobs
and their files are forgotten.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from enum import StrEnum

import streamlit as st

from advisor.pair import Pair
from fusion import config, photo
from fusion.errors import FusionError, PhotoRejected
from fusion.geometry import face_width
from fusion.jobs import Jobs, JobView
from fusion.outlook import Subject
from fusion.photo import Limits
from fusion.samples import sample_pair
from fusion.spec import FINISHING, LARGEST, FaceChoice, FaceIndex, Role, Settings, State
from pages.parts.shared import calibration, finder, jobs
from pages.parts.views import PhotoView, ResultView, view_photo, view_result
from pages.parts.wishes import Wishes

ENDED = (State.DONE, State.FAILED, State.CANCELLED)
PREVIEW_SECONDS = 2.0  # a preview takes 0.1 s; longer means that the worker is at another job


class Change(StrEnum):
    """What has been changed on the desk since the result was made."""

    NOTHING = "nothing"
    FINISHING = "finishing"
    FUSION = "fusion"


@dataclass(slots=True)
class Slot:
    """One of the two photos: empty, refused (`error`) or read (`view`)."""

    data: bytes = b""
    view: PhotoView | None = None
    error: FusionError | None = None
    chosen: FaceIndex = LARGEST
    turn: int = 0  # goes into the uploader's key: a new turn is an empty uploader


@dataclass(slots=True)
class Desk:
    """What one session has on its desk."""

    queue: Jobs
    slots: dict[Role, Slot] = field(default_factory=lambda: {role: Slot() for role in Role})
    consent: bool = False
    job: str | None = None
    cancelling: bool = False
    submitted: tuple[str, ...] = ()  # the photos of the running job
    fused: tuple[str, ...] = ()  # the photos of the result
    result: ResultView | None = None
    error: FusionError | None = None
    previewed: tuple[Settings, bytes] | None = None
    wishes: Wishes = field(default_factory=Wishes)

    def take(self, role: Role, data: bytes) -> None:
        """Put a photo in its place; a photo that is refused leaves its reason there. The other one stays."""
        slot = Slot(turn=self.slots[role].turn + 1)
        self.slots[role] = slot
        limits = Limits(max_bytes=config.load().max_upload_bytes)
        try:
            slot.view = view_photo(photo.read(data, role, limits), finder(), len(data))
        except PhotoRejected as error:
            slot.error = error
        else:
            slot.data = data

    def take_samples(self) -> None:
        """The sample pair in both places."""
        target, source = sample_pair()
        self.take(Role.TARGET, target)
        self.take(Role.SOURCE, source)

    def swap(self) -> None:
        """Target and source change places."""
        target, source = self.slots[Role.TARGET], self.slots[Role.SOURCE]
        self.slots = {Role.TARGET: source, Role.SOURCE: target}
        target.turn = source.turn = max(target.turn, source.turn) + 1

    def remove(self, role: Role) -> None:
        """An empty place for another photo."""
        self.slots[role] = Slot(turn=self.slots[role].turn + 1)

    def clear(self) -> None:
        """Both photos and the result away; consent and settings stay."""
        for role in Role:
            self.remove(role)
        self.forget_result()
        self.error = None

    @property
    def faces(self) -> FaceChoice:
        """The chosen faces."""
        return FaceChoice(self.slots[Role.TARGET].chosen, self.slots[Role.SOURCE].chosen)

    @property
    def subject(self) -> Subject | None:
        """What the photos bring; None without a target."""
        target, source = (self.slots[role] for role in Role)
        if target.view is None:
            return None
        face = target.view.face(target.chosen)
        other = source.view.face(source.chosen) if source.view else None
        return Subject(
            target.view.size,
            face.box if face else None,
            face_width(face.landmarks) if face else None,
            face_width(other.landmarks) if other else None,
            source.view.size if source.view else None,
        )

    @property
    def pair(self) -> Pair | None:
        """The same, with what advice must know of the chosen faces."""
        subject = self.subject
        if subject is None:
            return None
        looks = (slot.view.look(slot.chosen) if slot.view else None for slot in self.slots.values())
        return Pair(subject, *looks)

    def missing(self) -> tuple[str, ...]:
        """Keys of what is still needed before a fusion can start."""
        needs = []
        for role in Role:
            view = self.slots[role].view
            if view is None:
                needs.append(f"need.{role}")
            elif not view.faces:
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
        return tuple(slot.view.sha256 if slot.view else "" for slot in self.slots.values())

    def change(self, settings: Settings) -> Change:
        """What has changed since the result: nothing, only finishing, or something that needs a new fusion."""
        if self.result is None:
            return Change.NOTHING
        made = self.result.settings
        asked = replace(settings, faces=self.faces)
        finished = replace(made, **{name: getattr(asked, name) for name in FINISHING})
        if finished != asked or self.photos != self.fused:
            return Change.FUSION
        return Change.NOTHING if asked == made else Change.FINISHING

    def start(self, settings: Settings) -> None:
        """Submit a fusion, if nothing is missing for one; returns at once."""
        if self.missing():
            return
        self.error, self.cancelling, self.submitted = None, False, self.photos
        try:
            self.job = self.queue.submit(self.slots[Role.TARGET].data, self.slots[Role.SOURCE].data, settings)
        except OSError as error:
            self.error = FusionError("output_unwritable", why=str(error.strerror))

    def cancel(self) -> None:
        """Ask the running fusion to stop at its next stage."""
        if self.job:
            self.cancelling = True
            self.queue.cancel(self.job)

    def settle(self) -> bool:
        """Take the running job's end, if it has ended, and say whether it has."""
        if self.job is None:
            return True
        view = self.queue.view(self.job)
        if view.progress.state not in ENDED:
            return False
        self._take_end(view)
        self.job, self.cancelling = None, False
        return True

    def await_quick_end(self, seconds: float) -> None:
        """Settle the running job if it ends within `seconds`; leave it running if not, or if it waits for others."""
        until = time.monotonic() + seconds
        while not self.settle() and self.queue.worker().state != "starting" and time.monotonic() < until:
            time.sleep(0.01)

    def _take_end(self, view: JobView) -> None:
        if view.outcome is None:
            self.error = view.error
            self.queue.forget(view.id)
            return
        result = view_result(view.id, view.settings, view.outcome)
        self.forget_result()
        self.result, self.fused = result, self.submitted

    def forget_result(self) -> None:
        """The result off the desk, its files off the disk."""
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
        """Forget every job of this session and its files."""
        if self.job:
            self.queue.cancel(self.job)
            self.queue.forget(self.job)
        self.forget_result()


@st.cache_resource(show_spinner=False, scope="session", on_release=lambda kept: kept.leave())
def _released_with_session(number: str) -> Desk:
    del number  # one desk for each
    return Desk(jobs())


def desk() -> Desk:
    """This session's desk."""
    if "desk" not in st.session_state:
        st.session_state.desk = _released_with_session(secrets.token_hex(8))
    kept: Desk = st.session_state.desk
    return kept
