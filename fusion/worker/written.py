"""A job's files, written whole or not at all, and the errors for what stands against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from fusion.errors import FusionError, Reason
from fusion.files import outputs, private


def write(path: Path, pieces: Iterable[bytes], *, replace: bool) -> None:
    """Write a file whole or not at all; where that fails, a `FusionError` says why."""
    try:
        private.write(path, pieces, replace=replace)
    except OSError as error:
        raise unwritten(path, error) from error


def unwritten(path: Path, error: OSError) -> FusionError:
    """The error for a file that could not be written."""
    return full(path, error) if private.is_full(error) else outputs.refusal(path, error)


def full(path: Path, error: OSError) -> FusionError:
    """The error for a disk that is full."""
    return FusionError(Reason.DISK_FULL, folder=str(path.parent), why=private.why(error))


def heeded(pieces: Iterable[bytes], heed: Callable[[], None]) -> Iterator[bytes]:
    """The pieces, with a look at the watch before each."""
    for piece in pieces:
        heed()
        yield piece
