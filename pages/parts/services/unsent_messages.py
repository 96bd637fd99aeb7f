"""What a page was told and has not reached the browser yet stays on its way when it, or a part of it, is drawn anew.

Streamlit 1.67 empties a session's queue of what the parts that begin to run had sent, since they send it again. It may
still hold what the run of the whole page has sent that has just ended: on a busy machine a timer's part begins before
that is on its way. The browser then hears that the run is over, takes the part's place for one that was not drawn in
it, moves up all that stands behind, and ends with "Cannot set a node at a delta path": an empty page.

Where the whole page begins to run, what the run before it has drawn is rightly dropped; with it went the answers to
what the browser had asked meanwhile: where to send the photo that was just chosen, and where the file is that was asked
to be made. The browser waits for them for good: the photo never comes, the button to save stays grey.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

ANSWERS = frozenset({"file_urls_response", "backend_operation_response"})
"""What the browser asks for by itself, apart from any run: each is answered once."""

_clear = ForwardMsgQueue.clear


def keep() -> None:
    """Have all sessions of this process keep it, from now on. What is sent twice is drawn twice, at the same place."""
    ForwardMsgQueue.clear = _cleared  # type: ignore[method-assign]


def _cleared(self: ForwardMsgQueue, *given: Any, **named: Any) -> None:
    """Of `ForwardMsgQueue.clear`, all but what it does where parts of a page begin to run, and never an answer.

    All is cleared, answers too, when all was sent (`flush`): it is called with nothing then.
    """
    if named.get("fragment_ids_this_run") is not None:
        self._delta_index_map.clear()  # what comes now is put behind, and takes the place of nothing that waits
        return
    answers = [message for message in self._queue if message.WhichOneof("type") in ANSWERS] if given or named else []
    _clear(self, *given, **named)
    self._queue.extend(answers)
