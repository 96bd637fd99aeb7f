"""The typed door to what a session gives for a batch, and which of its batches it looks at.

What was given is kept as the browser sent it, and let go once it is queued. The batches themselves are in the database:
they outlive the session and the app.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

import streamlit as st
from streamlit.typing import UploadedFile

from advisor.recommendation import Intent
from fusion.batches import Given, Plan, enqueue, judging, planning, zip_reader
from fusion.errors import FusionError, frameless
from fusion.jobs import Batch, Jobs
from fusion.settings import Settings
from fusion.types import UNKNOWN
from pages.parts.i18n import job_text
from pages.parts.server import visitor
from pages.parts.services import Machine, finder, jobs, upkeep
from pages.parts.session import uploads
from pages.parts.session.agreement import Agreement
from pages.parts.session.batch_forecast import Forecast, Shares, foretell
from pages.parts.session.fuse_state import desk

__all__ = ["BatchDesk", "Forecast", "Way", "batch_desk"]

FRESH_S = 10.0  # so long a forecast of the same photos holds
SKIP_S = 2.0  # the photo that is looked at takes less


_Pairs = tuple[tuple[tuple[str, ...], Settings], ...]  # of a plan: the photos' sha256, and how they are fused


class Way(StrEnum):
    """How photos are given."""

    ONE_SOURCE = "one_source"
    ONE_TARGET = "one_target"
    FILES = "files"


@dataclass(slots=True)
class BatchDesk:
    """What one session is about to queue.

    Attributes:
        turn: goes into the uploaders' keys: a new turn is empty uploaders.
        shown: the batch that is looked at; None for the newest.
        planned: what would be queued now, and what is foretold of it.
        judged: how well the pairs of that suit, as far as it is known.
        intake: what puts the last batch into the queue.
        error: why the last wish could not be granted.
        intent: what the pictures are for, which bounds the size of those that is left automatic.
        own: the tick of this page, where each batch is asked for.
    """

    queue: Jobs
    shares: Shares
    looks: judging.Looks
    looker: planning.Looker = field(default_factory=planning.Looker)
    turn: int = 0
    shown: str | None = None
    planned: tuple[Plan, Forecast | None] | None = None
    judged: judging.Judging | None = None
    intake: enqueue.Intake | None = None
    error: FusionError | None = None
    intent: Intent = Intent.AUTO
    own: Agreement = field(default_factory=lambda: Agreement(is_per_job=True))
    _given: dict[str, Given] = field(default_factory=dict)  # by the upload's id
    _ids: frozenset[str] = frozenset()  # of what lay in the boxes when that was looked at last
    _zip: tuple[str, zip_reader.Contents] | None = None
    _foretold: tuple[tuple[object, ...], float, Forecast | None] | None = None
    _judged: _Pairs = ()

    @property
    def agreed(self) -> Agreement:
        """The tick that counts here."""
        return desk().agreed.beside(self.own)

    def notice(self, ids: frozenset[str]) -> None:
        """What lies in the boxes now, by the uploads' ids: where there is another file, its tick is another."""
        if ids - self._ids:
            self.own.renew()
        self._ids = ids

    def cross(
        self, targets: list[UploadedFile], sources: list[UploadedFile], settings: Settings, *, one_person: bool
    ) -> Plan:
        """Each source into each target, or all of them as one person's.

        Raises:
            BatchRejected: there are too many.
        """
        sides = [[self._photo(file) for file in side] for side in (targets, sources)]
        return planning.cross(sides[0], sides[1], settings, self.looker, one_person=one_person)

    def from_list(self, table: UploadedFile, photos: list[UploadedFile], settings: Settings) -> Plan:
        """By a table of pairs.

        Raises:
            BatchRejected: the table cannot be used.
        """
        shelf = [(file.name, self._photo(file)) for file in photos]
        return planning.from_list(table.getvalue(), shelf, settings, self.looker)

    def from_zip(self, file: UploadedFile, settings: Settings) -> Plan:
        """By a ZIP.

        Raises:
            BatchRejected: the ZIP cannot be used.
        """
        if self._zip is None or self._zip[0] != file.file_id:
            source: BinaryIO = file
            self._zip = (file.file_id, zip_reader.read(source, self.looker.allowed))
        return planning.from_contents(self._zip[1], settings, self.looker)

    def forecast(self, plan: Plan, machine: Machine) -> Forecast | None:
        """What a plan will take; the same for some seconds, since a thousand pairs take one to be weighed.

        Only once its photos have been looked at: how wide their faces are is known from there.
        """
        asked, now = (_pairs(plan), self.intent), time.monotonic()
        if self._foretold is None or self._foretold[0] != asked or now - self._foretold[1] > FRESH_S:
            self.shares.known.update(self.looks.shares)
            found = foretell(plan, self.shares, machine, len(self.queue.workers()), self.looks, self.intent)
            self._foretold = (asked, now, found)
        if self.planned is not None:
            self.planned = self.planned[0], self._foretold[2]
        return self._foretold[2]

    def check(self, plan: Plan) -> judging.Judging:
        """What would be queued now; its photos begin to be looked at and its pairs to be judged, unless they are."""
        self.planned = plan, None
        pairs = _pairs(plan)
        if self.judged is None or self._judged != pairs:
            self._stop_judging()
            self.judged, self._judged = judging.Judging(plan, self.looks), pairs
        return self.judged

    def skip(self) -> None:
        """Look at no more photos: what is wrong with the others, their jobs will tell. A callback."""
        if self.judged is not None:
            self.judged.stop()
            self.judged.wait(SKIP_S)

    def start(self, name: str, way: Way) -> None:
        """Queue what is planned as a new batch, but for what was found unusable; returns at once.

        A callback, which Streamlit keeps: it is given no photo.

        Args:
            name: of the file that it is called after.
        """
        self.error = None
        if self.planned is None or not self.agreed.is_given:  # its photos were let go, or its tick has been used
            return
        plan, forecast = self.planned
        plan = judging.without(plan, self.judged.found if self.judged else (), faceless=True)
        owner = visitor.owner()
        try:
            consent = self.agreed.hand_on(self.queue, owner)
            made = self.queue.make_batch(name, owner, way)
        except FusionError as error:
            self.error = frameless(error)
            return
        looks = self.looks
        self.intake = enqueue.Intake(
            self.queue,
            made,
            plan,
            owner,
            forecast.foretold if forecast else lambda pair: UNKNOWN,
            consent,
            is_served=visitor.is_served(),
            settled=lambda pair: forecast.settled(pair, looks) if forecast else pair.settings,
        )
        self.shown = None
        self.clear()

    def clear(self) -> None:
        """What was given is let go; a callback."""
        self.turn += 1
        upkeep().soon()
        self._stop_judging()
        self.looker, self._given, self._zip, self._foretold, self.planned = planning.Looker(), {}, None, None, None

    def forget(self, gone: set[str]) -> None:
        """Let go of uploads that no longer lie in a box, by their ids."""
        if gone & self._given.keys() or (self._zip is not None and self._zip[0] in gone):
            self.planned = None
            self._stop_judging()
        for id in gone & self._given.keys():
            self.looker.forget(self._given.pop(id))
        if self._zip is not None and self._zip[0] in gone:
            self._zip = None
            self.looker = planning.Looker()  # it knows the photos in it

    def batches(self) -> tuple[Batch, ...]:
        """Those of this visitor that hold anything, the newest first."""
        filling = self.intake.batch if self.intake and self.intake.view().is_running else None
        return tuple(one for one in self.queue.batches(visitor.sees()) if one.total or one.id == filling)

    def _stop_judging(self) -> None:
        if self.judged is not None:
            self.judged.stop()
        self.judged, self._judged = None, ()

    def _photo(self, file: UploadedFile) -> Given:
        if file.file_id not in self._given:
            self._given[file.file_id] = Given(job_text.short(file.name), file.size, file.getvalue)
        return self._given[file.file_id]


def _pairs(plan: Plan) -> _Pairs:
    return tuple((tuple(photo.sha256 for photo in pair.photos), pair.settings) for pair in plan.pairs)


def batch_desk() -> BatchDesk:
    """This session's."""
    if "batch_desk" not in st.session_state:
        st.session_state.batch_desk = BatchDesk(jobs(), Shares(finder()), judging.Looks(finder()))
    kept: BatchDesk = st.session_state.batch_desk
    uploads.tell(kept.forget)
    return kept
