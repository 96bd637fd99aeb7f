"""The photos that jobs are made of or that lie on desks, each kept once however many use it. Standard library.

A photo is a file called by its sha256. It stays as long as a job or a desk refers to it (`fusion.storage.history`
knows), so that a job can be run again, and goes with the last of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from fusion.errors import FusionError, Phrase, PhraseCode, Reason
from fusion.faces import known
from fusion.files import private

_NAME = re.compile(r"[0-9a-f]{64}")
_YOUNG_S = 600.0  # a file that nothing refers to may be about to get a job


class PhotoFiles:
    """A folder of photos.

    Args:
        folder: made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def name(data: bytes) -> str:
        """What a photo is called: its sha256."""
        return hashlib.sha256(data).hexdigest()

    def put(self, data: bytes) -> str:
        """Keep a photo and return its sha256.

        Raises:
            OSError: it could not be written.
        """
        sha256 = self.name(data)
        path = self.path(sha256)
        with contextlib.suppress(OSError):  # one that is not there yet, or not to be touched
            os.utime(path)  # whoever tidies sees that it is wanted
        try:
            is_there = path.stat().st_size == len(data)
        except FileNotFoundError:
            is_there = False
        if not is_there:
            private.private_folder(self.folder)
            private.write(path, data, 0o600)
        return sha256

    def path(self, sha256: str) -> Path:
        """Where a photo lies, whether it is there or not."""
        return self.folder / sha256

    def read(self, sha256: str) -> bytes:
        """A photo as it was uploaded.

        Args:
            sha256: "" for one of a job that has none any more.

        Raises:
            FusionError: "photos_gone".
        """
        if not sha256:
            raise FusionError(Reason.PHOTOS_GONE, why=Phrase(PhraseCode.PHOTOS_REMOVED))
        try:
            return self.path(sha256).read_bytes()
        except OSError as error:
            raise FusionError(Reason.PHOTOS_GONE, why=private.why(error)) from error

    def remove(self, names: Iterable[str]) -> list[str]:
        """Remove photos; one that is gone is no error.

        Returns:
            For each that is still there, why. `tidy` tries again.
        """
        stuck = []
        names = list(names)
        known.forget(names)
        for sha256 in filter(None, names):
            try:
                self.path(sha256).unlink(missing_ok=True)
            except OSError as error:
                stuck.append(private.why(error))
        return stuck

    def unwanted(self, wanted: frozenset[str], now: float | None = None) -> frozenset[str]:
        """The sha256 of photos that nothing refers to, and that nobody has just brought.

        Args:
            wanted: the sha256 of every photo that something refers to.
            now: seconds since the epoch, for tests.
        """
        now = time.time() if now is None else now
        found = set()
        for file in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):  # another app has removed it this moment
                if _NAME.fullmatch(file.name) and file.name not in wanted and now - file.stat().st_mtime > _YOUNG_S:
                    found.add(file.name)
        return frozenset(found)

    def tidy(self) -> list[str]:
        """Remove what a process that died has left half-written.

        Returns:
            For each that could not be removed, why.
        """
        return private.tidy_written(self.folder) if self.folder.is_dir() else []
