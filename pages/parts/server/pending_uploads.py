"""Uploads that a page has asked for, that are on their way, and that wait to be taken: only those, and not too many."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadFileUrlInfo

from fusion.units import MIB

FILES = 1100  # of a session: a batch of 1,000 photos and a little more
SESSION_BYTES = 768 * MIB  # of a session: the largest ZIP and a little more
SHARE = 0.25  # of the machine's memory for everybody's; the largest ZIP fits in any case


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an upload is not taken, as an answer of HTTP."""

    status: int
    why: str


UNASKED = Refusal(403, "No page has asked for this file.")
TOO_MANY = Refusal(429, "Too many files wait in this window: start what was given, or remove some.")
TOO_LARGE = Refusal(413, "The files of this window weigh too much: give fewer at a time, or smaller ones.")
FULL = Refusal(503, "The server holds too many files of others just now: try again in a minute.")


@dataclass(slots=True, eq=False)
class Coming:
    """An upload on its way: how many bytes are set aside for it."""

    session: str
    bytes: int = 0


class Pending:
    """Of one server; used on its event loop.

    Args:
        manager: Streamlit's, which gives a page the addresses for uploads, and keeps what came.
        session_bytes, every_bytes: that one session, and all together, may have here.
        files: that one session may have here.
    """

    def __init__(
        self,
        manager: MemoryUploadedFileManager,
        session_bytes: int = SESSION_BYTES,
        every_bytes: int | None = None,
        files: int = FILES,
    ) -> None:
        memory = int(SHARE * psutil.virtual_memory().total)
        self._session_bytes, self._files = session_bytes, files
        self._every_bytes = max(session_bytes, memory) if every_bytes is None else every_bytes
        self._manager = manager
        self._asked: dict[str, OrderedDict[str, None]] = {}  # ids by session, the oldest first
        self._coming: list[Coming] = []
        self._addresses = manager.get_upload_urls
        # There is no other way to learn which addresses Streamlit has given to whom.
        manager.get_upload_urls = self._give_addresses  # type: ignore[method-assign]

    def begin(self, session: str, id: str, length: int) -> Coming | Refusal:
        """Set room aside for a file of at least so many bytes."""
        if id not in self._asked.get(session, ()):
            return UNASKED
        if len(self._kept(session)) + sum(one.session == session for one in self._coming) >= self._files:
            return TOO_MANY
        coming = Coming(session)
        return self.grow(coming, length) or coming

    def grow(self, coming: Coming, to: int) -> Refusal | None:
        """Set more room aside; why not, if there is none."""
        more = max(0, to - coming.bytes)
        if sum(self._kept(coming.session)) + self._on_the_way(coming.session) + more > self._session_bytes:
            return TOO_LARGE
        if self.every + more > self._every_bytes:
            return FULL
        if coming not in self._coming:
            self._coming.append(coming)
        coming.bytes += more
        return None

    def end(self, coming: Coming, is_known: bool) -> None:
        """It has come, or was cut off; `is_known`: whether its session is still there."""
        self._coming.remove(coming)
        if not is_known:
            self.forget(coming.session)

    def forget(self, session: str) -> None:
        """The session is over."""
        self._asked.pop(session, None)
        self._manager.remove_session_files(session)

    @property
    def sessions(self) -> set[str]:
        """Those that have something here, or may send something."""
        return {*self._asked, *list(self._manager.file_storage)}

    @property
    def every(self) -> int:
        """Bytes of everybody, kept and on their way."""
        kept = sum(sum(self._kept(session)) for session in list(self._manager.file_storage))
        return kept + sum(one.bytes for one in self._coming)

    def _kept(self, session: str) -> list[int]:
        files = self._manager.file_storage.get(session, {})
        return [len(file.data) for file in list(files.values())]

    def _on_the_way(self, session: str) -> int:
        return sum(one.bytes for one in self._coming if one.session == session)

    def _give_addresses(self, session_id: str, file_names: Sequence[str]) -> list[UploadFileUrlInfo]:
        given = self._addresses(session_id, file_names[: self._files])
        asked = self._asked.setdefault(session_id, OrderedDict())
        asked.update(dict.fromkeys(one.file_id for one in given))
        while len(asked) > self._files:
            asked.popitem(last=False)
        return given
