"""A file that was made for a download stays until its browser has had the time to fetch it.

Streamlit forgets such a file at the second end of a script or of a part of one, whoever's it is: a second or two on a
page that looks by itself, less where many people are, and less than a busy machine takes to answer.
"""

from __future__ import annotations

import threading
import time
from pathlib import PurePosixPath

from streamlit.runtime.media_file_manager import MediaFileManager

KEEP_SECONDS = 60.0


class Downloads:
    """Those of one server. May be asked from any thread.

    Args:
        manager: Streamlit's, which makes the files and serves them.
        keep_s: from the moment a file is made.
    """

    def __init__(self, manager: MediaFileManager, keep_s: float = KEEP_SECONDS) -> None:
        self._manager, self._keep_s = manager, keep_s
        self._until: dict[str, float] = {}  # by the files' ids
        self._lock = threading.Lock()
        self._make, self._unused = manager.execute_deferred, manager._get_inactive_file_ids
        # There is no setting for it, and no other way to learn which file was made.
        manager.execute_deferred = self._made  # type: ignore[method-assign]
        manager._get_inactive_file_ids = self._unused_for_long  # type: ignore[method-assign]

    def sweep(self) -> None:
        """Let go of files whose time is over, also where no script runs any more."""
        with self._lock:
            is_over = any(end <= time.monotonic() for end in self._until.values())
        if is_over:
            for _ in range(2):  # marked, then forgotten
                self._manager.remove_orphaned_files()

    def _made(self, file_id: str) -> str:
        address = self._make(file_id)
        with self._lock:
            self._until[PurePosixPath(address).stem] = time.monotonic() + self._keep_s
        return address

    def _unused_for_long(self) -> set[str]:
        found, now = self._unused(), time.monotonic()
        with self._lock:
            # One that is over is known until it is gone: `sweep` asks for those.
            self._until = {id: end for id, end in self._until.items() if id in found}
            return {id for id in found if self._until.get(id, now) <= now}
