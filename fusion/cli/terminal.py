"""A quiet terminal: what native libraries print while they work is set aside, and shown only when they fail."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from types import TracebackType
from typing import BinaryIO, Self, cast

from fusion.cli import streams
from fusion.cli.streams import Kind
from fusion.errors import FusionError
from fusion.memory import Step
from fusion.types import Stage

_BAR = 30  # characters
_DONE, _LEFT = "█░"


class Console:
    """Within it, descriptors 1 and 2 lead to a temporary file; a progress bar goes to the real terminal, if it is one.

    When it is left by anything but a `FusionError`, what was set aside goes to the real standard error.
    """

    def __enter__(self) -> Self:
        streams.flush()
        self._aside = _aside()
        self._real = (os.dup(1), os.dup(2))
        if self._aside is not None:
            os.dup2(self._aside.fileno(), 1)
            os.dup2(self._aside.fileno(), 2)
        self._is_terminal = os.isatty(self._real[1])
        self._bar = _bar(sys.stderr.encoding)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        streams.flush()
        self._draw("\r\x1b[K")
        for descriptor, real in zip((1, 2), self._real, strict=True):
            os.dup2(real, descriptor)
            os.close(real)
        if self._aside is None:
            return
        if error is not None and not isinstance(error, FusionError | KeyboardInterrupt):
            self._aside.seek(0)
            sys.stderr.write(self._aside.read().decode(errors="replace"))
        self._aside.close()

    def watch(self, stage: Stage, fraction: float) -> None:
        """Draw how far a job is."""
        self.show(fraction, stage)

    def show(self, fraction: float, text: str) -> None:
        """Draw a bar and a few words, cut to the width of the terminal."""
        done = round(_BAR * fraction)
        line = f"{self._bar[0] * done}{self._bar[1] * (_BAR - done)} {fraction:4.0%} {streams.plain(text)}"
        self._draw(f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K")

    def tell(self, step: Step) -> None:
        """Write what a rung of the ladder is to the real standard error, above the bar."""
        self.note(str(step.notice))

    def note(self, text: str) -> None:
        """Write a line to the real standard error, above the bar."""
        self._draw("\r\x1b[K")
        streams.write(self._real[1], f"note: {text}\n", sys.stderr, Kind.COMPLAINT)

    def say(self, line: str) -> None:
        """Write a line that was asked for to the real standard output."""
        streams.write(self._real[0], f"{streams.plain(line)}\n", sys.stdout, Kind.ANSWER)

    def _draw(self, text: str) -> None:
        if self._is_terminal:
            streams.write(self._real[1], text, sys.stderr, Kind.COMPLAINT)


def _aside() -> BinaryIO | None:
    """Where what is printed is set aside; None where no such file can be made: then it is shown as it comes."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError:
        return None


def _bar(encoding: str) -> tuple[str, str]:
    """What a bar is drawn with, as far as the terminal has it."""
    try:
        f"{_DONE}{_LEFT}".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "#", "-"
    return _DONE, _LEFT
