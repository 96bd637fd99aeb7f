"""Reads the unet engine's files and compares their sha256 with what the hub stated when they were downloaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fusion.errors import Reason, WeightsInvalid
from fusion.units import MIB
from fusion.weights.locate import FileState, FileStatus, Status
from fusion.weights.progress import Phase, Transfer, Watch

_BLOCK = 4 * MIB  # bytes


class Verdict(StrEnum):
    """What came of a file: as the hub stated, something else, not there, or nothing is known to compare it with."""

    SAME = "same"
    OTHER = "other"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verified:
    """A file and its verdict."""

    file: FileStatus
    verdict: Verdict


def verify(found: Status, watch: Watch) -> tuple[Verified, ...]:
    """Read every file whose sha256 is known."""
    total = sum(file.bytes for file in found.files if file.stated and file.stated.sha256)
    done, verdicts = 0, []
    for file in found.files:
        verdicts.append(Verified(file, _judge(file, done, total, watch)))
        done += file.bytes if file.stated and file.stated.sha256 else 0
    return tuple(verdicts)


def require(verified: tuple[Verified, ...]) -> None:
    """
    Raises:
        WeightsInvalid: a file is not what the hub stated.
    """
    for each in verified:
        if each.verdict == Verdict.OTHER:
            raise WeightsInvalid(Reason.WEIGHTS_DAMAGED, file=str(each.file.path))


def sha256_of(path: Path, transfer: Transfer, watch: Watch) -> str:
    """The sha256 of a file.

    Args:
        transfer: what to tell of before each block, with the bytes read so far added.

    Raises:
        OSError: it cannot be read.
    """
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            told = Transfer(
                Phase.CHECKING,
                transfer.file,
                read,
                transfer.file_total_bytes,
                transfer.bytes + read,
                transfer.total_bytes,
            )
            watch(told)
            digest.update(block)
            read += len(block)
    return digest.hexdigest()


def _judge(file: FileStatus, done: int, total: int, watch: Watch) -> Verdict:
    if file.state == FileState.MISSING:
        return Verdict.MISSING
    if file.state == FileState.WRONG:
        return Verdict.OTHER
    if not file.stated or not file.stated.sha256:
        return Verdict.UNKNOWN
    here = Transfer(Phase.CHECKING, file.file.path, 0, file.bytes, done, total)
    try:
        found = sha256_of(file.path, here, watch)
    except OSError:  # unreadable is not the same
        return Verdict.OTHER
    return Verdict.SAME if found == file.stated.sha256 else Verdict.OTHER
