"""The input and the output of a worker on a node, as a supervisor uses those of a process."""

from __future__ import annotations

from typing import Protocol


class Far(Protocol):
    """The worker."""

    def send(self, line: bytes) -> None:
        """Send a line; an empty one closes its input."""

    def next_line(self) -> bytes:
        """Wait for what it says next."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""


class Input:
    """What it is asked."""

    def __init__(self, process: Far) -> None:
        self._process = process

    def write(self, line: bytes, /) -> None:
        """Send a line."""
        self._process.send(line)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """Nothing more is sent."""
        if self._process.poll() is None:
            self._process.send(b"")


class Output:
    """What it says."""

    def __init__(self, process: Far) -> None:
        self._process = process

    def readline(self, limit: int, /) -> bytes:
        """The next line; an empty one at the end."""
        del limit  # lines come whole
        return self._process.next_line()

    def close(self) -> None:
        """Nothing is held."""
