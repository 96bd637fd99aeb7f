"""Whether there is room on the data folder's disk for what a job makes, and a little that is set aside.

A database cannot even delete on a full disk. So a file of some megabytes, really written, lies in the data folder. It
is given up before something is deleted, and made again as soon as there is room; while it is missing, no job is taken.
Standard library.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fusion.errors import FusionError, Reason
from fusion.files import private
from fusion.units import MIB

RESERVE = "reserve"  # in the data folder
RESERVE_BYTES = 8 * MIB
LEAST_BYTES = 4 * MIB  # free, for a job to be taken
_MORE_BYTES = MIB  # than there were, once something did not fit, is worth another try
_AGAIN_S = 60.0  # and so is as much time: a quota is seen by nothing but writing

# Of random letters some would spell the name of a photo that somebody searches the disk for.
_NO_TEXT = bytes(byte % 32 for byte in range(256))


class Room:
    """The room of a data folder. Any thread; other processes may have one of the same folder.

    Attributes:
        error: "disk_full" or "data_unusable" while no job is to be taken; None where there is room.
    """

    def __init__(self, folder: Path) -> None:
        self.error: FusionError | None = None
        self._folder = folder
        self._file = folder / RESERVE
        self._lock = threading.Lock()
        self._wanted_bytes = LEAST_BYTES
        self._try_at = 0.0

    def is_there(self) -> bool:
        """Whether a job may be taken. Sets aside what is set aside, and tells in `error` why not."""
        with self._lock:
            try:
                is_known_full = self.error is not None
                if not is_known_full or self._is_worth_a_try():
                    self._wanted_bytes = LEAST_BYTES
                    self._check(by_writing=is_known_full)
                    self.error = None
            except OSError as error:
                self._note(error)
            return self.error is None

    def shortage(self) -> FusionError | None:
        """Why no job is taken now, for a process that takes none; nothing is written."""
        try:
            self._measure()
        except OSError as error:
            return self._told(error)
        return None

    def is_writable(self) -> bool:
        """Whether something can be written, as is in doubt now; `error` tells why not."""
        with self._lock:
            try:
                self._check(by_writing=True)
            except OSError as error:
                self._note(error)
                return False
            return True

    def ran_out(self) -> None:
        """Something did not fit, though it was to be expected that it would."""
        with self._lock:
            self._note(_no_space())
            try:
                self._wanted_bytes = private.free_bytes(self._folder) + _MORE_BYTES
            except OSError:
                self._wanted_bytes = LEAST_BYTES

    @contextmanager
    def spared(self) -> Iterator[None]:
        """Within it, what was set aside may be used, where there is nothing else."""
        try:
            if private.free_bytes(self._folder) < LEAST_BYTES + RESERVE_BYTES:
                self._file.unlink(missing_ok=True)
        except OSError:
            pass  # what is to be done within says by itself what it lacks
        try:
            yield
        finally:
            self.is_there()

    def _is_worth_a_try(self) -> bool:
        return private.free_bytes(self._folder) >= self._wanted_bytes or time.monotonic() >= self._try_at

    def _check(self, *, by_writing: bool) -> None:
        """Raises OSError: there is no room."""
        if self._measure():
            _fill(self._file, RESERVE_BYTES)
        elif by_writing:
            probe = self._file.with_name(f".{RESERVE}.{secrets.token_hex(4)}.tmp")  # as `private.tidy_written` knows it
            _fill(probe, LEAST_BYTES)
            probe.unlink(missing_ok=True)

    def _measure(self) -> int:
        """Bytes that are to be set aside yet; raises OSError: there is no room."""
        missing = 0 if self._is_whole() else RESERVE_BYTES
        if private.free_bytes(self._folder) < LEAST_BYTES + missing:
            raise _no_space()
        return missing

    def _is_whole(self) -> bool:
        try:
            return self._file.stat().st_size >= RESERVE_BYTES
        except FileNotFoundError:
            return False

    def _note(self, error: OSError) -> None:
        self.error = self._told(error)
        self._try_at = time.monotonic() + _AGAIN_S

    def _told(self, error: OSError) -> FusionError:
        reason = Reason.DISK_FULL if private.is_full(error) else Reason.DATA_UNUSABLE
        return FusionError(reason, folder=str(self._folder), why=private.cause(error))


def _fill(path: Path, size: int) -> None:
    """A file that takes up room, on disks too that store nothing for zeros or pack what repeats; no text is in it."""
    try:
        private.write(path, os.urandom(size).translate(_NO_TEXT), 0o600)
    except OSError as error:
        if error.errno != errno.EFBIG:  # a limit on the size of each file is none on their sum
            raise


def _no_space() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
