"""Where results go: never over a file that was given, and over another one only where that was asked for.

Whether two names are one file is asked of the file system (links, case), and where there is no file yet, of the names.
Standard library.
"""

from __future__ import annotations

import errno
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from fusion.errors import OutputRejected, Phrase, PhraseCode, Reason
from fusion.files import names, private

_NAME_BYTES = 255  # of a file's name, where the system does not say
# What is wrong with the place that was given, and not with the disk or the machine.
_PLACE = frozenset(
    {
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP),
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENXIO, errno.ENODEV, errno.EXDEV),
    }
)
_NAME = frozenset({errno.EINVAL, errno.EILSEQ})
Pieces = bytes | Callable[[], Iterable[bytes]]  # of a file: as a whole, or made anew for each try


class Inputs:
    """Files that were given: photos, recipes, tables, archives, weights. They need not be there.

    Args:
        paths: as they were given; what stands behind a link counts too.
    """

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self._files: set[tuple[int, int]] = set()
        self._places: set[tuple[int, int, str]] = set()
        for path in (*paths, *_in_the_environment()):
            self._files |= _file(path)
            self._places |= _place(path) | _place(_behind_links(path))

    def has(self, path: Path) -> bool:
        """Whether writing to `path` would harm one of them, on this file system or on one where case means nothing."""
        return bool(_file(path) & self._files or _place(path) & self._places)


class Folder:
    """A folder that results are put into, each under a name that nothing else has.

    Args:
        path: it is there.
        inputs: files that are never written over.
        overwrite: whether other files are.
    """

    def __init__(self, path: Path, inputs: Inputs, *, overwrite: bool = False) -> None:
        self.path = path
        self._inputs = inputs
        self._overwrite = overwrite
        self._taken: set[str] = set()
        self._most_bytes = name_bytes(path)

    def put(self, stem: str, files: Mapping[str, Pieces]) -> str:
        """Write files that belong together under one stem; which one it became.

        `stem`, or where that is a file that was given `stem (fused)`; the first that is free of it, `… (2)`, `… (3)`.

        Args:
            files: by their suffixes.

        Raises:
            OutputRejected: they could not be written.
        """
        for free in self._free(stem, tuple(files)):
            paths = {self._at(free, suffix): pieces for suffix, pieces in files.items()}
            try:
                self._write(paths)
            except FileExistsError:  # since it was looked for
                continue
            except OSError as error:
                raise refusal(next(iter(paths)), error) from error
            self._taken |= {names.alike(path.name) for path in paths}
            return free
        raise AssertionError("numbers do not end")

    def _free(self, stem: str, suffixes: tuple[str, ...]) -> Iterator[str]:
        room = self._most_bytes - max(len(suffix) for suffix in suffixes)
        mark = " (fused)" if self._is_given(names.cut(stem, room), suffixes) else ""
        for number in itertools.count(1):
            end = mark if number == 1 else f"{mark} ({number})"
            name = names.cut(stem, room - len(end)).rstrip(" .") + end
            if not any(self._is_taken(self._at(name, suffix)) for suffix in suffixes):
                yield name

    def _at(self, stem: str, suffix: str) -> Path:
        return self.path / names.on_disk(f"{stem}{suffix}")

    def _is_given(self, stem: str, suffixes: tuple[str, ...]) -> bool:
        return any(self._inputs.has(self._at(stem, suffix)) for suffix in suffixes)

    def _is_taken(self, path: Path) -> bool:
        if names.alike(path.name) in self._taken or self._inputs.has(path):
            return True
        return path.is_dir() if self._overwrite else os.path.lexists(path)

    def _write(self, files: Mapping[Path, Pieces]) -> None:
        made: list[Path] = []
        try:
            for path, pieces in files.items():
                private.write(path, pieces if isinstance(pieces, bytes) else pieces(), replace=self._overwrite)
                made.append(path)
        except OSError:
            if not self._overwrite:  # what is there now is ours, and goes with what it belongs to
                for path in made:
                    path.unlink(missing_ok=True)
            raise


def check(path: Path, inputs: Inputs, *, overwrite: bool = False) -> None:
    """Refuse, before any work, a name under which no result can be written.

    Raises:
        OutputRejected
    """
    try:
        check_folder(path.parent)
        _check_name(path)
        there = os.path.lexists(path)
        if there and path.is_dir():
            raise OutputRejected(Reason.OUTPUT_UNWRITABLE, why=Phrase(PhraseCode.IS_FOLDER, {"path": str(path)}))
    except (OSError, ValueError) as error:
        raise refusal(path, error) from error
    if inputs.has(path):
        raise OutputRejected(Reason.OUTPUT_IS_INPUT, path=str(path))
    if there and not overwrite:
        raise OutputRejected(Reason.OUTPUT_EXISTS, path=str(path))


def check_folder(folder: Path) -> None:
    """Refuse a folder in which nothing can be written.

    Raises:
        OutputRejected
        OSError: it cannot be looked at.
    """
    if not folder.is_dir():
        raise OutputRejected(Reason.OUTPUT_UNWRITABLE, why=Phrase(PhraseCode.NO_FOLDER, {"path": str(folder)}))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputRejected(Reason.OUTPUT_UNWRITABLE, why=Phrase(PhraseCode.FOLDER_UNWRITABLE, {"path": str(folder)}))


def refusal(path: Path, error: OSError | ValueError) -> OutputRejected:
    """What people are told of an error of the system about a result: its name, its place or the disk is to blame."""
    code = error.errno if isinstance(error, OSError) else errno.EINVAL
    if code == errno.EEXIST:
        return OutputRejected(Reason.OUTPUT_EXISTS, path=str(path))
    if code == errno.ENAMETOOLONG:
        size, limit = len(os.fsencode(path.name)), name_bytes(path.parent)
        if size > limit:
            return OutputRejected(Reason.OUTPUT_NAME_LONG, bytes=size, limit=limit)
        return OutputRejected(Reason.OUTPUT_PATH_LONG)
    if code in _NAME:
        return OutputRejected(Reason.OUTPUT_NAME, name=path.name)
    return OutputRejected(Reason.OUTPUT_UNWRITABLE if code in _PLACE else Reason.OUTPUT_FAILED, why=private.why(error))


def name_bytes(folder: Path) -> int:
    """How long a file's name may be in a folder."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows has no such call, nor has every file system an answer
        return _NAME_BYTES


def _check_name(path: Path) -> None:
    size, limit = len(os.fsencode(path.name)), name_bytes(path.parent)
    if size > limit:
        raise OutputRejected(Reason.OUTPUT_NAME_LONG, bytes=size, limit=limit)
    if "\0" in path.name:
        raise OutputRejected(Reason.OUTPUT_NAME, name=path.name)
    if sys.platform == "win32" and (names.is_reserved(path.name) or path.name.endswith((" ", "."))):
        raise OutputRejected(Reason.OUTPUT_NAME, name=path.name)


def _file(path: Path) -> set[tuple[int, int]]:
    """What the file system knows a file by; nothing where there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return set()
    return {(status.st_dev, status.st_ino)}


def _behind_links(path: Path) -> Path:
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):  # no system can be asked for such a name
        return path


def _place(path: Path) -> set[tuple[int, int, str]]:
    """A folder and the name in it, as compared; nothing where there is no such folder."""
    return {(*folder, names.alike(path.name)) for folder in _file(path.parent)}


def _in_the_environment() -> Iterator[Path]:
    """Files that variables name: weights."""
    for name, value in os.environ.items():
        if name.startswith("FUSEWISE_") and value:
            yield Path(os.path.expanduser(value))
