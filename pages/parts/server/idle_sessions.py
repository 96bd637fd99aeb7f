"""Sessions that nobody is at any more: found, and closed. The one place that looks into Streamlit's session manager.

Streamlit keeps a session that is disconnected, so that a browser whose network came back finds it again. It ends such
a session only when another one connects, and then leaves what it holds to a garbage collection: three descriptors, its
uploads, its desk. Here they are closed in time, and no more are kept than there is room for.
"""

from __future__ import annotations

from streamlit.runtime import Runtime
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.state import SessionState

CONNECTION = "x-fusewise-connection"  # a header of the handshake, which the gate sets: which connection this is


class Sessions:
    """Of one server; used on its event loop alone.

    Args:
        keep_s: for how long after its connection was lost a session can be found again.
        most: sessions that are kept so.
    """

    def __init__(self, runtime: Runtime, keep_s: float, most: int) -> None:
        self._runtime, self._keep_s, self._most = runtime, keep_s, most
        self._since: dict[str, float] = {}  # when each was first seen without a connection, the oldest first

    def at(self, connection: str) -> str | None:
        """The session that is at a connection."""
        for info in self._runtime._session_mgr.list_active_sessions():
            context = info.client.client_context
            if context is not None and (CONNECTION, connection) in context.headers:
                return info.session.id
        return None

    def left(self) -> tuple[str, ...]:
        """Sessions without a connection."""
        every = self._runtime._session_mgr.list_sessions()
        return tuple(info.session.id for info in every if not self._runtime.is_active_session(info.session.id))

    def is_known(self, id: str) -> bool:
        """Whether there is such a session, with a connection or without."""
        return self._runtime._session_mgr.get_session_info(id) is not None

    def close(self, id: str) -> None:
        """End a session, and let go of all that it holds.

        The session itself may stay for long: the loop that sends to browsers refers to the last one that it served
        until it serves another. What its page had, a desk with photos, is taken from it; a script that still runs
        keeps that until its end, which is near.
        """
        ended = [info.session for info in self._runtime._session_mgr.list_sessions() if info.session.id == id]
        self._runtime.close_session(id)
        self._since.pop(id, None)
        for session in ended:
            session._session_state, session._fragment_storage = SessionState(), MemoryFragmentStorage()
            session._browser_queue.clear()

    def sweep(self, now: float) -> int:
        """Close those that were left too long ago, and the oldest where there are too many; how many.

        Args:
            now: by `time.monotonic`.
        """
        left = set(self.left())
        self._since = {id: since for id, since in self._since.items() if id in left}
        for id in left:
            self._since.setdefault(id, now)
        over = len(self._since) - self._most
        old = [
            id for place, (id, since) in enumerate(self._since.items()) if place < over or now - since > self._keep_s
        ]
        for id in old:
            self.close(id)
        return len(old)
