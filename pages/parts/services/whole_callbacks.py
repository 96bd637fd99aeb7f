"""What a browser tells of is heard to the end before another run of the page takes the place of the one that hears it.

Streamlit 1.67 breaks a run off where its code next looks at the session's state or draws something, once a run of the
whole page is asked for. That may be within a callback, whose other half nobody takes up again: a file that was taken
out of its box and put nowhere. It may also be just before the callbacks: then a press is never heard of, since the
browser tells of one only once. A timer's run that comes a moment before the page's own, with the same news, does both
on a busy machine. Here such a run ends right after its callbacks.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.state.safe_session_state import SafeSessionState

_is_hearing: ContextVar[bool] = ContextVar("is_hearing", default=False)
_hear = SafeSessionState.on_script_will_rerun
_end_if_asked = ScriptRunner._maybe_handle_execution_control_request


def keep() -> None:
    """Have it so for all sessions of this process, from now on; for those that are there too."""
    SafeSessionState.on_script_will_rerun = _heard  # type: ignore[method-assign]
    ScriptRunner._maybe_handle_execution_control_request = _ended_if_asked  # type: ignore[method-assign]


def _heard(self: SafeSessionState, *given: Any, **named: Any) -> None:
    was = _is_hearing.set(True)
    try:
        _hear(self, *given, **named)
    finally:
        _is_hearing.reset(was)


def _ended_if_asked(self: ScriptRunner) -> None:
    if not _is_hearing.get():
        _end_if_asked(self)
