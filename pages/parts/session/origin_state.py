"""What a session has learnt of where a picture comes from: the report and the file's name, and nothing of the file."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from fusion import config, signing
from fusion.errors import FusionError, frameless
from fusion.verification import LIMITS, Report, verify
from pages.parts.session.history_state import Album

_one_at_a_time = threading.Lock()  # a frame in full is held for a moment


@dataclass(slots=True)
class Origin:
    """One file's.

    Attributes:
        album: whose jobs are known.
        report: None before there was a file.
        error: why a file could not be read.
        turn: goes into the uploader's key: a new turn is an empty uploader.
    """

    album: Album
    name: str = ""
    report: Report | None = None
    error: FusionError | None = None
    turn: int = 0

    def take(self, data: bytes, name: str, most_bytes: int) -> None:
        """Look at a file, and keep the report alone; or the reason why it is refused.

        Args:
            most_bytes: it may have.
        """
        self.remove()
        try:
            trusted, limits = signing.trusted_roots(config.load()), replace(LIMITS, max_bytes=most_bytes)
            with _one_at_a_time:
                self.report = verify(data, limits=limits, trusted=trusted, known=self.is_known)
            self.name = name
        except FusionError as error:
            self.error = frameless(error)

    def remove(self) -> None:
        """An empty place for another file; a callback."""
        self.turn += 1
        self.name, self.report, self.error = "", None, None

    def is_known(self, id: str) -> bool:
        """Whether a number is that of a job that this visitor may see."""
        try:
            self.album.job(id)
        except FusionError:  # there is none, or it is somebody else's
            return False
        return True
