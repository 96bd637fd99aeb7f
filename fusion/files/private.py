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

from fusion.errors import Phrase, PhraseCode

_NAME = re.compile(r"[0-9a-f]{16}")  # of a job's folder
_BINARY = getattr(os, "O_BINARY", 0)  # without it Windows writes two bytes for each that is a newline
# What file systems without hard links answer (FAT, exFAT, some on a network).
_NO_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK})
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EACCES, errno.EPERM})
_WAITING = re.compile(r"\.(?:[0-9a-f]{16}|.+\.[0-9a-f]{8})\.tmp")  # files that are being written, see `write`
_GOING = re.compile(r"\..+\.[0-9a-f]{8}\.gone")  # folders that are being removed, see `remove`
_LOGS = ("worker.log", "worker-[0-9]*.log", "worker.log.1", "worker-[0-9]*.log.1")
_ABANDONED_S = 600.0  # after which nobody writes a file any more
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class NoFolder(NotADirectoryError):
    """Something else is in the place of a folder.

    Attributes:
        phrase: what it is.
    """

    def __init__(self, path: Path) -> None:
        code = PhraseCode.LINK_TO_NOTHING if path.is_symlink() else PhraseCode.FILE_FOR_FOLDER
        self.phrase = Phrase(code, {"path": str(path)})
        super().__init__(errno.ENOTDIR, str(self.phrase), str(path))


def private_folder(path: Path) -> Path:
    """The folder, made with its parents if need be. What is made is closed to other users; what was there stays.

    Raises:
        OSError: it cannot be made, or is no folder.
    """
    if not path.is_dir():
        if path.parent != path:
            private_folder(path.parent)
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as error:
            raise NoFolder(path) from error
        _sync(path.parent)
    return path


def unusable(folder: Path) -> str:
    """Why a folder can be neither made nor written, without its name; "" where it can be. Nothing is made."""
    try:
        there = folder if folder.is_symlink() or folder.exists() else nearest(folder)
    except (OSError, ValueError) as error:
        return why(error)
    name = "it" if there == folder else "what is above it"
    if not there.is_dir():
        return f"{name} is a link that leads nowhere" if there.is_symlink() else f"{name} is a file, not a folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{name} cannot be written"


def is_full(error: BaseException) -> bool:
    """Whether something could not be written because the disk, or this user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def cause(error: Exception) -> str | Phrase:
    """What is in a folder's place, or `why`."""
    return error.phrase if isinstance(error, NoFolder) else why(error)


def why(error: Exception) -> str:
    """What the system says of a failure, without the name of the file."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


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


def nearest(path: Path) -> Path:
    """The path, or the first of the folders above it that there is; whatever cannot be looked at is not."""
    absolute = path.absolute()
    for place in (absolute, *absolute.parents):
        with contextlib.suppress(OSError, ValueError):
            if place.exists():
                return place
    return Path(absolute.anchor)


def free_bytes(path: Path) -> int:
    """What is free on the disk on which `path` is or would be; nothing, where it takes no more files.

    Raises:
        OSError: the disk does not say.
    """
    there = nearest(path)
    if hasattr(os, "statvfs"):
        disk = os.statvfs(there)
        if disk.f_files and not disk.f_favail:  # some disks have no limit on their number
            return 0
    return shutil.disk_usage(there).free


def remove(folder: Path) -> str:
    """Remove a folder with what is in it; one that is gone is no error.

    Returns:
        Why some of it is still there, "" where nothing is. `tidy` tries again.
    """
    going = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.gone")
    try:
        os.replace(folder, going)  # so that it is known to be unwanted whatever happens from here on
    except FileNotFoundError:
        return ""
    except OSError:
        going = folder  # something in it may be open
    return _remove_all(going)


def _remove_all(folder: Path) -> str:
    """Remove what can be removed, and follow no link; why something is still there, "" where nothing is."""
    failed: list[str] = []

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            failed.append(why(error))

    for place, folders, files in os.walk(folder, topdown=False, onerror=note):
        for name in (*files, *folders):
            _remove_one(Path(place, name), failed)
    _remove_one(folder, failed)
    return failed[0] if failed else ""


def _remove_one(path: Path, failed: list[str]) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    except FileNotFoundError:  # another app has removed it this moment
        return
    except OSError as error:
        failed.append(why(error))


def clear_logs(folder: Path) -> None:
    """Empty the workers' logs, which may name photos; whoever writes one goes on at its beginning."""
    for log in (each for pattern in _LOGS for each in folder.glob(pattern)):
        with contextlib.suppress(OSError):  # it is another app's; it is short, and holds no name that a person gave
            os.truncate(log, 0)


def new_name() -> str:
    """A name for a job and its folder, which nobody can guess."""
    return secrets.token_hex(8)


def tidy(folder: Path, known: Collection[str], older_than_s: float | None) -> list[str]:
    """Remove folders of jobs that nobody knows of, and what was not written, or not removed, to its end.

    Several apps may do so at once.

    Args:
        folder: holds one folder a job, called by `new_name`; whatever else lies there is left alone.
        known: the jobs that there are.
        older_than_s: what is younger stays: a job may be just being taken in, or its database be lost. None: all stay.

    Returns:
        For each that could not be removed, why.
    """
    now = time.time()
    stuck = []
    for job in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another app has removed it this moment
            is_ours = _NAME.fullmatch(job.name) and not job.is_symlink()
            is_old = older_than_s is not None and now - job.stat().st_mtime > older_than_s
            if _GOING.fullmatch(job.name):
                stuck.append(_remove_all(job))
            elif is_ours and job.name not in known and is_old:
                stuck.append(remove(job))
            elif is_ours:
                stuck += tidy_written(job)
    return [reason for reason in stuck if reason]


def tidy_written(folder: Path) -> list[str]:
    """Remove files that a process was writing into a folder as it ended.

    Returns:
        For each that could not be removed, why.
    """
    now = time.time()
    stuck = []
    for file in folder.iterdir():
        if _WAITING.fullmatch(file.name):
            try:
                if now - file.stat().st_mtime > _ABANDONED_S:
                    file.unlink()
            except FileNotFoundError:  # another app has removed it this moment, or it is written now
                continue
            except OSError as error:
                stuck.append(why(error))
    return stuck
