"""Files that hold people's faces: private, and whole or not there at all.

Standard library. Folders are 0700 and files 0600 where the system knows such modes.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterable
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{16}")  # of a job's folder


def private_folder(path: Path) -> Path:
    """The folder, made with its parents if need be, closed to other users."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write(path: Path, data: bytes | Iterable[bytes], mode: int = 0o666) -> None:
    """Write a file so that it is there whole or as it was before, whatever happens to the process or the machine.

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
            file.flush()
            os.fsync(file.fileno())  # else a machine that loses power may keep the name and not what it names
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


def tidy(folder: Path, known: Collection[str], older_than_s: float) -> None:
    """Remove folders of jobs that nobody knows of. Several apps may do so at once.

    Args:
        folder: holds one folder a job, called by `new_name`; whatever else lies there is left alone.
        known: the jobs that there are.
        older_than_s: what is younger stays: a job may be just being taken in, or its database be lost.
    """
    now = time.time()
    for job in folder.iterdir():
        with contextlib.suppress(OSError):  # another app has removed it this moment
            is_ours = _NAME.fullmatch(job.name) and not job.is_symlink()
            if is_ours and job.name not in known and now - job.stat().st_mtime > older_than_s:
                remove(job)
