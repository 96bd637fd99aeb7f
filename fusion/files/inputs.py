"""Files that somebody named, opened without trusting what they are: nothing is read before its size is known.

Only ordinary files are read. A pipe would be waited for, a device never ends, and opening some devices does something.
Standard library.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from fusion.errors import FusionError, PhotoRejected, Phrase, PhraseCode, Reason
from fusion.units import MIB

# Never wait for the other end of a pipe, never become a terminal's. Windows knows neither, and wants "bytes" said.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_KINDS = (
    (stat.S_ISDIR, PhraseCode.FOLDER),
    (stat.S_ISFIFO, PhraseCode.PIPE),
    (stat.S_ISSOCK, PhraseCode.SOCKET),
    (stat.S_ISCHR, PhraseCode.DEVICE),
    (stat.S_ISBLK, PhraseCode.DEVICE),
)


def read(
    path: Path, most_bytes: int, kind: type[FusionError] = PhotoRejected, too_heavy: Reason = Reason.PHOTO_TOO_HEAVY
) -> bytes:
    """The bytes of a file, of which at most `most_bytes` + 1 are ever in memory.

    Args:
        path: of the file; symbolic links are followed.
        most_bytes: that are taken.
        kind: of the error.
        too_heavy: its reason where the file holds more; its sentence names `megabytes` and `limit_megabytes`.

    Raises:
        FusionError: of `kind`. "input_missing": it cannot be read. "input_kind": no ordinary file. `too_heavy`.
    """
    with opened(path, most_bytes, kind, too_heavy) as file:
        try:
            data = _all(file, most_bytes)
        except (OSError, ValueError) as error:
            raise missing(path, error, kind) from error
    if len(data) > most_bytes:
        raise _heavy(len(data), most_bytes, kind, too_heavy)
    return data


def opened(
    path: Path, most_bytes: int, kind: type[FusionError] = PhotoRejected, too_heavy: Reason = Reason.PHOTO_TOO_HEAVY
) -> BinaryIO:
    """The file, open for reading, none of it read.

    Raises:
        FusionError: as `read`.
    """
    size_bytes(path, kind)  # before it is opened: that alone may wind a tape or arm a watchdog
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise missing(path, error, kind) from error
    try:
        found = _ordinary(path, os.fstat(descriptor), kind)  # it may have been changed for another one meanwhile
        if found > most_bytes:
            raise _heavy(found, most_bytes, kind, too_heavy)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def size_bytes(path: Path, kind: type[FusionError] = PhotoRejected) -> int:
    """What the system says of the file's size; it is not opened.

    Raises:
        FusionError: of `kind`, "input_missing" or "input_kind".
    """
    try:
        return _ordinary(path, os.stat(path), kind)
    except (OSError, ValueError) as error:  # ValueError: no name of a file, with a NUL in it
        raise missing(path, error, kind) from error


def missing(path: Path, error: OSError | ValueError, kind: type[FusionError] = PhotoRejected) -> FusionError:
    """The error for a file that cannot be read."""
    return kind(Reason.INPUT_MISSING, path=str(path), why=getattr(error, "strerror", None) or str(error))


def _all(file: BinaryIO, most_bytes: int) -> bytes:
    """In one piece, as long as the system is right about the size; of /proc and of a file that grows it is not."""
    stated = min(os.fstat(file.fileno()).st_size, most_bytes)
    data = file.read(stated + 1)
    while stated < len(data) <= most_bytes:
        stated = len(data)
        data += file.read(min(MIB, most_bytes + 1 - len(data)))
    return data


def _ordinary(path: Path, found: os.stat_result, kind: type[FusionError]) -> int:
    if not stat.S_ISREG(found.st_mode):
        what = next((code for is_it, code in _KINDS if is_it(found.st_mode)), PhraseCode.SOMETHING_ELSE)
        raise kind(Reason.INPUT_KIND, path=str(path), what=Phrase(what))
    return found.st_size


def _heavy(size: int, most_bytes: int, kind: type[FusionError], reason: Reason) -> FusionError:
    return kind(reason, megabytes=size / MIB, limit_megabytes=round(most_bytes / MIB, 1))
