"""Files that hold people's faces: private, and whole or not there at all.

Standard library. Folders are 0700 and files 0600 where the system knows such modes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"[0-9a-f]{16}")  # of a job's folder
_BINARY = getattr(os, "O_BINARY", 0)  # without it Windows writes two bytes for each that is a newline
# What file systems without hard links answer (FAT, exFAT, some on a network).
_NO_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK})
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EACCES, errno.EPERM})


def private_folder(path: Path) -> Path:
    """The folder, made with its parents if need be, closed to other users."""
    made = [folder for folder in (path, *path.absolute().parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    for folder in made:
        _sync(folder.parent)
    return path


def write(path: Path, data: bytes | Iterable[bytes], mode: int = 0o666, *, replace: bool = True) -> None:
    """Write a file so that it is there whole or as it was before, whatever happens to the process or the machine.

    Args:
        data: the file, or its pieces in order, each of which is on the disk before the next is asked for.
        mode: as for `open`, less the process's umask, which in the worker leaves 0600.
        replace: whether a file that is there already gives way.

    Raises:
        FileExistsError: there is one, and it shall not be replaced.
        OSError: it could not be written.
        whatever `data` raises as it is asked for a piece.
    """
    with writing(path, mode, replace=replace) as file:
        file.writelines((data,) if isinstance(data, bytes) else data)


@contextmanager
def writing(path: Path, mode: int = 0o666, *, replace: bool = True) -> Iterator[BinaryIO]:
    """The same for whoever needs a file to write to. It gets its name when the block ends well.

    Raises:
        FileExistsError: there is a file already, and it shall not be replaced.
        OSError: it could not be written.
    """
    # no part of the file's own name, which may be as long as names can be
    waiting = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        with os.fdopen(os.open(waiting, flags, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a machine that loses power may keep the name and not what it names
        if replace:
            os.replace(waiting, path)
        else:
            _name_new(waiting, path)
        _sync(path.parent)  # nor may it lose the name, when a database says that there is one
    except BaseException:
        with contextlib.suppress(OSError):  # it was never made, or its disk is gone: the first error is the one to tell
            waiting.unlink()
        raise


def _name_new(waiting: Path, path: Path) -> None:
    """Give a file its name, unless another one has it; however many ask for it at once, one gets it."""
    try:
        os.link(waiting, path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))  # the name is ours from now on
        try:
            os.replace(waiting, path)
        except OSError:
            path.unlink()
            raise
    else:
        waiting.unlink()


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk, where a system knows how; Windows does so by itself.

    Raises:
        OSError: the disk failed.
    """
    if os.name == "nt":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:  # a folder that may be written and not read, or a system that has no such call
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
