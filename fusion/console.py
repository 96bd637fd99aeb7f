"""A quiet terminal: what native libraries print while they work is set aside, and shown only when they fail."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from types import TracebackType
from typing import Self

from fusion.errors import FusionError
from fusion.ladder import Step
from fusion.spec import Stage

_BAR = 30  # characters


class Console:
    """Within it, descriptors 1 and 2 lead to a temporary file; a progress bar goes to the real terminal, if it is one.

    When it is left by anything but a `FusionError`, what was set aside goes to the real standard error.
    """

    def __enter__(self) -> Self:
        sys.stdout.flush()
        sys.stderr.flush()
        self._real = (os.dup(1), os.dup(2))
        self._aside = tempfile.TemporaryFile()
        os.dup2(self._aside.fileno(), 1)
        os.dup2(self._aside.fileno(), 2)
        self._is_terminal = os.isatty(self._real[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._draw("\r\x1b[K")
        for descriptor, real in zip((1, 2), self._real, strict=True):
            os.dup2(real, descriptor)
            os.close(real)
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
        line = f"{'█' * done}{'░' * (_BAR - done)} {fraction:4.0%} {text}"
        self._draw(f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K")

    def tell(self, step: Step) -> None:
        """Write what a rung of the ladder is to the real standard error, above the bar."""
        self._draw("\r\x1b[K")
        os.write(self._real[1], f"note: {step.notice}\n".encode())

    def say(self, line: str) -> None:
        """Write a line to the real standard output."""
        os.write(self._real[0], f"{line}\n".encode())

    def _draw(self, text: str) -> None:
        if self._is_terminal:
            os.write(self._real[1], text.encode())
