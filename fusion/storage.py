"""Files that hold people's faces: private, whole or not there at all, and gone when they are old.

Standard library and psutil. Folders are 0700 and files 0600 where the system knows such modes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

RESULT_DAYS = 30  # a result that an app left behind by crashing is removed after so long
RESULT_BYTES = 2 * 1024**3  # and before that, oldest first, when they weigh more together

_OWNER = "owner.json"
_NAME = re.compile(r"[0-9a-f]{16}")  # of a job's folder; whatever else lies beside them is not ours to tidy
_BIRTH_S = 60.0  # a folder younger than this may be about to be claimed


def private_folder(path: Path) -> Path:
    """The folder, made with its parents if need be, closed to other users."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write(path: Path, data: bytes | Iterable[bytes], mode: int = 0o666) -> None:
    """Write a file so that it is there whole or as it was before.

    Args:
        data: the file, or its pieces in order, each of which is on the disk before the next is asked for.
        mode: as for `open`, less the process's umask, which in the worker leaves 0600.

    Raises:
        OSError: it could not be written.
        whatever `data` raises as it is asked for a piece.
    """
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines((data,) if isinstance(data, bytes) else data)
        os.replace(waiting, path)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise


def free_bytes(path: Path) -> int:
    """What is free on the disk on which `path` is or would be.

    Raises:
        OSError: the disk does not say.
    """
    there = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(there).free


def remove(folder: Path) -> None:
    """Remove a folder with what is in it; one that is gone is no error."""
    shutil.rmtree(folder, ignore_errors=True)


def new_name() -> str:
    """A name for a job and its folder, which nobody can guess."""
    return secrets.token_hex(8)


def claim(folder: Path) -> None:
    """Write down that this process uses the folder, so that another's `sweep` leaves it alone."""
    process = psutil.Process()
    write(folder / _OWNER, json.dumps({"pid": process.pid, "born": process.create_time()}).encode(), 0o600)


def sweep(folder: Path, kept: frozenset[str], now: float | None = None) -> None:
    """Tidy the job folders that dead processes have left. Several apps may do so at once.

    Args:
        folder: holds one folder a job, called by `new_name`.
        kept: names of the files that make a result; everything else in a dead job's folder goes, photos first of all.
        now: seconds since the epoch, for tests.
    """
    now = time.time() if now is None else now
    left: list[tuple[float, int, Path]] = []
    for job in folder.iterdir():
        with contextlib.suppress(OSError):  # another app has removed it this moment
            if not _NAME.fullmatch(job.name) or job.is_symlink() or _is_in_use(job, now):
                continue
            _strip(job, kept)
            born, size = job.stat().st_mtime, sum(file.stat().st_size for file in job.iterdir())
            if size == 0 or now - born > RESULT_DAYS * 86_400:
                remove(job)
            else:
                left.append((born, size, job))
    total = sum(size for _, size, _ in left)
    for _, size, job in sorted(left):
        if total <= RESULT_BYTES:
            break
        remove(job)
        total -= size


def _is_in_use(job: Path, now: float) -> bool:
    try:
        owner = json.loads((job / _OWNER).read_text())
        # A number is used again by later processes: the birth tells them apart.
        return bool(abs(psutil.Process(owner["pid"]).create_time() - owner["born"]) < 1.0)
    except FileNotFoundError:
        return now - job.stat().st_mtime < _BIRTH_S
    except (ValueError, KeyError, TypeError, psutil.Error):
        return False


def _strip(job: Path, kept: frozenset[str]) -> None:
    """Remove what is no result, and keep the folder's age, which unlinking would renew."""
    stat = job.stat()
    for file in job.iterdir():
        if file.name not in kept:
            with contextlib.suppress(OSError):
                file.unlink()
    os.utime(job, (stat.st_atime, stat.st_mtime))
