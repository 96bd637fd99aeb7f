"""The typed door to what a session has under examination: a job or three pictures, and a remedy that is tried.

What was measured is kept here and nowhere else: nobody sees another's. Pictures that are given are kept as files and
forgotten with the session; only what is fused goes into the history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

import streamlit as st

from advisor.diagnosis import Action, Finding, Symptom
from fusion import config
from fusion.compared import picture
from fusion.declared import Consent
from fusion.errors import FusionError, PhotoRejected, Reason, frameless
from fusion.jobs import Jobs, JobView
from fusion.newest import Newest
from fusion.photos import Limits, decode
from fusion.settings import Settings
from fusion.storage import Priority, Query
from fusion.types import ENDED, Role
from pages.parts.server import visitor
from pages.parts.services import finder, upkeep
from pages.parts.session.agreement import Agreement
from pages.parts.session.examined import Key, Seen, look_at_files, look_at_job
from pages.parts.session.fuse_state import desk
from pages.parts.session.history_state import OPEN, Album, album
from pages.parts.session.origin_state import Origin

OFFERED = 40  # jobs of the history
KEPT = 6  # examinations; two pictures each
THUMBNAIL_PX = 220
RESULT_TIMES = 4  # the limit of a photo: results come as PNG
RESULT = "result"
PARTS = (*Role, RESULT)


class Way(StrEnum):
    """What is looked at."""

    JOB = "job"
    FILES = "files"
    ORIGIN = "origin"  # one file of any tool, and not how it looks but where it comes from


@dataclass(frozen=True, slots=True)
class Given:
    """A picture that was given; one that is refused is empty and leaves its reason. `url`: small, as a data URL."""

    data: bytes = b""
    url: str = ""
    error: FusionError | None = None
    turn: int = 0  # goes into the uploader's key: a new turn is an empty uploader

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Trial:
    """A remedy that is tried.

    Attributes:
        job: that was started with it.
        before: what was looked at.
        finding: whose remedy it is; None for another run as it was.
    """

    job: str
    before: Seen
    finding: Finding | None

    @property
    def gauge(self) -> str:
        """The measure that is to improve; "" where none tells."""
        return self.finding.gauge if self.finding is not None else ""


@dataclass(slots=True)
class DiagnosisDesk:
    """What one session examines.

    Attributes:
        symptom: what somebody sees; None for everything.
        asked: of which remedy the change is shown, if of any.
        error: why the last thing could not be done.
        seen: what was examined last, by what it is of.
        own: the tick of this page, where each job is asked for.
        origin: where a picture comes from that somebody asked about.
    """

    album: Album
    given: dict[str, Given] = field(default_factory=lambda: {str(part): Given() for part in PARTS})
    symptom: Symptom | None = None
    asked: tuple[str, ...] = ()
    trial: Trial | None = None
    error: FusionError | None = None
    seen: Newest[Key, Seen] = field(default_factory=lambda: Newest(KEPT))
    own: Agreement = field(default_factory=lambda: Agreement(is_per_job=True))
    origin: Origin = field(init=False)
    _shown: str = ""  # what the tick stands under: a job's id, or "" for what was given

    def __post_init__(self) -> None:
        self.origin = Origin(self.album)

    @property
    def agreed(self) -> Agreement:
        """The tick that counts here."""
        return desk().agreed.beside(self.own)

    def needs_consent(self, view: JobView | None) -> bool:
        """Whether it is still to be confirmed before a job's photos, or those that were given, can be fused."""
        return not self.agreed.is_given and (view is None or self.agreed.is_per_job)

    def show(self, id: str) -> None:
        """The tick is drawn under that job, or under what was given for "": under another it is another one."""
        if id != self._shown:
            self.own.renew()
        self._shown = id

    def jobs(self) -> tuple[JobView, ...]:
        """The newest of the history that may be seen here.

        Raises:
            FusionError: "ledger_unusable".
        """
        return self.album.queue.history(Query(owner=visitor.sees(), limit=OFFERED))

    def take(self, part: str, data: bytes) -> None:
        """Keep a picture, or the reason why it is refused."""
        self.own.renew()
        turn = self.given[part].turn + 1
        try:
            read = decode.read(data, Role.SOURCE if part == Role.SOURCE else Role.TARGET, _limits(part))
        except PhotoRejected as error:
            self.given[part] = Given(error=frameless(error), turn=turn)
        else:
            self.given[part] = Given(data, picture(read.pixels, THUMBNAIL_PX), turn=turn)

    def remove(self, part: str) -> None:
        """An empty place for another picture; a callback."""
        gone = self.given[part].digest
        self.given[part] = Given(turn=self.given[part].turn + 1)
        for key in [key for key in self.seen if gone in key]:  # what was seen of it has its pixels
            del self.seen[key]
        upkeep().soon()

    def files(self) -> tuple[bytes, bytes, bytes]:
        """Target, source and result as they were given; empty where not."""
        target, source, result = (self.given[str(part)].data for part in PARTS)
        return target, source, result

    def of_job(self, view: JobView) -> Seen:
        """What a job looks like, examined when first asked for. Takes up to about a second."""
        key = (view.id, str(view.progress.state), str(view.ended))
        return self._kept(key) or self._keep(look_at_job(key, view, self.album.queue, finder()))

    def of_files(self) -> Seen:
        """Likewise of what was given.

        Raises:
            PhotoRejected: one of them cannot be read.
        """
        key = tuple(self.given[str(part)].digest for part in PARTS)
        target, source, result = self.files()
        return self._kept(key) or self._keep(look_at_files(key, target, source or None, result or None, finder()))

    def _kept(self, key: Key) -> Seen | None:
        return self.seen.get(key)

    def _keep(self, seen: Seen) -> Seen:
        self.seen[seen.key] = seen
        return seen

    @property
    def is_trying(self) -> bool:
        """Whether a remedy is being tried just now."""
        if self.trial is None:
            return False
        try:
            return self.album.queue.view(self.trial.job).progress.state not in ENDED
        except FusionError:  # it was deleted meanwhile
            return False

    def ask(self, *what: str) -> None:
        """Show what a remedy would change, or nothing any more; a callback."""
        self.asked = what

    def take_refusal(self, error: FusionError) -> bool:
        """Let go of the pictures that were given where a trial of them was refused; whether one was.

        Args:
            error: that the trial has ended with.
        """
        key = tuple(self.given[str(part)].digest for part in PARTS)
        if self.trial is None or error.reason != Reason.PHOTOS_REFUSED or self.trial.before.key != key:
            return False
        for part in PARTS:
            self.remove(str(part))
        self.trial, self.error = None, frameless(error)
        return True

    def drop(self) -> None:
        """Put the trial away; its result stays in the history. A callback."""
        self.trial = None

    def choose(self, id: str) -> None:
        """The box of the jobs says one, which is no news where it is the one that is shown. A callback."""
        if id != self._shown:
            self.open(id)

    def open(self, id: str) -> None:
        """Look into another job; a trial that has ended is put away. A callback."""
        st.query_params[OPEN] = id
        self.asked = ()
        if not self.is_trying:
            self.trial = None

    def run(self, view: JobView | None, key: Key, finding: Finding | None, settings: Settings) -> None:
        """Fuse the job's photos, or those that were given, with other settings.

        A callback, which Streamlit keeps: it holds no picture, but the key of what was seen.
        """
        seen = self._kept(key)
        if seen is None or self.needs_consent(view):  # its pictures were let go, or the tick has been used
            return  # what is asked for stays on the page, which looks at them anew or asks for the tick
        self.asked, self.error = (), None
        queue = self.album.queue
        try:
            if finding is not None and finding.remedy.action == Action.RELEASE_MEMORY and visitor.is_administrator():
                queue.release()
            job = _submitted(queue, view, self.files, settings, self._consent(view))
        except FusionError as error:
            self.error = frameless(error)
        else:
            self.trial = Trial(job, seen, finding)

    def _consent(self, view: JobView | None) -> Consent | None:
        """What was confirmed here; else what came with the job, if it is this visitor's: the photos are the same."""
        owner = visitor.owner()
        given = self.agreed.hand_on(self.album.queue, owner)
        return given or (view.consent if view is not None and view.owner == owner else None)


def _submitted(
    queue: Jobs,
    view: JobView | None,
    files: Callable[[], Sequence[bytes]],
    settings: Settings,
    consent: Consent | None,
) -> str:
    """A new job with the photos of another one, or with those that were given."""
    owner, is_served = visitor.owner(), visitor.is_served()
    submit = partial(queue.submit, owner=owner, priority=Priority.NOW, consent=consent, is_served=is_served)
    if view is None:
        target, source, *_ = files()
        return submit(target, source, settings)
    target, _ = queue.photos(view.id)
    source, *others = queue.sources(view.id)
    more = [(photo.name, data) for photo, data in zip(view.others, others, strict=True)]
    names = (view.target_name, view.source_name)
    return submit(target, source, settings, names=names, others=more)


def _limits(part: str) -> Limits:
    limit = config.load().max_upload_bytes
    return Limits(max_bytes=RESULT_TIMES * limit if part == RESULT else limit)


def diagnosis_desk() -> DiagnosisDesk:
    """This session's."""
    kept: DiagnosisDesk = st.session_state.setdefault("diagnosis_desk", DiagnosisDesk(album()))
    return kept
