"""Looks at a photo in a thread beside its job, which will ask for what is seen there: most of a job uses one core."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from fusion.errors import FusionError
from fusion.faces import Face
from fusion.photos import Photo
from fusion.threads import ServiceThread


class Ahead:
    """Does beside a job what that will ask for later. What fails here fails again there, and is told there.

    Args:
        looks: what a job asks of a photo and a face, in the order in which it does; each remembers its answers.
    """

    def __init__(self, *looks: Callable[[Photo, Face], object]) -> None:
        self._looks = looks
        self._stopped = threading.Event()
        self._threads: list[ServiceThread] = []

    def begin(self, photo: Photo, face: Face) -> None:
        """Look at a face of a photo; without a thread to be had the job does it itself."""
        thread = ServiceThread(lambda: self._take(photo, face), "a look ahead")
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._threads = [*(each for each in self._threads if each.is_alive), thread]

    def stop(self) -> None:
        """Take no more looks, and wait for the one that is being taken."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._stopped.clear()

    def _take(self, photo: Photo, face: Face) -> None:
        for look in self._looks:
            if self._stopped.is_set():
                return
            with contextlib.suppress(FusionError):
                look(photo, face)
