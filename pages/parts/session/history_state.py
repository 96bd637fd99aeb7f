"""The typed door to what a session does in the history: which jobs it may see, which it has open, which it has chosen.

The address says what is open (`?job=...`, and `&with=...` beside it), so that a page can be loaded again. Nobody sees
another's job by it: whose a job is is asked each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from fusion.errors import FusionError, Reason, frameless
from fusion.jobs import Batch, Jobs, JobView, Query
from pages.parts.server import rights, visitor
from pages.parts.services import jobs, shelf
from pages.parts.session.previews import ResultView
from pages.parts.session.thumbnails import Thumbnails

OPEN, BESIDE = "job", "with"  # in the address
FROM = "from"  # likewise: the batch that somebody came from
_ID = re.compile(r"[0-9a-f]{1,64}")


@dataclass(slots=True)
class Album:
    """What one session does in the history."""

    queue: Jobs
    chosen: list[str] = field(default_factory=list)
    error: FusionError | None = None  # of what was last asked for
    seen: tuple[object, ResultView] | None = None  # the result that is open, and what it was made of

    def job(self, id: str) -> JobView:
        """A job that this visitor may see.

        Raises:
            FusionError: "job_unknown", also of a job that is somebody else's, or that was deleted.
        """
        if not _ID.fullmatch(id):
            raise FusionError(Reason.JOB_UNKNOWN, id="?")
        view = self.queue.view(id)
        if not visitor.may_see(view.owner) or view.discarded is not None:
            raise FusionError(Reason.JOB_UNKNOWN, id=id)
        return view

    def opened(self) -> tuple[JobView, ...]:
        """What the address says is open: nothing, one job or two.

        Raises:
            FusionError: as `job`.
        """
        asked = [st.query_params[name] for name in (OPEN, BESIDE) if name in st.query_params]
        return tuple(self.job(id) for id in asked)

    def came_from(self) -> Batch | None:
        """The batch that somebody came from to what is open; None where it was none, is gone, or is somebody else's."""
        id = st.query_params.get(FROM, "")
        return next((batch for batch in self.queue.batches(visitor.sees()) if batch.id == id), None)

    def open(self, *ids: str) -> None:
        """Show one job, or two beside each other; a callback."""
        st.query_params.update(dict(zip((OPEN, BESIDE), ids, strict=False)))

    def close(self) -> None:
        """Back to all of them; a callback."""
        for name in (OPEN, BESIDE, FROM):
            st.query_params.pop(name, None)
        self.seen = self.error = None

    def tick(self, id: str) -> None:
        """Take a tick of a job's, or its going, for what it is; a callback."""
        others = [each for each in self.chosen if each != id]
        self.chosen = [*others, id] if st.session_state[tick_key(id)] else others

    def untick(self) -> None:
        """Nothing is chosen any more; a callback."""
        for id in self.chosen:
            st.session_state[tick_key(id)] = False
        self.chosen = []

    def chosen_jobs(self) -> tuple[JobView, ...]:
        """What is chosen and still there."""
        found = []
        for id in list(self.chosen):
            try:
                found.append(self.job(id))
            except FusionError as error:
                if error.reason != Reason.JOB_UNKNOWN:  # of the database: what is chosen stays chosen
                    raise
                self.chosen.remove(id)
        return tuple(found)

    def retry(self, id: str) -> None:
        """Queue a job again; a callback."""
        with self._told():
            self.queue.retry(self.job(id).id)

    def cancel(self, id: str) -> None:
        """Cancel a job; a callback."""
        with self._told():
            self.queue.cancel(self.job(id).id)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove jobs and their files, which can be taken back for a while; somebody else's are left. A callback."""
        with self._told():
            self.queue.discard([self.job(id).id for id in ids])
        thumbnails().drop(ids)
        self._let_go(ids)

    def take_back(self, ids: Sequence[str]) -> None:
        """Have jobs again that were deleted a moment ago; a callback."""
        with self._told():
            mine = [view.id for view in self.queue.history(Query(owner=visitor.sees(), discarded=True, limit=-1))]
            self.queue.restore([id for id in ids if id in mine])

    def purge(self, owner: str | None) -> None:
        """Remove everything of an owner's, or of everybody's for None."""
        with self._told():
            shelf().forget(owner)
            self.queue.purge(owner)
        thumbnails().drop(None)  # those of others are made again when they are shown
        self._let_go(self.chosen)

    def keep_for(self, days: int | None) -> None:
        """Keep jobs for so many days; None: for ever. A callback.

        Raises:
            NotAllowed: the session is not the administrator's.
        """
        rights.need()
        with self._told():
            self.queue.keep_for(days)

    def _let_go(self, ids: Sequence[str]) -> None:
        if any(st.query_params.get(name) in ids for name in (OPEN, BESIDE)):
            self.close()
        self.chosen = [id for id in self.chosen if id not in ids]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What cannot be done is told on the page."""
        self.error = None
        try:
            yield
        except FusionError as error:
            self.error = frameless(error)


def tick_key(id: str) -> str:
    """The key of the box that chooses a job."""
    return f"tick_{id}"


@st.cache_resource(show_spinner=False)
def thumbnails() -> Thumbnails:
    """One store of small pictures for all sessions; each picture is shown to those who may see its job."""
    return Thumbnails()


def album() -> Album:
    """This session's album."""
    kept: Album = st.session_state.setdefault("album", Album(jobs()))
    return kept
