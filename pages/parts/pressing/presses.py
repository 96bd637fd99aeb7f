"""A button that starts something is pressed once for each time that it was drawn. No Streamlit.

Two quick clicks are two events of a browser, and the second may come when what the first has started is through. And
where `runner.fastReruns` is on, which the app's own settings switch off, Streamlit runs a session's script beside a run
that it replaces, both with one state: either may call what a press in it asks for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Presses:
    """Of one button: it is drawn with the number `next`, and sends it back. May be asked from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.next, self._heard = 0, -1

    @contextmanager
    def heard(self, number: int) -> Iterator[bool]:
        """Whether no press with this number has come yet. Until what it starts has begun, the button keeps it."""
        with self._lock:
            is_new = number == self.next and number != self._heard
            if is_new:
                self._heard = number
        try:
            yield is_new
        finally:
            if is_new:
                self.next = number + 1
