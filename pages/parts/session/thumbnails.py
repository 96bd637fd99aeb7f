"""Small square pictures of results: made once, when first shown, and the oldest forgotten. No Streamlit."""

from __future__ import annotations

import threading
from collections.abc import Collection

from fusion.jobs import JobView
from fusion.newest import Newest
from pages.parts.session.previews import square

SIDE_PX = 320
MOST = 400  # some 20 kB each


class Thumbnails:
    """Of results, for all sessions; whether somebody may see one is asked before."""

    def __init__(self, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._made = Newest[tuple[str, float | None], bytes](most)

    def of(self, view: JobView) -> bytes | None:
        """A JPEG; None where there is no result or its file is gone."""
        if view.outcome is None:
            return None
        key = (view.id, view.ended)  # a job that is run again has another end
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        try:
            jpeg = square(view.outcome, SIDE_PX)
        except OSError:
            return None
        with self._lock:
            self._made[key] = jpeg
        return jpeg

    def drop(self, ids: Collection[str] | None) -> None:
        """Forget those of jobs that were deleted, or of all for None."""
        with self._lock:
            for key in [key for key in self._made if ids is None or key[0] in ids]:
                del self._made[key]
