"""The manifest of a batch's files: the sha256 of each, so that whoever gets them can tell whether they are whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from fusion.batches.zip_stream import Member, Sent
from fusion.provenance import VERSION

STEM, SUFFIX = "manifest", ".json"
NAME = STEM + SUFFIX
FORMAT = 1
_ANY = "0" * 64  # as long as every sha256


class Hashed:
    """Pieces of a file, made anew for each try, that are hashed as they are taken.

    Args:
        pieces: makes them.
    """

    def __init__(self, pieces: Callable[[], Iterator[bytes]]) -> None:
        self._pieces = pieces
        self._digest = hashlib.sha256()
        self._size = 0

    def __call__(self) -> Iterator[bytes]:
        self._digest, self._size = hashlib.sha256(), 0
        for piece in self._pieces():
            self._digest.update(piece)
            self._size += len(piece)
            yield piece

    def sent(self, name: str) -> Sent:
        """What was taken last, under the name that it got."""
        return Sent(name, self._size, self._digest.hexdigest())


def text(files: Iterable[Sent], made: datetime | None = None) -> bytes:
    """The manifest as a file, ending in a newline.

    Args:
        files: in the order in which they were written.
        made: when; now if None.
    """
    told = {
        "fusewise": VERSION,
        "format": FORMAT,
        "made": (made or datetime.now(UTC)).isoformat(timespec="seconds"),
        "files": [{"name": file.name, "bytes": file.size, "sha256": file.sha256} for file in files],
    }
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode(errors="replace")


def member(others: Sequence[Member]) -> Member:
    """The manifest of a ZIP, after all others. How long it will be is known if that is known of these."""
    made = datetime.now(UTC)
    known = [Sent(each.name, each.size, _ANY) for each in others if each.size is not None]
    size = len(text(known, made)) if len(known) == len(others) else None
    return Member.of_made(NAME, lambda sent: text(sent, made), size)
