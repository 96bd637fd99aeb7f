"""Standard output and error, on which nothing fails: no encoding, no closed descriptor, no full disk, no broken pipe.

What an encoding lacks is written as an escape, and so is what would steer a terminal. What cannot be written at all is
let go of and remembered; `fusion.cli.command_line.run` tells of it when the command has ended, and the work itself goes
on. Standard library.
"""

from __future__ import annotations

import io
import json
import os
import re
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TextIO, cast

# Controls, and what turns the direction of writing: names of files are other people's words.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_ESCAPED = "backslashreplace"


class Kind(StrEnum):
    """What a text is for, and so what it means that it is lost."""

    ANSWER = "answer"  # what was asked for: without it the command has failed
    REPORT = "report"  # about something that has been done: it is done whether this can be read or not
    COMPLAINT = "complaint"  # on standard error: there is no other place to say that it is lost


_kind = Kind.ANSWER  # of what is being written to standard output
_lost: dict[Kind, OSError] = {}  # of the command that runs


def prepare() -> None:
    """Make the three streams usable, however the process was started. Again before each command; cheap."""
    _lost.clear()
    for descriptor in range(3):
        _fill(descriptor)
    sys.stdin = sys.stdin or _nothing(os.O_RDONLY)
    sys.stdout = _usable(sys.stdout, sys.__stdout__)
    sys.stderr = _usable(sys.stderr, sys.__stderr__)


def answer(line: str) -> None:
    """A line on standard output that was asked for."""
    print(plain(line))


def answer_json(value: Any) -> None:
    """One object on one line; beyond ASCII only where the stream takes everything."""
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_unicode)
    print(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def report(line: str) -> None:
    """A line on standard output about something that has been done."""
    with _as(Kind.REPORT):
        print(plain(line), flush=True)


def complain(text: str) -> None:
    """One line on standard error."""
    print(f"fusewise: {plain(' '.join(text.split()))}", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """One line on standard error about something that stops nothing."""
    print(f"note: {plain(' '.join(text.split()))}", file=sys.stderr, flush=True)


def write(descriptor: int, text: str, like: TextIO, kind: Kind) -> None:
    """Write past Python's streams, as `like` would encode it."""
    data = text.encode(like.encoding or "utf-8", errors=_ESCAPED)
    while data:
        data = data[_written(descriptor, data, kind) :]


def flush() -> None:
    """Bring out what has been printed."""
    sys.stdout.flush()
    sys.stderr.flush()


def lost(kind: Kind) -> OSError | None:
    """Why something could not be printed; None also where whoever was reading has gone and wants no more."""
    error = _lost.get(kind)
    return None if isinstance(error, BrokenPipeError) else error


def plain(line: str) -> str:
    """A line without what would break it or steer the terminal."""
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), line)


class _Sink(io.RawIOBase):
    """The bytes of a standard stream; what cannot be written is let go of."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return _written(self._descriptor, data, _kind if self._descriptor == 1 else Kind.COMPLAINT)


def _written(descriptor: int, data: Any, kind: Kind) -> int:
    """Write some of it; how many bytes need no further care."""
    while True:
        try:
            return os.write(descriptor, data)
        except BlockingIOError:  # it was made so by whoever shares it
            select.select([], [descriptor], [])
        except OSError as error:
            _lost.setdefault(kind, error)
            return len(data)


@contextmanager
def _as(kind: Kind) -> Iterator[None]:
    global _kind
    sys.stdout.flush()
    _kind = kind
    try:
        yield
    finally:
        _kind = Kind.ANSWER


def _fill(descriptor: int) -> None:
    """Open a descriptor that is closed, or the next file would get it, with all that is printed there."""
    try:
        os.fstat(descriptor)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != descriptor:
            os.dup2(null, descriptor)
            os.close(null)


def _usable(stream: TextIO | None, first: TextIO | None) -> TextIO:
    """A stream that takes everything, in place of one of the system's; one that is nobody's real output stays."""
    if stream is None:  # closed, or a program without a console
        return _nothing(os.O_WRONLY)
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream is not first or sys.platform == "win32":  # a console of Windows is no descriptor
        stream.reconfigure(errors=_ESCAPED)
        return stream
    stream.flush()
    buffer = io.BufferedWriter(cast(io.RawIOBase, _Sink(stream.fileno())))
    by_line = stream.line_buffering or stream.write_through
    return io.TextIOWrapper(buffer, stream.encoding, _ESCAPED, line_buffering=by_line)


def _nothing(flags: int) -> TextIO:
    """What nothing comes from and where nothing goes, for as long as the process."""
    descriptor = os.open(os.devnull, flags)
    return open(descriptor, "r" if flags == os.O_RDONLY else "w", encoding="utf-8", errors=_ESCAPED, closefd=False)
