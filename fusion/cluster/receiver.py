"""A node's side of weights on their way: which of the files offered it lacks, and how these get into their places.

Whole and with the sha256 that was stated, or not at all. One worker's actor receives at a time on a machine. Needs no
Ray.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from fusion.cluster.offered import Lack, Offered, Part, differs, place
from fusion.errors import Phrase, PhraseCode
from fusion.files import private
from fusion.units import GB
from fusion.weights import locate
from fusion.weights.downloader import SPARE_BYTES

ARRIVING = ".arriving"  # beside the folders of weights: what is on its way


class Answer(NamedTuple):
    """What a node says of what it was offered.

    Attributes:
        wanted: the files that shall be sent, in this order.
        lacks: what is not there in the end although it was offered, and why none of it shall be sent.
        is_busy: another worker of this machine is being sent files: ask again.
    """

    wanted: tuple[Offered, ...] = ()
    lacks: tuple[Lack, ...] = ()
    is_busy: bool = False


class Receiver:
    """Takes files in, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alone: FileLock | None = None
        self._is_closed = False
        self._digest = hashlib.sha256()

    def sweep(self) -> None:
        """Remove what one has left that was killed before it could."""
        with self._lock, contextlib.suppress(OSError):
            if _arriving().exists() and self._begin():
                self._end()

    def offer(self, files: Sequence[Offered]) -> Answer:
        """Look which of these this machine lacks. Those that it wants are to be sent, and then `close` called."""
        with self._lock:
            wanted, lacks = _looked_at(files)
            if not wanted:
                return Answer((), lacks)
            try:
                if not self._begin():
                    return Answer(is_busy=True)
                room = private.free_bytes(_arriving())
            except OSError as error:
                return Answer((), (*lacks, *_all_lack(wanted, private.why(error))))
            wanted, _ = _looked_at(files)  # another worker may have got them meanwhile
            needed = sum(file.size_bytes for file in wanted) + SPARE_BYTES
            if needed > room:
                self._end()
                why = Phrase(PhraseCode.NODE_NO_ROOM, {"needed": needed / GB, "free": room / GB})
                return Answer((), (*lacks, *_all_lack(wanted, why)))
            return Answer(wanted, lacks)

    def take(self, file: Offered, at: int, piece: bytes) -> Lack | None:
        """The next piece of a file; after the last one it gets its name. None where all is well.

        Args:
            at: of its first byte.
        """
        with self._lock:
            if self._alone is None:
                return Lack(file.part, file.name, "…")
            try:
                return self._taken(file, at, piece)
            except OSError as error:
                return Lack(file.part, file.name, private.why(error))

    def settle(self, manifest: bytes) -> None:
        """All files have come: keep the list of them, unless there is one, and let others receive."""
        with self._lock:
            folder = locate.place()
            if manifest and locate.look(folder).is_ready and not (folder / locate.MANIFEST).exists():
                with contextlib.suppress(OSError):  # the files are there, which is what counts
                    private.write(folder / locate.MANIFEST, manifest)
            self._end()

    def close(self) -> None:
        """Nothing more is received; what is not whole goes. May be called twice."""
        with self._lock:
            self._is_closed = True
            self._end()

    def _begin(self) -> bool:
        if self._alone is not None:
            return True
        if self._is_closed:
            return False
        arriving = _arriving()
        arriving.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(arriving.with_name(f"{ARRIVING}.lock"), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        private.remove(arriving)  # of one that was interrupted
        arriving.mkdir(mode=0o700)
        self._alone = lock
        return True

    def _end(self) -> None:
        if self._alone is not None:
            private.remove(_arriving())
            self._alone.release()
            self._alone = None

    def _taken(self, file: Offered, at: int, piece: bytes) -> Lack | None:
        path, into = _arriving() / "file", place(file)
        with path.open("wb" if at == 0 else "ab") as open_file:
            if at == 0:
                self._digest = hashlib.sha256()
            if open_file.tell() != at:
                return _damaged(file)
            open_file.write(piece)
            self._digest.update(piece)
            if at + len(piece) < file.size_bytes:
                return None
            open_file.flush()
            os.fsync(open_file.fileno())  # before the name is there, as a power cut leaves names without contents
        if self._digest.hexdigest() != file.sha256:
            return _damaged(file)
        into.parent.mkdir(parents=True, exist_ok=True)
        if into.exists():  # somebody has put one there meanwhile
            return Lack(file.part, file.name, differs(file.name), has_own=True)
        os.replace(path, into)
        return None


def _looked_at(files: Sequence[Offered]) -> tuple[tuple[Offered, ...], tuple[Lack, ...]]:
    """Which are wanted; what has to do without, since this machine has another of its own."""
    wanted: list[Offered] = []
    lacks: list[Lack] = []
    for part in Part:
        of_part = [file for file in files if file.part == part]
        missing, other = _sorted_out(of_part, _folder_of_unet() if part == Part.UNET else None)
        if other is not None:  # sets are not mixed
            has_own = part != Part.UNET or locate.status().is_ready
            lacks.append(Lack(part, other.name, differs(other.name), has_own=has_own))
        else:
            wanted += missing
    return tuple(wanted), tuple(lacks)


def _sorted_out(files: Iterable[Offered], folder: Path | None) -> tuple[list[Offered], Offered | None]:
    missing: list[Offered] = []
    for file in files:
        path = place(file) if folder is None else folder / file.name
        if not path.is_file():
            missing.append(file)
        elif not _is_same(path, file, locate.read_manifest(folder) if folder else {}):
            return [], file
    return missing, None


def _folder_of_unet() -> Path:
    """Where the engine would find them now, or where they would go."""
    found = locate.status()
    return found.folder if found.is_ready else locate.place()


def _is_same(path: Path, file: Offered, manifest: Mapping[str, locate.Stated]) -> bool:
    stated = manifest.get(file.name)
    try:
        if path.stat().st_size != file.size_bytes:
            return False
        return (stated.sha256 if stated and stated.sha256 else locate.sha256_of(path)) == file.sha256
    except OSError:
        return False


def _all_lack(files: Sequence[Offered], why: str | Phrase) -> tuple[Lack, ...]:
    """One for each part."""
    first = {file.part: file for file in reversed(files)}
    return tuple(Lack(file.part, file.name, why) for file in first.values())


def _damaged(file: Offered) -> Lack:
    return Lack(file.part, file.name, Phrase(PhraseCode.NODE_FILE_DAMAGED, {"file": file.name}))


def _arriving() -> Path:
    return locate.place().parent / ARRIVING
